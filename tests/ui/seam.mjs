// Visits the demo's page with two late fragments, while its seams fill.

import { everybodyCanUse, open, says } from './browser.mjs';
import { DEMO, start } from './gate.mjs';

export async function visit({ browser, checks, gate }) {
  const demo = await start(gate, DEMO);
  try {
    const { page, errors } = await open(browser, 'about:blank');
    const loaded = page.goto(`${demo.gate}/seam`);
    await says(page, 'h1', 'What the harbour says now');
    const first = ['this page was there'];
    checks.equal('the page is there before what comes late', await main(page), first);
    await says(page, 'main', 'The ferry takes four');
    checks.equal('it goes on behind the first seam', await main(page), [
      'this page was there',
      'the tide',
      'a place for the ferry',
      'the end',
    ]);
    await loaded;
    checks.equal('the second seam is filled last', await main(page), [
      'this page was there',
      'the tide',
      'the ferry',
      'the end',
    ]);
    await everybodyCanUse(page, checks);
    checks.equal('nothing went wrong in the page', errors, []);
    await page.close();
  } finally {
    await demo.stop();
  }
}

/** Returns what the page shows by now, in its order. */
async function main(page) {
  const text = await page.locator('main').innerText();
  const parts = {
    'This page was there at once': 'this page was there',
    '2.31 m, rising': 'the tide',
    'Asking the ferry': 'a place for the ferry',
    'four minutes late': 'the ferry',
    'neither costs the page': 'the end',
  };
  const places = Object.entries(parts).map(([words, part]) => [text.indexOf(words), part]);
  const shown = places.filter(([place]) => place >= 0);
  return shown.sort(([a], [b]) => a - b).map(([, part]) => part);
}
