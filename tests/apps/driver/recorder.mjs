// Records what a browser sees: the console, the network, documents, cookies and storage.

import { setTimeout as pause } from 'node:timers/promises';

const TEXT = /^(text\/|application\/(json|javascript|xml|manifest)|[^;]*\+(json|xml))/;
// How long the end of a visit waits for bodies that are still on their way: those of event streams
// never end.
const PATIENCE = 1_000;

export class Recorder {
  #contexts = [];
  #bodies = [];
  errors = [];
  // Everything in which an origin's name would be a leak: a place and a text.
  texts = [];
  requests = [];

  // Records all that happens in a context from now on.
  watch(context) {
    this.#contexts.push(context);
    context.on('console', (message) => {
      // Browsers ask for this without a page's doing, and wherever a page is.
      const isIcon = message.location().url.endsWith('/favicon.ico');
      if (message.type() === 'error' && !isIcon) this.errors.push(message.text());
    });
    context.on('weberror', (failure) => this.errors.push(String(failure.error())));
    context.on('request', (request) => {
      this.requests.push(`${request.method()} ${request.url()}`);
      this.#text('the network', request.url());
    });
    context.on('response', (response) => this.#bodies.push(this.#response(response)));
    context.on('page', (page) => {
      page.on('websocket', (socket) => {
        this.requests.push(`WEBSOCKET ${socket.url()}`);
        this.#text('the network', socket.url());
        socket.on('framereceived', ({ payload }) => this.#text(socket.url(), String(payload)));
      });
    });
  }

  #pages() {
    return this.#contexts.flatMap((context) => context.pages());
  }

  #text(place, text) {
    if (text) this.texts.push({ place, text });
  }

  async #response(response) {
    // A response that its page no longer waits for has neither a head nor a body to look at.
    const headers = await response.headersArray().catch(() => []);
    const place = `the response to ${response.url()}`;
    for (const { name, value } of headers) this.#text(place, `${name}: ${value}`);
    const type = headers.find(({ name }) => name.toLowerCase() === 'content-type')?.value ?? '';
    if (TEXT.test(type)) this.#text(place, await response.text().catch(() => ''));
  }

  // Looks at the documents that are open now.
  async look(step) {
    for (const page of this.#pages()) {
      for (const frame of page.frames()) {
        const text = await Promise.race([frame.content().catch(() => ''), pause(PATIENCE)]);
        this.#text(`the document after "${step}"`, text);
      }
    }
  }

  // Looks at cookies and storage, and returns all that was recorded.
  async end() {
    await Promise.race([Promise.allSettled(this.#bodies), pause(PATIENCE)]);
    const states = this.#contexts.map((context) => context.storageState({ indexedDB: true }));
    const kept = await Promise.all(states);
    this.#text('cookies and storage', JSON.stringify(kept));
    for (const page of this.#pages()) {
      const stored = await page.evaluate(storage).catch(() => '');
      this.#text('session storage and caches', stored);
    }
    const { errors, requests, texts } = this;
    const all = kept.flatMap(({ cookies }) => cookies);
    const cookies = all.map(({ name, path, httpOnly, sameSite, secure }) => {
      return `${name}; path=${path}; ${sameSite}; ${httpOnly}; ${secure}`;
    });
    return { errors, requests, texts, cookies: cookies.sort() };
  }
}

// Runs in the page.
async function storage() {
  const found = Object.entries(sessionStorage).flat();
  for (const name of 'caches' in self ? await caches.keys() : []) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      found.push(name, request.url, await (await cache.match(request)).text());
    }
  }
  return found.join('\n');
}
