// The live view of a gate.

import { Exchanges } from './exchanges.js';
import { Faults } from './faults.js';
import { Panes } from './panes.js';

const byId = (id) => document.getElementById(id);
const [editor, path] = ['configuration', 'path'].map(byId);
const [connection, taken] = ['connection', 'taken'].map(byId);
const exchanges = new Exchanges(byId('exchanges'), byId('pause'));
const faults = new Faults(byId('faults'), editor);
const panes = new Panes(byId('asked'), byId('changes'));

// How long to wait after a key was hit until the configuration is checked, in milliseconds.
const QUIET = 300;

// The text that serves.
let served = '';

/** Shows the configuration that serves, unless another one is being written. */
async function load(isAsked) {
  const answer = await fetch('/configuration');
  const { text: written, name, origin, gate, is_overridden } = await answer.json();
  // An editor's text has line feeds alone.
  const text = written.replaceAll('\r\n', '\n');
  const isWritten = editor.value !== served && editor.value !== text;
  served = text;
  byId('gate').textContent = gate;
  byId('origin').textContent = origin;
  const label = is_overridden ? `${name}, but origin.url is ${origin}` : name;
  byId('configuration-label').textContent = `The configuration: ${label}`;
  if (isWritten && !isAsked) {
    taken.textContent = 'Another configuration serves now.';
    return;
  }
  editor.value = text;
  await check();
}

/** Shows the faults in an answer. What is neither valid nor invalid is refused, and says why. */
async function showFaults(answer) {
  if (!answer.ok && answer.status !== 422) throw new Error(await answer.text());
  faults.show(await answer.json());
}

async function check() {
  await showFaults(await fetch('/check', { method: 'POST', body: editor.value }));
}

/** Lets the gate serve by what the editor has, and shows the page again. */
async function takeUp() {
  const text = editor.value;
  taken.textContent = '';
  const answer = await fetch('/configuration', { method: 'POST', body: text });
  await showFaults(answer);
  taken.textContent = answer.ok ? 'Taken up.' : 'Not taken up: the configuration is not valid.';
  if (!answer.ok) return;
  served = text;
  await panes.ask(path.value);
}

/** Says why something was not done. */
function failed(error) {
  taken.textContent = `Not done: ${error.message}`;
}

byId('rules').addEventListener('submit', (event) => {
  event.preventDefault();
  takeUp().catch(failed);
});

byId('reset').addEventListener('click', () => load(true).catch(failed));

let checking = null;
editor.addEventListener('input', () => {
  taken.textContent = '';
  clearTimeout(checking);
  checking = setTimeout(() => check().catch(failed), QUIET);
});

byId('ask').addEventListener('submit', (event) => {
  event.preventDefault();
  panes.ask(path.value);
});

let lost = 0;
const events = new EventSource('/events');
events.addEventListener('open', () => {
  connection.textContent = 'Connected.';
  load(false).catch(failed);
});
events.addEventListener('error', () => {
  connection.textContent = 'Not connected: the gate has ended, or is busy.';
});
events.addEventListener('exchange', ({ data }) => exchanges.add(JSON.parse(data)));
events.addEventListener('configuration', () => load(false).catch(failed));
events.addEventListener('lost', ({ data }) => {
  lost += JSON.parse(data).count;
  byId('lost').textContent = `${lost} exchanges were too fast to be shown here.`;
});

path.value = new URLSearchParams(location.search).get('path') ?? path.value;
