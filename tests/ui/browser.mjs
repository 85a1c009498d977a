// The browser, and how a page is looked at in it: in dark and in light, wide and on a phone.

import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** How pages are looked at. 360 px is the width of a small phone. */
const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1280, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1280, height: 900 } },
  { name: 'light, on a phone', colorScheme: 'light', viewport: { width: 360, height: 740 } },
  { name: 'dark, on a phone', colorScheme: 'dark', viewport: { width: 360, height: 740 } },
];

/** The findings of axe-core that fail a check. */
const GRAVE = ['serious', 'critical'];

/** The most bytes of a screenshot in the book. */
const SCREENSHOT = 150_000;

let axe;

export async function launch(modules) {
  const require = createRequire(join(modules, 'x'));
  axe = readFileSync(require.resolve('axe-core/axe.min.js'), 'utf8');
  return await require('playwright-core').chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Opens a page, and notes what goes wrong in it. */
export async function open(browser, url) {
  const page = await browser.newPage({ viewport: LOOKS[0].viewport, bypassCSP: false });
  page.setDefaultTimeout(20_000);
  const errors = [];
  page.on('pageerror', (error) => errors.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text());
  });
  await page.goto(url);
  return { page, errors };
}

/** Waits until an element has a text. */
export async function says(page, selector, text) {
  await page.locator(selector, { hasText: text }).waitFor();
}

/** Checks in each look that everybody can use the page, and that nothing is wider than it. */
export async function everybodyCanUse(page, checks) {
  for (const { name, colorScheme, viewport } of LOOKS) {
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const results = await findings(page);
    checks.equal(`no grave finding of axe-core (${name})`, grave(results), []);
    const tooWide = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    checks.equal(`nothing is wider than the window (${name})`, tooWide, 0);
  }
  await page.setViewportSize(LOOKS[0].viewport);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: null });
}

async function findings(page) {
  // By the debugger, which the page's policy does not bind.
  await page.evaluate(axe);
  return await page.evaluate(() => globalThis.axe.run(document, { iframes: false }));
}

function grave({ violations }) {
  const found = violations.filter(({ impact }) => GRAVE.includes(impact));
  return found.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** Takes a screenshot for the book. */
export async function screenshot(page, checks, folder, name) {
  if (!folder) return;
  const path = join(folder, `${name}.png`);
  await page.screenshot({ path });
  const { size } = statSync(path);
  if (size < SCREENSHOT) return checks.passed(`${name}.png has ${size} bytes`);
  checks.failed(`${name}.png is small`, `${size} bytes`);
}
