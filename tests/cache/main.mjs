// Runs the suite http-cache-tests against caches in front of the suite's own origin, one after the
// other, and writes what came of it. `cargo xtask cache-tests` calls this once it has built the
// gate and installed the suite.

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values: told } = parseArgs({
  options: {
    suite: { type: 'string' }, // the folder of the package http-cache-tests
    gate: { type: 'string' }, // the program streamgate
    cache: { type: 'string', multiple: true }, // the caches to try, by their names below
    output: { type: 'string' }, // the file for what came of it
  },
});

// Debian keeps servers where users do not look for programs.
process.env.PATH += ':/usr/sbin';
const scratch = mkdtempSync(join(tmpdir(), 'cache-tests-'));
const running = new Set();

/** The caches: what is their version, and what starts them on a port, before an origin's port. */
const CACHES = {
  streamgate: {
    version: () => first(told.gate, ['--version']),
    start(port, origin) {
      // The suite compares fields of plain text with what its origin sent: nothing is mapped.
      const config = file('streamgate.toml', `
        [origin]
        url = "http://127.0.0.1:${origin}"
        [map]
        except = ["/*"]
        [cache]
        enabled = true
        heuristic = true
      `);
      const address = ['--listen', `127.0.0.1:${port}`];
      return program(told.gate, ['serve', '--config', config, ...address, '--log', 'error']);
    },
  },
  nginx: {
    version: () => first('nginx', ['-v']),
    start(port, origin) {
      // As the suite's own configuration for nginx has it, with files in a folder of our own.
      const config = file('nginx.conf', `
        daemon off;
        ${process.getuid() === 0 ? 'user root;' : ''}
        worker_processes 1;
        pid ${scratch}/nginx.pid;
        error_log stderr crit;
        events { worker_connections 2048; }
        http {
          access_log off;
          client_body_temp_path ${scratch}/nginx-body;
          fastcgi_temp_path ${scratch}/nginx-fastcgi;
          uwsgi_temp_path ${scratch}/nginx-uwsgi;
          scgi_temp_path ${scratch}/nginx-scgi;
          proxy_cache_path ${scratch}/nginx-cache levels=1:2 keys_zone=cache:8m max_size=1000m
            inactive=600m;
          proxy_temp_path ${scratch}/nginx-proxy;
          server {
            listen 127.0.0.1:${port};
            location / {
              proxy_pass http://127.0.0.1:${origin};
              proxy_cache cache;
              proxy_cache_revalidate on;
            }
          }
        }
      `);
      return program('nginx', ['-c', config]);
    },
  },
  varnish: {
    version: () => first('varnishd', ['-V']),
    start(port, origin) {
      // With the parameters that the suite itself gives it.
      const parameters = ['default_ttl=0', 'default_grace=0', 'default_keep=3600'];
      return program('varnishd', [
        '-F',
        ...['-n', join(scratch, 'varnish')],
        ...['-a', `127.0.0.1:${port}`],
        ...['-b', `127.0.0.1:${origin}`],
        ...['-s', 'malloc,64M'],
        ...parameters.flatMap((parameter) => ['-p', parameter]),
      ]);
    },
  },
};

/** The first line that a program says of its version. */
function first(name, options) {
  const { stdout, stderr, error } = spawnSync(name, options, { encoding: 'utf8' });
  if (error) throw error;
  return `${stdout}${stderr}`.trim().split('\n')[0];
}

function file(name, text) {
  const path = join(scratch, name);
  writeFileSync(path, text);
  return path;
}

/** Starts a program, which puts what it says into a file. */
function program(name, options, environment = {}) {
  const log = openSync(join(scratch, 'log'), 'a');
  const env = { ...process.env, ...environment };
  const child = spawn(name, options, { env, stdio: ['ignore', log, log] });
  closeSync(log);
  running.add(child);
  child.once('exit', () => running.delete(child));
  return child;
}

async function stop(child) {
  if (!running.has(child)) return;
  const over = once(child, 'exit');
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
  await over;
  clearTimeout(late);
}

/** A port that is free now. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** Waits until a program takes connections. */
async function listens(child, port) {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (!running.has(child)) {
      throw new Error(`${child.spawnfile} has ended:\n${readFileSync(join(scratch, 'log'), 'utf8')}`);
    }
    const socket = connect(port, '127.0.0.1');
    const isThere = await new Promise((seen) => {
      socket.once('connect', () => seen(true)).once('error', () => seen(false));
    });
    socket.destroy();
    if (isThere) return;
    await pause(100);
  }
  throw new Error(`${child.spawnfile} does not listen`);
}

/** Starts the suite's origin. */
async function origin() {
  const port = await freePort();
  const child = program(process.execPath, [join(told.suite, 'server/server.mjs')], {
    npm_config_protocol: 'http',
    npm_config_port: String(port),
    npm_config_pidfile: join(scratch, 'origin.pid'),
  });
  await listens(child, port);
  return { child, port };
}

/** Runs the suite against one cache, before an origin that knows of no other run. */
async function outcomes(cache) {
  const { child: server, port: to } = await origin();
  const port = await freePort();
  const child = cache.start(port, to);
  try {
    await listens(child, port);
    const run = fileURLToPath(new URL('run.mjs', import.meta.url));
    const options = ['--no-warnings', run, told.suite, `http://127.0.0.1:${port}`];
    const tests = spawn(process.execPath, options, { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    tests.stdout.setEncoding('utf8').on('data', (part) => (text += part));
    const [status] = await once(tests, 'close');
    if (status !== 0) throw new Error(`the suite has ended with status ${status}`);
    return JSON.parse(text);
  } finally {
    await stop(child);
    await stop(server);
  }
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
  rmSync(scratch, { recursive: true, force: true });
});
mkdirSync(join(scratch, 'varnish'));
const all = [];
for (const name of told.cache) {
  const cache = CACHES[name];
  const version = cache.version();
  console.log(`running the tests against ${name}: ${version}`);
  all.push({ name, version, tests: await outcomes(cache) });
}
writeFileSync(told.output, JSON.stringify(all, null, 1));
