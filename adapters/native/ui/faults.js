// What is wrong with a configuration, beside its editor.

/** A list of findings, each of which leads to its line. */
export class Faults {
  constructor(place, editor) {
    this.place = place;
    this.editor = editor;
  }

  say(text) {
    const sentence = document.createElement('p');
    sentence.textContent = text;
    this.place.replaceChildren(sentence);
  }

  show(findings) {
    const isWrong = findings.some((finding) => finding.severity === 'error');
    this.editor.setAttribute('aria-invalid', String(isWrong));
    if (findings.length === 0) return this.say('The configuration is valid.');
    const list = document.createElement('ul');
    list.append(...findings.map((finding) => this.item(finding)));
    this.place.replaceChildren(list);
  }

  item({ severity, line, key, message, help }) {
    const item = document.createElement('li');
    item.className = severity;
    item.append(`${severity}: `);
    if (line) {
      const place = document.createElement('button');
      place.type = 'button';
      place.textContent = `line ${line}`;
      place.addEventListener('click', () => this.go(line));
      item.append(place, ': ');
    }
    if (key) {
      const name = document.createElement('code');
      name.textContent = key;
      item.append(name, ': ');
    }
    item.append(message);
    if (help) {
      const advice = document.createElement('div');
      advice.textContent = `help: ${help}`;
      item.append(advice);
    }
    return item;
  }

  go(line) {
    const lines = this.editor.value.split('\n');
    const from = lines.slice(0, line - 1).join('\n').length + (line > 1 ? 1 : 0);
    this.editor.focus();
    this.editor.setSelectionRange(from, from + (lines[line - 1] ?? '').length);
  }
}
