// A site that writes its own URL wherever one can stand, and that protects itself by hashes.

import { createHash, randomBytes } from 'node:crypto';
import { openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import compression from 'compression';
import express from 'express';
import { WebSocketServer } from 'ws';

import { page } from './page.mjs';

const RATE = 44_100;
const SECONDS = 300;
const hash = (text) => `sha384-${createHash('sha384').update(text).digest('base64')}`;
const site = (request) => `${request.protocol}://${request.get('host')}`;

// Silence, so that the file is large and takes no space: a seek needs ranges.
const recording = join(process.env.DATA, 'recording.wav');
const length = RATE * 2 * SECONDS;
const head = Buffer.alloc(44);
head.write('RIFF', 0);
head.writeUInt32LE(36 + length, 4);
head.write('WAVEfmt ', 8);
head.writeUInt32LE(16, 16);
head.writeUInt16LE(1, 20); // PCM
head.writeUInt16LE(1, 22); // mono
head.writeUInt32LE(RATE, 24);
head.writeUInt32LE(RATE * 2, 28);
head.writeUInt16LE(2, 32);
head.writeUInt16LE(16, 34);
head.write('data', 36);
head.writeUInt32LE(length, 40);
writeSync(openSync(recording, 'w'), head);
truncateSync(recording, 44 + length);

// The files name the site, as files do whose build knows where they will be.
const file = (name) => readFileSync(join('static', name), 'utf8');
const built = Object.fromEntries(
  ['app.mjs', 'greeting.mjs', 'library.js', 'site.css', 'worker.js'].map((name) => {
    return [name, file(name).replaceAll('{site}', process.env.ORIGIN)];
  }),
);
const hashes = Object.fromEntries(Object.entries(built).map(([name, text]) => [name, hash(text)]));

const app = express();
let released = () => {};
let revalidated = 0;
app.use(compression());

app.get('/', (request, response) => {
  const nonce = randomBytes(12).toString('base64');
  const { policy, html } = page({ site: site(request), nonce, hashes, user: user(request) });
  response.set('Content-Security-Policy', policy);
  response.set('Link', `<${site(request)}/static/site.css>; rel=preload; as=style`);
  response.send(html);
});

app.get('/static/:name', (request, response) => {
  // The worker's scope is wider than its folder.
  response.set('Service-Worker-Allowed', `${site(request)}/`);
  response.type(request.params.name).send(built[request.params.name]);
});

app.get('/recording.wav', (request, response) => response.sendFile(recording));

app.get('/pixel.svg', (request, response) => {
  const box = '<rect width="8" height="8"/>';
  response.type('svg').send(`<svg xmlns="http://www.w3.org/2000/svg">${box}</svg>`);
});

// The rest of the page waits until the browser has run a script of its first part.
app.get('/slow', async (request, response) => {
  response.type('html').write(`<!doctype html><title>Slow</title><p id="first">first</p>
    <script>fetch('${site(request)}/release', { method: 'POST' })</script>`);
  response.flush();
  const how = await new Promise((resolve) => {
    released = () => resolve('after the first part was seen');
    setTimeout(resolve, 5_000, 'too late');
  });
  response.end(`<p id="rest">${how}</p>`);
});

app.post('/release', (request, response) => {
  released();
  response.sendStatus(204);
});

app.get('/events', (request, response) => {
  response.set('Cache-Control', 'no-cache').type('text/event-stream');
  response.write(`event: hello\ndata: {"from":"${site(request)}/events"}\n\n`);
  response.flush();
});

app.get('/data.json', (request, response) => {
  if (request.get('If-None-Match')) revalidated += 1;
  response.set('Cache-Control', 'no-cache').json({ self: `${site(request)}/data.json` });
});

app.get('/revalidated', (request, response) => response.json(revalidated));

app.post('/login', express.urlencoded({ extended: false }), (request, response) => {
  // As a framework does that takes a form only from its own pages.
  if (request.get('Origin') !== site(request)) return response.status(403).send('another origin');
  response.cookie('user', request.body.name, { httpOnly: true, domain: domain(request) });
  response.redirect(303, `${site(request)}/`);
});

const user = (request) => /user=(\w+)/.exec(request.get('Cookie') ?? '')?.[1] ?? 'nobody';

// A cookie cannot have an address as its domain.
const domain = ({ hostname }) => (/^[\d.]+$/.test(hostname) ? undefined : hostname);

const server = app.listen(Number(process.env.PORT), process.env.HOST);
const sockets = new WebSocketServer({
  server,
  path: '/socket',
  verifyClient: ({ origin, req }) => origin === `http://${req.headers.host}`,
});
sockets.on('connection', (socket, request) => {
  // Without the site's URL: messages reach the browser as they are.
  socket.on('message', (text) => socket.send(`${text} at ${request.url}`));
});
