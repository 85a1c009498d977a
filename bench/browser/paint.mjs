// Loads pages in Chromium, and says when they were painted. Each line of the input is a URL; each
// line of the output is JSON with the milliseconds from the start of the navigation to the first
// contentful paint, and the text of the element `#seam` of the page that has been loaded.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

// The folder where npm has installed playwright-core.
const [modules] = process.argv.slice(2);
const { chromium } = createRequire(join(modules, 'x'))('playwright-core');
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    // What the page names elsewhere is not there, and is not waited for.
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  ],
});

/** Loads a page as a new visitor does: without cache, cookies and connections. */
async function load(url) {
  const context = await browser.newContext();
  try {
    const page = await context.newPage();
    await page.goto(url);
    return await page.evaluate(async () => {
      const paint = await new Promise((painted) => {
        new PerformanceObserver((list) => {
          const [first] = list.getEntriesByName('first-contentful-paint');
          if (first) painted(first.startTime);
        }).observe({ type: 'paint', buffered: true });
      });
      return { paint, seam: document.getElementById('seam').textContent };
    });
  } finally {
    await context.close();
  }
}

for await (const url of createInterface({ input: process.stdin })) {
  const answer = await load(url).catch((error) => ({ fault: error.message }));
  console.log(JSON.stringify(answer));
}
await browser.close();
