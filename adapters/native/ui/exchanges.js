// The exchanges of the gate, as they end.

// How many rows the table keeps.
const KEPT = 100;

const time = (seconds) => {
  if (seconds == null) return '–';
  return seconds < 1 ? `${Math.round(seconds * 1000)} ms` : `${seconds.toFixed(2)} s`;
};

/** The table, the newest exchange first. */
export class Exchanges {
  #held = [];

  constructor(body, pause) {
    this.body = body;
    this.pause = pause;
    pause.addEventListener('change', () => this.#release());
  }

  add(event) {
    this.#held.push(this.#row(event));
    this.#held = this.#held.slice(-KEPT);
    this.#release();
  }

  #release() {
    if (this.pause.checked) return;
    this.body.prepend(...this.#held.reverse());
    this.#held = [];
    while (this.body.children.length > KEPT) this.body.lastElementChild.remove();
  }

  #row(exchange) {
    const { method, path, status, decision, row, reason, error, sent } = exchange;
    const line = document.createElement('tr');
    const cells = [
      `${method} ${path}`,
      status ?? '–',
      decision,
      row ?? '–',
      [reason, error].filter(Boolean).join(', ') || '–',
      exchange.urls?.toLocaleString('en') ?? '–',
      Object.entries(exchange.rules ?? {}).map(([rule, count]) => `${rule}: ${count}`).join(', ') ||
        '–',
      sent?.toLocaleString('en') ?? '–',
      time(exchange.head),
      time(exchange.duration),
    ];
    for (const text of cells) line.insertCell().textContent = text;
    return line;
  }
}
