// One visit: runs the steps of a flow in a browser of its own, and records what the browser saw.

import { createRequire } from 'node:module';
import { join } from 'node:path';

import { Recorder } from './recorder.mjs';
import { ORIGIN_HOST, PUBLIC_HOST, resolverRules } from './site.mjs';

const PATIENCE = 15_000;
// Features of the browser: without TLS it would ask with TLS first, and since sites are on this
// machine, it would not let pages from elsewhere ask for them.
const DISABLED = [
  'HttpsUpgrades',
  'LocalNetworkAccessChecks',
  'LocalNetworkAccessChecksWebSockets',
];

// A flow is a function of
// - `page`, that of Playwright,
// - `open(options)`, which opens a page of another browser context,
// - `url(path)`, the URL of a path of the site,
// - `gated`, whether the visit goes through the gate,
// - `step(name, act, { notOn })`, which runs a part of the flow. What `act` returns is compared
//   between the two visits, with the names of the site taken out. `notOn` lists the runtimes that
//   cannot do it.
export async function visit({ flow, site, modules, gate, origin, runtime }) {
  const { chromium } = createRequire(join(modules, 'x'))('playwright-core');
  const secure = [ORIGIN_HOST, PUBLIC_HOST].map((host) => `http://${host}`).join(',');
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--disable-features=${DISABLED.join(',')}`,
      `--host-resolver-rules=${resolverRules(origin, gate)}`,
      // Service workers need a secure context.
      `--unsafely-treat-insecure-origin-as-secure=${secure}`,
      `--ignore-certificate-errors-spki-list=${gate?.spki ?? ''}`,
    ],
  });
  try {
    const recorder = new Recorder();
    const open = async (options) => {
      const context = await browser.newContext(options);
      context.setDefaultTimeout(PATIENCE);
      recorder.watch(context);
      return context.newPage();
    };
    const page = await open();
    const steps = [];
    const step = async (name, act, { notOn = [] } = {}) => {
      if (notOn.includes(runtime)) {
        steps.push({ name, unsupported: true });
        return;
      }
      try {
        const seen = await act();
        steps.push({ name, seen: seen ?? null });
      } catch (error) {
        steps.push({ name, error: error.message });
        throw error;
      } finally {
        await recorder.look(name);
      }
    };
    const url = (path) => new URL(path, site).href;
    // The error of a step is in the record; one between two steps is a fault of the flow.
    await flow({ page, open, url, step, gated: gate !== null }).catch((error) => {
      if (!steps.at(-1)?.error) steps.push({ name: 'the flow', error: error.stack });
    });
    return { site, steps, ...(await recorder.end()) };
  } finally {
    await browser.close();
  }
}
