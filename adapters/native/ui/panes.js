// One page three ways: what arrived when, and what it looks like.

const WAYS = ['direct', 'buffered', 'gated'];

// How wide a tick is, in CSS pixels; the last one must not stand outside.
const TICK = 3;

const time = (ms) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);

/** One way that the page takes. */
class Pane {
  constructor(way) {
    const pane = document.getElementById(way);
    this.way = way;
    this.track = pane.querySelector('.track');
    this.told = pane.querySelector('.told');
    this.frame = pane.querySelector('iframe');
  }

  begin(run) {
    this.arrived = [];
    this.bytes = 0;
    this.head = null;
    this.end = null;
    this.frame.src = `/runs/${run}/${this.way}`;
  }

  add(arrival) {
    if (arrival.what === 'head') this.head = arrival;
    if (arrival.what === 'part') this.bytes += arrival.bytes;
    if (arrival.what === 'end') this.end = arrival;
    this.arrived.push(arrival);
  }

  /** Shows what has arrived on a scale that ends at `last`, in milliseconds. */
  show(last) {
    const share = (at) => (last ? at / last : 0);
    const place = (at) => `${100 * share(at)}%`;
    const open = document.createElement('span');
    open.className = 'open';
    open.style.width = this.end ? place(this.end.at) : '100%';
    const ticks = this.arrived.filter(({ what }) => what !== 'end').map(({ what, at }) => {
      const tick = document.createElement('span');
      tick.className = what;
      tick.style.left = place(at);
      tick.style.marginLeft = `${-TICK * share(at)}px`;
      return tick;
    });
    this.track.replaceChildren(open, ...ticks);
    this.told.textContent = this.#told();
    this.track.setAttribute('aria-label', this.#told());
  }

  #told() {
    const parts = this.arrived.filter(({ what }) => what === 'part');
    const told = [];
    if (this.head) {
      const { status, location, at, decision } = this.head;
      told.push(`${status}${location ? ` to ${location}` : ''} after ${time(at)}`);
      if (decision) told.push(decision);
    }
    if (parts.length) {
      const many = parts.length === 1 ? '1 part' : `${parts.length} parts`;
      const from = `${time(parts[0].at)} to ${time(parts.at(-1).at)}`;
      told.push(`${this.bytes.toLocaleString('en')} bytes in ${many}, ${from}`);
    }
    if (this.end?.error) told.push(`left unfinished: ${this.end.error}`);
    else if (this.end) told.push('whole');
    return told.join('; ') || 'Nothing has arrived.';
  }
}

/** All ways, side by side. */
export class Panes {
  #asking = null;
  #frame = null;

  constructor(asked, changes) {
    this.asked = asked;
    this.changes = changes;
    this.panes = WAYS.map((way) => new Pane(way));
  }

  /** Asks for a page three times, unless another one is asked for meanwhile. */
  async ask(path) {
    this.#asking?.abort();
    const { signal } = (this.#asking = new AbortController());
    try {
      this.asked.textContent = `Asking for ${path}.`;
      const begun = await fetch('/runs', { method: 'POST', body: path, signal });
      if (!begun.ok) throw new Error(await begun.text());
      const { run } = await begun.json();
      for (const pane of this.panes) pane.begin(run);
      await this.#follow(run, signal);
      const isWhole = this.panes.every(({ end }) => end && !end.error);
      const arrived = `${isWhole ? 'All' : 'Not all'} of ${path} has arrived`;
      this.asked.textContent = `${arrived}.`;
      await this.#compare(run, signal);
      this.asked.textContent = `${arrived}, and is compared.`;
    } catch (error) {
      if (!signal.aborted) this.asked.textContent = `Not asked: ${error.message}`;
    }
  }

  async #follow(run, signal) {
    const answer = await fetch(`/runs/${run}`, { signal });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const { value, done } = await reader.read();
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        const arrival = JSON.parse(line);
        this.panes.find(({ way }) => way === arrival.way).add(arrival);
      }
      this.#frame ??= requestAnimationFrame(() => this.#show());
    }
  }

  #show() {
    this.#frame = null;
    const last = Math.max(...this.panes.flatMap(({ arrived }) => arrived.map(({ at }) => at)));
    for (const pane of this.panes) pane.show(last);
  }

  async #compare(run, signal) {
    const answer = await fetch(`/runs/${run}/changes`, { signal });
    const lines = await answer.json();
    const elements = { gone: 'del', new: 'ins' };
    const shown = lines.map(({ change, text }) => {
      const line = document.createElement(elements[change] ?? 'span');
      line.textContent = change === 'cut' ? '…' : text;
      return line;
    });
    this.changes.replaceChildren(...(shown.length ? shown : ['Nothing is changed.']));
  }
}
