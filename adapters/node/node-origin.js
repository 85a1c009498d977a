// Origins by node:http and node:https. Unlike `fetch`, they change nothing of a message: bodies
// stay in their coding, repeated fields keep their lines, and `Host` is what the gate says.
import http from "node:http";
import https from "node:https";

import { pauseOf } from "./body.js";
import { failure, failureOf } from "./failure.js";
import { pairsOf, textOfRaw } from "./fields.js";
import { MessageSource, pump } from "./node-body.js";

/** How many bytes the head of a message may have. */
export const HEAD_BYTES = 256 * 1024;

/** How long a connection is kept without an exchange: servers end it after 5 s. */
const KEPT = 4000;

/** Kinds of failure that reading the body of a request may have. */
const UPLOAD_FAILURES = new Set(["request-body", "request-timeout", "client-gone", "unsupported"]);

/** Ends connections that nobody uses. */
const keeping = (Agent) =>
  class extends Agent {
    keepSocketAlive(socket) {
      const kept = super.keepSocketAlive(socket);
      if (kept) socket.setTimeout(KEPT);
      return kept;
    }

    reuseSocket(socket, request) {
      super.reuseSocket(socket, request);
      socket.setTimeout(0);
    }
  };

const SCHEMES = {
  "http:": [http, new (keeping(http.Agent))({ keepAlive: true })],
  "https:": [https, new (keeping(https.Agent))({ keepAlive: true })],
};

/** What fetches from origins, for an exchange of any platform. */
export class NodeOrigin {
  streamsUploads = true;
  #limits;

  constructor(limits = {}) {
    this.#limits = limits;
  }

  async fetch(method, origin, target, fields, body, name, timeouts, gone) {
    const ask = () => this.#ask({ method, origin, target, fields, body, name, timeouts, gone });
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        // A kept connection was dead: nobody has seen the request.
        if (!error.again || body || gone?.aborted) throw error;
      }
    }
  }

  #ask({ method, origin, target, fields, body, name, timeouts, gone }) {
    const url = new URL(origin);
    const [client, agent] = SCHEMES[url.protocol];
    const pairs = pairsOf(fields);
    const has = (wanted) => pairs.some(([field]) => field === wanted);
    const isUpgrade = has("upgrade");
    const isFramed = has("content-length") || isUpgrade;
    if (body && !isFramed) pairs.push(["transfer-encoding", "chunked"]);
    return new Promise((resolve, reject) => {
      const request = client.request({
        agent: isUpgrade ? false : agent,
        host: url.hostname.replace(/^\[|\]$/g, ""),
        port: url.port || undefined,
        method,
        path: target,
        headers: body || isFramed ? pairs.flat() : grouped(pairs),
        setHost: false,
        servername: name,
        maxHeaderSize: HEAD_BYTES,
      });
      if (!body && !isFramed) {
        // Node would announce an empty body with the methods that usually have one.
        request.removeHeader("content-length");
        request.removeHeader("transfer-encoding");
      }
      let timer;
      const within = (limit, what) => {
        clearTimeout(timer);
        timer = setTimeout(() => fail(failure("timeout", `no ${what} in ${limit} ms`)), limit);
      };
      const leave = () => fail(failure("client-gone", "the client went away"));
      const settle = (end, value) => {
        clearTimeout(timer);
        gone?.removeEventListener("abort", leave);
        end(value);
      };
      const fail = (error) => {
        settle(reject, error);
        request.destroy();
      };
      gone?.addEventListener("abort", leave);
      request.on("error", (error) => {
        const lost = ["ECONNRESET", "EPIPE"].includes(error.code);
        const again = request.reusedSocket && lost;
        settle(reject, Object.assign(failureOf(error), { again }));
      });
      const answered = (message, upgraded) => {
        const pause = pauseOf(this.#limits, message.headers["content-type"]);
        settle(resolve, new Answered(message, pause, upgraded));
      };
      request.on("response", (message) => answered(message));
      request.on("upgrade", (message, socket, head) => answered(message, { socket, head }));
      request.on("socket", (socket) => {
        if (!socket.connecting) return;
        within(timeouts.connectTimeout, "connection");
        socket.once(url.protocol === "https:" ? "secureConnect" : "connect", () => {
          clearTimeout(timer);
          if (request.writableFinished) within(timeouts.firstByteTimeout, "head");
        });
      });
      request.on("finish", () => within(timeouts.firstByteTimeout, "head"));
      if (gone?.aborted) return leave();
      if (!body?.read || body instanceof Uint8Array) return request.end(body);
      pump(body, request, this.#limits.sendIdle)
        .then(() => request.end())
        .catch((error) => {
          body.cancel();
          if (!error.reading) return; // The origin takes no more, and its answer tells why.
          const known = UPLOAD_FAILURES.has(error.kind);
          fail(known ? error : failure("request-body", error.message));
        });
    });
  }
}

/** The values of each field. Node writes them as lines, and may still add fields. */
function grouped(pairs) {
  const values = Object.create(null);
  for (const [name, value] of pairs) (values[name] ??= []).push(value);
  return values;
}

/** An origin's answer. */
class Answered {
  constructor(message, pause, upgraded) {
    this.status = message.statusCode;
    this.statusText = message.statusMessage;
    this.fields = textOfRaw(message.rawHeaders);
    this.upgraded = upgraded;
    if (!upgraded) this.body = new MessageSource(message, { pause, late: "read-timeout" });
  }

  /** The trailers, once the body has been read. */
  get trailers() {
    const raw = this.body?.message.rawTrailers ?? [];
    return raw.flatMap((name, i) => (i % 2 === 0 ? [[name, raw[i + 1]]] : []));
  }
}
