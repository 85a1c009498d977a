// The stage of an exchange that is played before the first client comes.

import { env } from "cloudflare:workers";

/** What the runtime hands to a client's exchange, unless the configuration is read by I/O. */
export function variables() {
  const isStored = typeof env.STREAMGATE_CONFIG !== "string" && env.STREAMGATE;
  return isStored ? undefined : env;
}

/** A page with what most pages have. */
function page(origin) {
  return `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Page</title>
<link rel="stylesheet" href="${origin}/a.css"><style>p { background: url(${origin}/a.png) }</style>
<script>let a = "${origin}/a", b = "${origin.replaceAll("/", "\\/")}";</script></head>
<body><p>A <a href="${origin}/a">link</a> <img src="/a.png" srcset="${origin}/b.png 2x"></p>
<script type="application/json">{"a":"${origin}/a"}</script></body></html>`;
}

/** A client, and an origin that has one page. Nothing is logged of them. */
class Stage {
  streamsUploads = false;
  #log = console.log;
  #body;

  constructor() {
    console.log = () => {};
  }

  asked() {
    const fields = "accept\ntext/html\naccept-encoding\ngzip, br\nuser-agent\nMozilla/5.0\n";
    return { method: "GET", target: "https://www.example.com/", fields, version: "1.1" };
  }

  decodes() {
    return false;
  }

  upgrades() {
    return false;
  }

  async fetch(method, origin) {
    let chunk = new TextEncoder().encode(page(origin));
    const read = async () => {
      const read = chunk;
      chunk = undefined;
      return read;
    };
    const fields = `content-type\ntext/html; charset=utf-8\ncontent-length\n${chunk.length}\n`;
    return { status: 200, fields, body: { read, cancel() {} } };
  }

  streamed(status, fields, body) {
    this.#body = body;
  }

  whole() {}

  unmodified() {}

  /** Resolves when the body has been read to its end. */
  async end() {
    try {
      while ((await this.#body?.read()) !== undefined);
      this.#body?.free();
    } finally {
      console.log = this.#log;
    }
  }
}

export function stage() {
  return new Stage();
}
