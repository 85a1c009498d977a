// The stage of an exchange that is played before the first client comes.

import { env } from "cloudflare:workers";

/** What the runtime hands to a client's exchange, unless the configuration is read by I/O. */
export function variables() {
  return typeof env.STREAMGATE_CONFIG === "string" || !env.STREAMGATE ? env : undefined;
}

/** A client, and an origin that answers with a page. Nothing is logged of their exchange. */
export function stage() {
  const { log } = console;
  console.log = () => {};
  const fields = "accept\ntext/html\naccept-encoding\ngzip, br\nuser-agent\nMozilla/5.0\n";
  let rewritten;
  return {
    asked: { method: "GET", target: "https://www.example.com/", fields, version: "1.1" },
    streamsUploads: false,
    decodes: () => false,
    upgrades: () => false,
    fetch: async (method, origin) => answerOf(origin),
    streamed: (status, fields, body) => void (rewritten = body),
    whole() {},
    unmodified() {},
    /** Resolves when the client has read all. */
    async end() {
      try {
        while ((await rewritten?.read()) !== undefined);
        rewritten?.free();
      } finally {
        console.log = log;
      }
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
