// What `gate.rewriter` of the npm package does with bodies, on the runtime that runs this file in a
// project that has the package. `try.mjs` calls it; the exit status says whether all is right.

import assert from 'node:assert/strict';

import { Gate, init } from 'streamgate';

const CONFIG = `
[origin]
url = "https://origin.example.com"
public = "https://www.example.com"
`;
const PAGE = '<a href="https://origin.example.com/next">caf\u00e9</a>';
const MAPPED = '<a href="https://www.example.com/next">caf\u00e9</a>';
const HTML = { 'content-type': 'text/html; charset=utf-8' };

await init();
const gate = new Gate(CONFIG);
const request = new Request('https://www.example.com/news');

/** A stream of the bytes, so many at a time. */
function streamOf(bytes, size = bytes.length) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
    },
  });
}

const encoded = (text) => new TextEncoder().encode(text);
const bytesOf = async (stream) => new Uint8Array(await new Response(stream).arrayBuffer());
const textOf = async (stream) => new TextDecoder().decode(await bytesOf(stream));

const TESTS = {
  async 'a page is rewritten however it is cut'() {
    for (const size of [1, 7, 1000]) {
      const rewriter = gate.rewriter(request, { headers: HTML });
      assert.match(rewriter.decision, /row=12/);
      assert.equal(await textOf(streamOf(encoded(PAGE), size).pipeThrough(rewriter)), MAPPED);
    }
  },

  async 'what passes through keeps every byte'() {
    const bytes = Uint8Array.from({ length: 70_000 }, (_, i) => i % 256);
    const rewriter = gate.rewriter(request, { headers: { 'content-type': 'image/png' } });
    assert.match(rewriter.decision, /row=3/);
    assert.deepEqual(await bytesOf(streamOf(bytes, 4096).pipeThrough(rewriter)), bytes);
  },

  async 'a body that was decoded is taken as it is, whatever the head says'() {
    const headers = { ...HTML, 'content-encoding': 'gzip' };
    const rewriter = gate.rewriter(request, { headers });
    assert.equal(await textOf(streamOf(encoded(PAGE)).pipeThrough(rewriter)), MAPPED);
  },

  async 'a body in its coding comes out decoded'() {
    const headers = { ...HTML, 'content-encoding': 'gzip' };
    const rewriter = gate.rewriter(request, { headers }, { decoded: false });
    const zipped = streamOf(encoded(PAGE)).pipeThrough(new CompressionStream('gzip'));
    assert.equal(await textOf(zipped.pipeThrough(rewriter)), MAPPED);
  },

  async 'the start of a page comes before its end is there'() {
    const { writable, readable } = gate.rewriter(request, { headers: HTML });
    const [writer, reader] = [writable.getWriter(), readable.getReader()];
    const written = writer.write(encoded(`${PAGE}<p>more`));
    const { value } = await reader.read();
    assert.ok(new TextDecoder().decode(value).startsWith('<a href="https://www.example.com'));
    await written;
    await writer.ready;
    await reader.cancel();
  },

  async 'a body that breaks off breaks off'() {
    const { writable, readable } = gate.rewriter(request, { headers: HTML });
    const body = textOf(readable);
    const writer = writable.getWriter();
    writer.write(encoded(PAGE)).catch(() => {});
    writer.abort(new Error('connection lost')).catch(() => {});
    await assert.rejects(body);
  },

  async 'a body that nobody wants is given up'() {
    const { writable, readable } = gate.rewriter(request, { headers: HTML });
    const writer = writable.getWriter();
    const closed = writer.closed;
    const reader = readable.getReader();
    writer.write(encoded(PAGE)).catch(() => {});
    await reader.read();
    await reader.cancel();
    await assert.rejects(closed);
  },

  'a head that is not valid is an error'() {
    assert.throws(() => gate.rewriter(request, { status: 99, headers: HTML }));
  },
};

for (const [name, test] of Object.entries(TESTS)) {
  try {
    await test();
  } catch (error) {
    console.error(`FAIL ${name}:`, error);
    process.exitCode = 1;
  }
}
