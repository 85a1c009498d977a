// Visits an application directly and through the gate, and compares what the browser saw.
//
// `cargo xtask apps` calls this once for each application, which it has installed before.

import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { compare } from './compare.mjs';
import { freePort, startGate, startOrigin } from './servers.mjs';
import { configured, originFor, publicUrl } from './site.mjs';
import { endTls } from './tls.mjs';
import { visit } from './visit.mjs';

const { values: told } = parseArgs({
  options: {
    app: { type: 'string' }, // the application's folder beside this one
    installed: { type: 'string' }, // where its copy and its dependencies are
    modules: { type: 'string' }, // where npm has installed playwright-core
    conformance: { type: 'string' }, // the program that starts the gate on a runtime
    edge: { type: 'string' }, // the folder with the built adapters
    runtime: { type: 'string' },
    work: { type: 'string' }, // for logs, reports and the origin's data
  },
});

const app = JSON.parse(readFileSync(join(told.app, 'app.json'), 'utf8'));
const { default: flow } = await import(join(told.app, 'flow.mjs'));
const origin = originFor(told.runtime, await freePort());
const MARKS = { passed: 'ok  ', failed: 'FAIL', unsupported: 'n/a ' };
const counts = { passed: 0, failed: 0, unsupported: 0 };
// The servers are stopped at the exit, which a signal alone does not cause.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

function check({ outcome, what, why }) {
  counts[outcome] += 1;
  console.log(`  ${MARKS[outcome]}  ${what}`);
  if (why) console.log(`        ${why.replaceAll('\n', '\n        ')}`);
}

// Each visit has an origin of its own, so that neither sees what the other has written.
async function visited(name, site, gate) {
  const work = join(told.work, name);
  mkdirSync(work, { recursive: true });
  const server = await startOrigin({ app, origin, work, installed: told.installed });
  try {
    const { modules, runtime } = told;
    const record = await visit({ flow, site, modules, gate, origin, runtime });
    writeFileSync(join(work, 'record.json'), JSON.stringify(record, null, 1));
    return record;
  } finally {
    await server.stop();
  }
}

async function through(configuration) {
  const name = configuration.replace(/\.toml$/, '');
  const work = join(told.work, `gate-${name}`);
  mkdirSync(work, { recursive: true });
  const config = join(work, 'configuration.toml');
  const text = readFileSync(join(told.app, configuration), 'utf8');
  writeFileSync(config, configured(text, told.runtime, origin));
  const site = publicUrl(text);
  let gate = await startGate({ ...told, config, work });
  if (site.startsWith('https:')) gate = await endTls({ gate, runtime: told.runtime, work });
  try {
    return await visited(name, site, gate);
  } finally {
    await gate.stop();
  }
}

// Returns whether the runtime can serve the application by a configuration, and says why if not.
function isPossible(configuration) {
  const text = readFileSync(join(told.app, configuration), 'utf8');
  const sendsAnotherHost = /"transparent"/.test(text);
  const why = sendsAnotherHost && origin.byAddress ? 'it cannot send another Host' : unable;
  if (!why) return true;
  console.log(`${app.title}, ${configuration}, not on ${told.runtime}: ${why}`);
  counts.unsupported += 1;
  return false;
}

const unable = app.notOn?.[told.runtime];
const all = readdirSync(told.app).filter((file) => file.endsWith('.toml')).sort();
const configurations = all.filter(isPossible);
const direct = configurations.length > 0 && (await visited('direct', origin.url, null));
for (const configuration of configurations) {
  console.log(`${app.title}, ${configuration}, on ${told.runtime}`);
  const gated = await through(configuration).catch((error) => ({ broken: error }));
  for (const result of compare(direct, gated, origin)) check(result);
}
const { passed, failed, unsupported } = counts;
console.log(`${passed} passed, ${failed} failed, ${unsupported} unsupported`);
process.exitCode = failed ? 1 : 0;
