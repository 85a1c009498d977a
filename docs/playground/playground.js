// The playground: puts a body into the gate chunk by chunk, and shows what comes out.

import { BODIES, CONFIGURATION } from './examples.js';
import { Faults } from './faults.js';
import { marked } from './marks.js';
import init, { Rewriting, changes, check } from './streamgate_playground.js';

const byId = (id) => document.getElementById(id);
const [form, input, configuration] = ['inputs', 'input', 'configuration'].map(byId);
const [type, size, pause] = ['type', 'size', 'pause'].map(byId);
const [status, progress, output, marks] = ['status', 'progress', 'output', 'changes'].map(byId);
const [run, step] = ['run', 'step'].map(byId);
const faults = new Faults(byId('faults'), configuration);

// How long to wait after a key was hit until the configuration is checked, in milliseconds.
const QUIET = 200;

/** A body on its way through the gate. */
class Stream {
  constructor() {
    this.bytes = new TextEncoder().encode(input.value);
    this.size = size.valueAsNumber;
    this.at = 0;
    this.chunks = 0;
    this.out = '';
    this.bytesOut = 0;
    // A chunk may end within a character.
    this.decoder = new TextDecoder();
    this.read = new TextDecoder();
    this.before = '';
    this.gate = new Rewriting(configuration.value, type.value, '/');
  }

  get hasEnded() {
    return this.gate === null;
  }

  /** Puts the next chunk in, or ends the body behind the last one. */
  next() {
    const chunk = this.bytes.subarray(this.at, this.at + this.size);
    this.at += chunk.length;
    this.chunks += 1;
    this.before += this.read.decode(chunk, { stream: true });
    this.take(this.gate.push(chunk), true);
    if (this.at >= this.bytes.length) {
      this.take(this.gate.finish(), false);
      this.end();
    }
  }

  take(bytes, stream) {
    this.bytesOut += bytes.length;
    this.out += this.decoder.decode(bytes, { stream });
  }

  end() {
    this.decision = this.gate.decision;
    this.gate.free();
    this.gate = null;
  }

  /** Says how far it is. */
  get told() {
    const decision = this.hasEnded ? this.decision : this.gate.decision;
    const rate = `${this.at} of ${this.bytes.length} bytes in, ${this.bytesOut} out`;
    return `${decision} – chunk ${this.chunks}, ${rate}${this.hasEnded ? ', ended' : ''}`;
  }
}

let stream = null;
let timer = null;
let frame = null;

function show() {
  frame = null;
  if (!stream) return;
  const isAtEnd = output.scrollHeight - output.scrollTop - output.clientHeight < 40;
  output.textContent = stream.out;
  const pieces = JSON.parse(changes(stream.before, stream.out));
  marks.replaceChildren(...marked(pieces, !stream.hasEnded));
  if (isAtEnd) output.scrollTop = output.scrollHeight;
  progress.value = stream.bytes.length ? stream.at / stream.bytes.length : 1;
  status.textContent = stream.told;
}

// Several chunks may come within a frame, and are shown at once.
function showSoon() {
  frame ??= requestAnimationFrame(show);
}

function halt() {
  clearTimeout(timer);
  timer = null;
}

/** Begins anew. Returns whether the configuration is valid. */
function begin() {
  halt();
  if (stream && !stream.hasEnded) stream.end();
  stream = null;
  status.textContent = 'Begun.';
  try {
    stream = new Stream();
  } catch (error) {
    status.textContent = `Not begun: ${error}`;
  }
  return stream !== null;
}

/** Puts one chunk in. Returns whether more are to follow. */
function advance() {
  try {
    stream.next();
  } catch (error) {
    stream.end();
    stream.decision = `left unfinished: ${error}`;
  }
  showSoon();
  return !stream.hasEnded;
}

function flow() {
  if (!advance()) return halt();
  timer = setTimeout(flow, pause.valueAsNumber);
}

function checkNow() {
  faults.show(JSON.parse(check(configuration.value)));
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  checkNow();
  if (begin()) flow();
});

step.addEventListener('click', () => {
  halt();
  if (!form.reportValidity()) return;
  if ((stream && !stream.hasEnded) || begin()) advance();
});

type.addEventListener('change', () => {
  if (!input.value || Object.values(BODIES).includes(input.value)) input.value = BODIES[type.value];
});

let checking = null;
configuration.addEventListener('input', () => {
  clearTimeout(checking);
  checking = setTimeout(checkNow, QUIET);
});

configuration.value ||= CONFIGURATION;
input.value ||= BODIES[type.value];
try {
  await init();
  checkNow();
  for (const button of [run, step]) button.disabled = false;
} catch (error) {
  faults.say(`The gate could not be loaded: ${error}`);
}
