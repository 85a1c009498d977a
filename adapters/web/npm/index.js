// streamgate: a gate that rewrites an origin's pages as they stream.
import load, * as wasm from "./streamgate.js";
import { StreamSource, streamOf } from "./body.js";
import { textOf } from "./fields.js";
import { asked, bodyOf, WebHost } from "./web.js";

let loading;

/** Loads the module, once. See index.d.ts, which documents what is public. */
export function init(module, { log = "warn" } = {}) {
  loading ??= start(module, log).catch((error) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function start(module, log) {
  let from = await (module ?? new URL("./streamgate_bg.wasm", import.meta.url));
  if (from instanceof URL && from.protocol === "file:") {
    // A name that bundlers for browsers do not look for.
    const files = "node:fs/promises";
    from = await (await import(files)).readFile(from);
  }
  await load({ module_or_path: from });
  wasm.log(log);
}

export class Gate {
  /** The compiled configuration. */
  #gate;
  #limits;

  constructor(toml, { env = {}, source = "streamgate.toml", namesHosts = canNameHosts() } = {}) {
    if (!loading) throw new Error("streamgate: `await init()` comes first");
    this.#gate = new wasm.Gate(toml, source, env, namesHosts);
    this.#limits = JSON.parse(this.#gate.limits());
  }

  /** The limits of the configuration in milliseconds. */
  get limits() {
    return this.#limits;
  }

  fetch(request, options = {}) {
    const body = bodyOf(request, this.#limits.bodyIdle);
    const host = new WebHost(request, options, this.#limits);
    return this.#gate.serve(asked(request, options.clientAddress), body, host);
  }

  /** Serves an exchange of another platform: `head` and `host` are as `web.js` has them. */
  serve(head, body, host) {
    return this.#gate.serve(head, body, host);
  }

  rewriter(request, { status = 200, headers }, { decoded = true } = {}) {
    const fields = new Headers(headers);
    if (decoded) fields.delete("content-encoding");
    const rewriter = new wasm.Rewriter(this.#gate, asked(request), status, textOf(fields));
    const { decision } = rewriter;
    const inlet = new TransformStream();
    const readable = streamOf(rewriter.over(new StreamSource(inlet.readable)));
    return { writable: inlet.writable, readable, decision };
  }
}

/** Whether `fetch` sends another `Host` than that of its URL. */
function canNameHosts() {
  return Boolean(globalThis.Bun || (globalThis.process?.versions?.node && !globalThis.Deno));
}
