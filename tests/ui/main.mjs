// Visits the pages that show the gate in a browser. `cargo xtask ui` calls this once it has built
// what shows them, and installed the browser's driver.

import { mkdirSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { launch } from './browser.mjs';
import { Checks } from './checks.mjs';

const { values: told } = parseArgs({
  options: {
    modules: { type: 'string' }, // where npm has installed playwright-core and axe-core
    playground: { type: 'string' }, // the folder with the built playground
    gate: { type: 'string' }, // the program streamgate
    package: { type: 'string' }, // the folder with the npm package
    page: { type: 'string', multiple: true }, // the pages to visit
    screenshots: { type: 'string' }, // where the book's screenshots go, if they are wanted
  },
});

// The demo is stopped at the exit, which a signal alone does not cause.
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
if (told.screenshots) mkdirSync(told.screenshots, { recursive: true });
const checks = new Checks();
const browser = await launch(told.modules);
try {
  for (const name of told.page) {
    const { visit } = await import(`./${name}.mjs`);
    console.log(name);
    await visit({ ...told, browser, checks }).catch((error) => {
      checks.failed(`${name} is visited to the end`, error.stack);
    });
  }
} finally {
  await browser.close();
}
console.log(checks.summary);
process.exitCode = checks.counts.failed ? 1 : 0;
