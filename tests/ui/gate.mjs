// The native gate as a process.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

/** A free port of this machine. */
export const ANY = '127.0.0.1:0';

/** The arguments of the demo. */
export const DEMO = ['demo', '--listen', ANY, '--origin-listen', ANY, '--log', 'off'];

/** Starts the gate, and reads from what it prints where everything is. */
export async function start(program, options) {
  const child = spawn(program, options, { stdio: ['ignore', 'pipe', 'inherit'] });
  process.once('exit', () => child.kill('SIGKILL'));
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGINT');
    // What is open in the browser may keep the gate.
    const hard = setTimeout(() => child.kill('SIGKILL'), 5000);
    await ended;
    clearTimeout(hard);
  };
  const found = { stop };
  for await (const line of createInterface({ input: child.stdout })) {
    const [, gate, origin] = line.match(/^listening on (\S+) for (\S+?)\/ /) ?? [];
    if (gate) Object.assign(found, { gate, origin });
    const [, view] = line.match(/^the live view is (\S+)$/) ?? [];
    if (view) return { ...found, view };
  }
  throw new Error('the gate does not start');
}
