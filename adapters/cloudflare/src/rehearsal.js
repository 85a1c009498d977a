// The stage of an exchange that is played before the first client comes.

import { env } from "cloudflare:workers";

/** How the Worker logs. */
const said = { log: console.log, warn: console.warn };

/** What tells whether the instance is unusable, so that the next exchange needs another one. */
const state = globalThis.__worker_init_state;

/** Whether an exchange was played: an instance that replaces another plays none. */
let isPlayed = false;

/** What the runtime hands to a client's exchange, unless the configuration is read by I/O. */
export function variables() {
  Object.assign(console, said);
  const isKnown = typeof env.STREAMGATE_CONFIG === "string" || !env.STREAMGATE;
  const isFirst = !isPlayed;
  isPlayed = true;
  return isFirst && isKnown ? env : undefined;
}

/**
 * A client, and an origin that answers with a page. Nothing is logged of their exchange. Unless it
 * comes to its end, the instance is not used for another one.
 */
export function stage() {
  console.log = console.warn = () => {};
  state.criticalError = true;
  // A page of its own, so that no other is taken for learned.
  const target = "https://www.example.com/streamgate-rehearsal";
  const fields = "accept\ntext/html\naccept-encoding\ngzip, br\nuser-agent\nMozilla/5.0\n";
  let rewritten;
  return {
    asked: { method: "GET", target, fields, version: "1.1" },
    streamsUploads: false,
    // A timer would be I/O.
    inAll: 0,
    decodes: () => false,
    upgrades: () => false,
    fetch: async (method, origin) => answerOf(origin),
    streamed: (status, fields, body) => void (rewritten = body),
    whole() {},
    unmodified() {},
    /** Resolves when the client has read all. */
    async end() {
      while ((await rewritten?.read()) !== undefined);
      rewritten?.free();
      state.criticalError = false;
      Object.assign(console, said);
    },
  };
}

/** A page with what most pages have. */
function answerOf(origin) {
  const page = `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Page</title>
<link rel="stylesheet" href="${origin}/a.css"><style>p { background: url(${origin}/a.png) }</style>
<script>let a = "${origin}/a", b = "${origin.replaceAll("/", "\\/")}";</script></head>
<body><p>A <a href="${origin}/a">link</a> <img src="/a.png" srcset="${origin}/b.png 2x"></p>
<script type="application/json">{"a":"${origin}/a"}</script></body></html>`;
  const chunks = [new TextEncoder().encode(page)];
  const body = { read: async () => chunks.shift(), cancel() {} };
  return { status: 200, fields: "content-type\ntext/html; charset=utf-8\n", body };
}
