// Visits a page whose service worker runs the gate, with the npm package.

import { once } from 'node:events';
import { createServer } from 'node:http';

import { open } from './browser.mjs';
import { serve } from './files.mjs';

/** The page that registers the worker, and says when it controls the page. */
const START = `<!doctype html><title>start</title><script type="module">
  await navigator.serviceWorker.register('/worker.js', { type: 'module' });
  await navigator.serviceWorker.ready;
  if (!navigator.serviceWorker.controller)
    await new Promise((ready) => navigator.serviceWorker.addEventListener('controllerchange', ready));
  document.title = 'controlled';
</script>`;

/** The worker, which fetches pages below /news from the origin. */
const worker = (origin) => `
  import { Gate, init } from '/package/index.js';
  const gate = init().then(() => new Gate(\`
    [origin]
    url = "${origin}"
    [[html]]
    select = "body"
    append = "<i>seen</i>"
  \`));
  addEventListener('install', (event) => event.waitUntil(skipWaiting()));
  addEventListener('activate', (event) => event.waitUntil(clients.claim()));
  addEventListener('fetch', (event) => {
    const { pathname } = new URL(event.request.url);
    if (!pathname.startsWith('/news')) return;
    event.respondWith(gate.then((gate) => gate.fetch(event.request)));
  });
`;

export async function visit({ browser, checks, package: folder }) {
  const site = await serve(folder);
  const origin = createServer((request, response) => {
    // To a browser's fetch, the origin is another one than the page's.
    response.setHeader('access-control-allow-origin', '*');
    response.setHeader('access-control-allow-headers', '*');
    response.setHeader('content-type', 'text/html; charset=utf-8');
    const { port } = origin.address();
    response.end(`<body><a href="http://127.0.0.1:${port}/next">next</a></body>`);
  }).listen(0, '127.0.0.1');
  await once(origin, 'listening');
  const pages = createServer(async (request, response) => {
    const send = (type, body) => response.setHeader('content-type', type).end(body);
    if (request.url === '/') return send('text/html; charset=utf-8', START);
    if (request.url === '/worker.js') {
      return send('text/javascript', worker(`http://127.0.0.1:${origin.address().port}`));
    }
    const file = await fetch(site.url + request.url.replace(/^\/package\//, ''));
    send(file.headers.get('content-type'), Buffer.from(await file.arrayBuffer()));
  }).listen(0, '127.0.0.1');
  await once(pages, 'listening');
  const url = `http://127.0.0.1:${pages.address().port}`;
  const { page, errors } = await open(browser, url);
  try {
    await checks.comes('the service worker takes the page', () =>
      page.waitForFunction(() => document.title === 'controlled'),
    );
    await page.goto(`${url}/news`);
    checks.equal('its link leads to the page\u2019s own host', await page.getAttribute('a', 'href'), `${url}/next`);
    checks.equal('it has what a rule appends', await page.textContent('i'), 'seen');
    checks.equal('nothing went wrong in the page', errors, []);
  } finally {
    await page.close();
    for (const server of [origin, pages]) {
      server.closeAllConnections();
      server.close();
    }
    site.stop();
  }
}
