// Installs the npm package into an empty project, runs the servers of the book there, each on its
// runtime, and tests the rewriter. `cargo xtask package` and `cargo xtask test web` call this.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { Checks } from '../ui/checks.mjs';

const [, , archive, book, folder] = process.argv;
const checks = new Checks();

/** What runs a file, by the name of the runtime. */
const RUNTIMES = {
  node: ['node'],
  deno: ['deno', 'run', '--quiet', '--allow-all'],
  bun: ['bun'],
};

/** The servers, by the name in their first line in the book, and what runs them. */
const SERVERS = [
  ['server.mjs', RUNTIMES.node],
  ['server.mjs', RUNTIMES.deno],
  ['server.mjs', RUNTIMES.bun],
  ['deno.mjs', RUNTIMES.deno],
  ['bun.mjs', RUNTIMES.bun],
];

/** The code in the book that begins with a comment of this name. */
function fromTheBook(name) {
  const block = readFileSync(book, 'utf8').split('```').find((text) => text.startsWith(`js\n// ${name}\n`));
  if (!block) throw new Error(`${book} has no ${name}`);
  return block.slice('js\n'.length);
}

/** A port that is free now. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
const npm = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--offline', archive], { cwd: folder });
checks.equal('npm installs the package', npm.status, 0);

const origin = createServer((_, response) => {
  const url = `http://127.0.0.1:${origin.address().port}`;
  response.setHeader('content-type', 'text/html');
  response.end(`<body><a href="${url}/next">next</a></body>`);
}).listen(0, '127.0.0.1');
await once(origin, 'listening');

for (const [name, [program, ...options]] of SERVERS) {
  const port = await freePort();
  const code = fromTheBook(name)
    .replaceAll('https://origin.example.com', `http://127.0.0.1:${origin.address().port}`)
    .replaceAll('8080', port);
  writeFileSync(join(folder, name), code);
  const began = performance.now();
  const server = spawn(program, [...options, name], { cwd: folder, stdio: 'inherit', detached: true });
  try {
    let page;
    for (let tries = 0; page === undefined && tries < 400; tries += 1) {
      page = await fetch(`http://127.0.0.1:${port}/`).then((answer) => answer.text(), () => undefined);
      if (page === undefined) await pause(25);
    }
    const expected = `<body><a href="http://127.0.0.1:${port}/next">next</a></body>`;
    const took = Math.round(performance.now() - began);
    checks.equal(`${name} on ${program} answers a rewritten page (after ${took} ms)`, page, expected);
  } finally {
    // A runtime of npm's may be a program of Node that starts it.
    process.kill(-server.pid, 'SIGKILL');
  }
}
copyFileSync(new URL('rewriter.mjs', import.meta.url), join(folder, 'rewriter.mjs'));
for (const [name, [program, ...options]] of Object.entries(RUNTIMES)) {
  const test = spawnSync(program, [...options, 'rewriter.mjs'], {
    cwd: folder,
    stdio: 'inherit',
    timeout: 60_000,
  });
  checks.equal(`the rewriter does what it must on ${name}`, test.status, 0);
}
origin.closeAllConnections();
origin.close();
console.log(checks.summary);
process.exitCode = checks.counts.failed ? 1 : 0;
