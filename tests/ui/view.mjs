// Visits the live view of a gate before its demo site, and of one before odd pages.

import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { everybodyCanUse, open, says, screenshot } from './browser.mjs';
import { ANY, DEMO, start } from './gate.mjs';

export async function visit(told) {
  await visitDemo(told);
  await visitOdd(told);
}

async function visitDemo({ browser, checks, gate, screenshots }) {
  const demo = await start(gate, DEMO);
  try {
    const { page, errors } = await open(browser, demo.view);
    await says(page, '#faults', 'is valid');
    checks.has('the configuration is shown', await page.inputValue('#configuration'), '[origin]');
    checks.has('the origin is named', await page.textContent('header'), demo.origin);
    await threeWays(page, checks, demo);
    await showsExchanges(page, checks, demo);
    await takesUpRules(page, checks, demo);
    await refusesFaults(page, checks, demo);
    await isSeparate(browser, page, checks, demo);
    await showsChangesFromElsewhere(browser, page, checks, demo);
    await everybodyCanUse(page, checks);
    await page.setViewportSize({ width: 1000, height: 900 });
    await page.fill('#path', '/live');
    await page.click('#ask button');
    await arrived(page, '/live');
    await page.evaluate(() => scrollTo(0, 0));
    await screenshot(page, checks, screenshots, 'live-view');
    const blocked = `Blocked script execution in '${demo.view}/runs/`;
    const isBlocked = (error) => error.startsWith(blocked);
    checks.equal('scripts of the page do not run in the frames', errors.some(isBlocked), true);
    // The browser logs an answer that says that a configuration is not valid.
    const isRefusal = (error) => error.includes('status of 422');
    const wrong = errors.filter((error) => !isBlocked(error) && !isRefusal(error));
    checks.equal('nothing else went wrong in the live view', wrong, []);
    await page.close();
  } finally {
    await demo.stop();
  }
}

// Visits the view of a gate before an origin with odd pages, by a file with CRLF.
async function visitOdd({ browser, checks, gate: program }) {
  const origin = createServer(odd).listen(0, '127.0.0.1');
  await once(origin, 'listening');
  const url = `http://127.0.0.1:${origin.address().port}`;
  const folder = mkdtempSync(join(tmpdir(), 'streamgate-ui-'));
  const file = join(folder, 'streamgate.toml');
  writeFileSync(file, `[origin]\r\nurl = "${url}"\r\n`);
  const options = ['serve', '--config', file, '--listen', ANY, `--ui=${ANY}`, '--log', 'off'];
  const gate = await start(program, options);
  try {
    const { page, errors } = await open(browser, gate.view);
    await holds(page, `[origin]\nurl = "${url}"\n`);
    await says(page, '#faults', 'is valid');
    await linesEnd(page, checks, url, gate);
    await isTooLong(page, checks, url);
    checks.equal('a file with CRLF is no other one', await page.textContent('#taken'), '');
    checks.equal('nothing went wrong with odd pages', errors, []);
    await page.close();
  } finally {
    await gate.stop();
    origin.close();
    origin.closeAllConnections();
    rmSync(folder, { recursive: true });
  }
}

const LONG = 3 * 1024 * 1024;

function odd(request, response) {
  const link = `<a href="http://${request.headers.host}/next">next</a>`;
  response.setHeader('content-type', 'text/html');
  if (request.url === '/crlf') {
    const lines = ['<!doctype html>', '<p>before', link, '<pre>a', 'b</pre>', ''];
    return response.end(lines.join('\r\n'));
  }
  const head = `<!doctype html>\n<p>start\n${link}\n`;
  const line = '<p>a line of a long page\n';
  response.end(head + line.repeat(LONG / line.length));
}

const marked = (page) =>
  page.$$eval('#changes > *', (lines) =>
    lines.map(({ localName, textContent }) => `${localName} ${textContent}`));

// The lines of a page with CRLF are the same lines, and only what changes is marked.
async function linesEnd(page, checks, url, gate) {
  await page.fill('#path', '/crlf');
  await page.click('#ask button');
  await arrived(page, '/crlf');
  checks.equal('lines that end with CRLF are compared as lines', await marked(page), [
    'span <!doctype html>', 'span <p>before',
    `del <a href="${url}/next">next</a>`, `ins <a href="${gate.gate}/next">next</a>`,
    'span <pre>a', 'span b</pre>',
  ]);
  const text = await page.frameLocator('#gated iframe').locator('pre').textContent();
  checks.equal('and shown', text, 'a\nb');
}

// Of a page over the limit, its start is shown and compared, and its end is no change.
async function isTooLong(page, checks, url) {
  await page.fill('#path', '/long');
  await page.click('#ask button');
  await says(page, '#asked', 'Not all of /long has arrived, and is compared.');
  for (const way of ['direct', 'buffered', 'gated']) {
    checks.has(`a long page is left unfinished (${way})`, await told(page, way), 'longer than');
  }
  const lines = await marked(page);
  const changed = lines.filter((line) => !line.startsWith('span'));
  checks.equal('where a long page is cut off is no change', changed.length, 2);
  checks.has('what changes before is marked', changed[0], `del <a href="${url}/next">`);
  checks.equal('and that it goes on', lines.at(-1), 'span …');
  const first = page.frameLocator('#gated iframe').locator('p').first();
  checks.has('its start is shown', await first.textContent(), 'start');
}

async function arrived(page, path) {
  await says(page, '#asked', `All of ${path} has arrived, and is compared.`);
}

/** Waits until the editor has a text. */
async function holds(page, text) {
  const has = (text) => document.querySelector('#configuration').value.includes(text);
  await page.waitForFunction(has, text);
}

const told = (page, way) => page.textContent(`#${way} .told`);
const left = (page, way, what) =>
  page.$$eval(`#${way} .track .${what}`, (ticks) =>
    ticks.map(({ style }) => parseFloat(style.left)));

// A page that takes six seconds comes in parts on two ways, and at once on the third.
async function threeWays(page, checks, demo) {
  await page.fill('#path', '/live');
  await page.click('#ask button');
  await says(page, '#gated .told', 'in 3 parts');
  checks.has('it arrives part by part', await told(page, 'direct'), ' parts');
  checks.equal('nothing of it is there yet', await told(page, 'buffered'), 'Nothing has arrived.');
  const early = await page.frameLocator('#gated iframe').locator('article').textContent();
  checks.has('the first parts are shown', early, '07:00');
  checks.equal('the last one is not', early.includes('08:40'), false);
  await arrived(page, '/live');
  checks.has('all parts have come', await told(page, 'gated'), 'in 7 parts');
  checks.has('the decision is told', await told(page, 'gated'), 'stream; row=12');
  checks.has('all of it has come at once', await told(page, 'buffered'), 'in 1 part,');
  const [direct, buffered, gated] = await Promise.all(
    ['direct', 'buffered', 'gated'].map((way) => left(page, way, 'part')),
  );
  const isEarly = direct[0] < 25 && gated[0] < 25 && buffered[0] > 75;
  checks.equal('the waterfall shows when', isEarly, true);
  const links = (way) => page.frameLocator(`#${way} iframe`).locator('article a').first();
  const leads = async (way) => await links(way).getAttribute('href');
  checks.has("direct links are the origin's", await leads('direct'), demo.origin);
  checks.has("gated links are the gate's", await leads('gated'), demo.gate);
  const marks = await page.$$eval('#changes del, #changes ins', (lines) =>
    lines.map(({ localName, textContent }) => `${localName} ${textContent}`).join('\n'));
  checks.has('what comes is marked', marks, 'ins <head><meta name="served-by"');
  checks.has('what goes is marked', marks, 'del <head>');
}

async function showsExchanges(page, checks, demo) {
  await fetch(`${demo.gate}/images/harbour.jpg`).then((answer) => answer.arrayBuffer());
  const row = page.locator('#exchanges tr', { hasText: '/images/harbour.jpg' }).first();
  await checks.comes('an exchange is shown as it ends', () => row.waitFor());
  const cells = await row.locator('td').allTextContents();
  checks.equal('its decision, row and reason are', cells.slice(1, 5), [
    '200', 'pass-through', '3', 'not-processable',
  ]);
  await page.check('#pause');
  await fetch(`${demo.gate}/nowhere`).then((answer) => answer.text());
  const late = page.locator('#exchanges tr', { hasText: '/nowhere' }).first();
  checks.equal('a held list stays', await late.count(), 0);
  await page.uncheck('#pause');
  await checks.comes('and goes on', () => late.waitFor());
}

const RULE = `
[[html]]
select = "h1"
append = "<em>edited</em>"
`;

// A rule that is written in the editor counts from the next exchange on.
async function takesUpRules(page, checks, demo) {
  const before = await page.inputValue('#configuration');
  await page.fill('#path', '/about');
  await page.fill('#configuration', before + RULE);
  await page.click('#take-up');
  await arrived(page, '/about');
  checks.equal('a rule is taken up', await page.textContent('#taken'), 'Taken up.');
  const title = page.frameLocator('#gated iframe').locator('h1 em');
  await checks.comes('and changes the page', () => title.waitFor());
  checks.has('its change is marked', await page.textContent('#changes'), '<em>edited</em>');
  const page2 = await fetch(`${demo.gate}/about`).then((answer) => answer.text());
  checks.has('every client gets it', page2, '<em>edited</em>');
}

async function refusesFaults(page, checks, demo) {
  const valid = await page.inputValue('#configuration');
  await page.fill('#configuration', `${valid}\n[[html]]\nselect = "p"\nremuve = true\n`);
  const fault = page.locator('#faults .error', { hasText: 'remuve' });
  await fault.waitFor();
  const line = valid.split('\n').length + 3;
  checks.has('a fault has its line', await fault.textContent(), `line ${line}`);
  checks.has('a fault has its key', await fault.textContent(), 'remuve: unknown key');
  await page.click('#take-up');
  await checks.comes('it is not taken up', () =>
    page.locator('#taken', { hasText: 'Not taken up' }).waitFor());
  const about = await fetch(`${demo.gate}/about`).then((answer) => answer.text());
  checks.has('what served serves on', about, '<em>edited</em>');
  await page.click('#reset');
  await says(page, '#faults', 'is valid');
  checks.equal('what serves comes back', await page.inputValue('#configuration'), valid);
}

// No page behind the gate reaches the view, and what the frames show has no rights.
async function isSeparate(browser, page, checks, demo) {
  const reached = await page.evaluate(() => {
    const frame = document.querySelector('#gated iframe');
    return { own: frame.contentDocument === null, sandbox: frame.sandbox.value };
  });
  checks.equal('a frame has an origin of its own', [reached.own, reached.sandbox], [true, '']);
  const other = await browser.newPage();
  await other.goto(`${demo.gate}/about`);
  const outcome = await other.evaluate(async (view) => {
    const body = '[origin]\nurl = "http://127.0.0.1:9"\n';
    const options = { method: 'POST', mode: 'no-cors', body };
    await fetch(`${view}/configuration`, options).catch(() => {});
    return await fetch(`${view}/configuration`).then(() => 'read', () => 'refused');
  }, demo.view);
  checks.equal('a page of the gate cannot read the view', outcome, 'refused');
  await other.close();
  const about = await fetch(`${demo.gate}/about`).then((answer) => answer.text());
  checks.has('nor change the configuration', about, '<em>edited</em>');
}

// Two people may have it open.
async function showsChangesFromElsewhere(browser, page, checks, demo) {
  const { page: other } = await open(browser, demo.view);
  await holds(other, 'edited');
  const text = (await page.inputValue('#configuration')).replace('edited', 'again');
  await other.fill('#configuration', text);
  await other.click('#take-up');
  await checks.comes('a change elsewhere is shown', () =>
    holds(page, 'again'));
  await other.close();
}
