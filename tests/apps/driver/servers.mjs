// Starts and stops the application and the gate.

import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as pause } from 'node:timers/promises';

import { PUBLIC_HOST } from './site.mjs';

const READY_WITHIN = 120_000;

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((listening) => server.once('listening', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

// Starts the application with an empty folder for its data, and waits until it answers.
export async function startOrigin({ app, origin, work, installed }) {
  const data = join(work, 'data');
  rmSync(data, { recursive: true, force: true });
  mkdirSync(data, { recursive: true });
  const env = {
    ...process.env,
    NODE_ENV: 'production',
    PORT: String(origin.port),
    HOST: '127.0.0.1',
    ORIGIN: origin.url,
    PUBLIC: `http://${PUBLIC_HOST}`,
    DATA: data,
    PATH: `${installed}/node_modules/.bin:${installed}/venv/bin:${process.env.PATH}`,
  };
  const log = join(work, 'origin.log');
  const file = openSync(log, 'w');
  const [program, ...args] = app.start;
  // In a group of its own, because a start script leaves children behind.
  const options = { cwd: installed, env, stdio: ['ignore', file, file], detached: true };
  const child = spawn(program, args, options);
  closeSync(file);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.once('error', () => {});
  const stop = async () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
    await ended;
  };
  process.once('exit', stop);
  const deadline = Date.now() + READY_WITHIN;
  while (Date.now() < deadline) {
    if (child.exitCode !== null) break;
    const headers = { host: origin.host };
    const answer = await fetch(`http://${origin.address}${app.ready ?? '/'}`, {
      headers,
      redirect: 'manual',
    }).catch(() => null);
    if (answer && answer.status < 500) return { stop };
    await pause(200);
  }
  await stop();
  throw new Error(`the application does not start:\n${readFileSync(log, 'utf8').slice(-2000)}`);
}

// Starts the gate on a runtime, and reads its address from what it prints.
export async function startGate({ conformance, edge, runtime, config, work }) {
  const args = ['gate', '--runtime', runtime, '--config', config, '--edge', edge, '--work', work];
  const child = spawn(conformance, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.stdin.end(); // which is how it is told to stop
    await ended;
  };
  for await (const line of createInterface({ input: child.stdout })) {
    const [, address] = line.match(/^listening on http:\/\/(.*)$/) ?? [];
    if (address) return { address, stop };
  }
  throw new Error(`the gate does not start on ${runtime}`);
}
