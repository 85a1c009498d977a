// Visits the playground.

import { everybodyCanUse, open, says, screenshot } from './browser.mjs';
import { serve } from './files.mjs';

export async function visit({ browser, checks, playground, screenshots }) {
  const server = await serve(playground);
  try {
    const { page, errors } = await open(browser, server.url);
    await streams(page, checks);
    await showsFaults(page, checks);
    await knowsTypes(page, checks);
    await page.reload();
    await page.waitForSelector('#run:enabled');
    await page.fill('#pause', '0');
    await page.click('#run');
    await ended(page);
    await page.locator('#results').scrollIntoViewIfNeeded();
    await everybodyCanUse(page, checks);
    await page.setViewportSize({ width: 840, height: 980 });
    await page.evaluate(() => scrollTo(0, 0));
    await screenshot(page, checks, screenshots, 'playground');
    checks.equal('nothing went wrong in the playground', errors, []);
    await page.close();
  } finally {
    server.stop();
  }
}

const text = (page, selector) => page.textContent(selector);

async function ended(page) {
  await page.waitForFunction(() => document.querySelector('#status').textContent.endsWith('ended'));
}

// What goes in comes out in parts, rewritten, with its changes marked.
async function streams(page, checks) {
  await page.waitForSelector('#run:enabled');
  await page.fill('#size', '100');
  await page.click('#step');
  await says(page, '#status', 'chunk 1');
  checks.has('the first chunk has come out', await text(page, '#output'), 'tag.js');
  checks.has('it is not the last one', await text(page, '#status'), '100 of ');
  const more = await text(page, '#output');
  await page.click('#step');
  await says(page, '#status', 'chunk 2');
  const now = await text(page, '#output');
  checks.equal('the second one goes on', now.startsWith(more) && now.length > more.length, true);
  await page.fill('#pause', '0');
  await page.click('#run');
  await ended(page);
  const output = await text(page, '#output');
  checks.has('a link is mapped', output, 'href="https://www.example.com/tides"');
  checks.has('an escaped URL is mapped', output, 'https:\\/\\/www.example.com\\/api');
  checks.has('a rule has acted', output, 'rel="noopener"');
  checks.has('the decision is told', await text(page, '#status'), 'stream; row=12');
  const marks = await page.$$eval('#changes ins, #changes del', (marks) =>
    marks.map(({ localName, textContent }) => `${localName} ${textContent}`));
  checks.has('what comes is marked', marks.join('\n'), 'ins www');
  checks.has('what goes is marked', marks.join('\n'), 'del origin');
  checks.equal('nothing is held back at the end', await page.$('#changes .held'), null);
}

// What is wrong with a configuration is told with its line and key, and the line can be gone to.
async function showsFaults(page, checks) {
  const valid = await page.inputValue('#configuration');
  await page.fill('#configuration', '[origin]\nurl = "https://o.example"\npublik = "x"\n');
  await page.waitForSelector('#faults .error');
  const fault = await text(page, '#faults .error');
  checks.has('a fault has its line', fault, 'line 3');
  checks.has('a fault has its key', fault, 'origin.publik');
  checks.has('a fault has advice', fault, 'help: ');
  await page.click('#faults button');
  const selected = await page.$eval('#configuration', (editor) =>
    editor.value.slice(editor.selectionStart, editor.selectionEnd));
  checks.equal('a fault leads to its line', selected, 'publik = "x"');
  await page.click('#run');
  checks.has('nothing begins with it', await text(page, '#status'), 'Not begun: streamgate.toml:3');
  await page.fill('#configuration', valid);
  await says(page, '#faults', 'is valid');
  checks.passed('a mended configuration is valid');
}

async function knowsTypes(page, checks) {
  for (const [type, expected] of [
    ['text/css', 'url(https://www.example.com/harbour.jpg)'],
    ['text/javascript', '"https://www.example.com/api"'],
    ['application/json', '"https:\\/\\/www.example.com\\/api'],
    ['image/png', 'https://origin.example.com/'],
  ]) {
    await page.selectOption('#type', type);
    await page.click('#run');
    await ended(page);
    checks.has(`${type} is treated as it is to be`, await text(page, '#output'), expected);
  }
  checks.has('an image passes', await text(page, '#status'), 'pass-through; row=3');
}
