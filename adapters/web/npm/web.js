// An exchange by the web platform alone: `Request`, `Response` and `fetch`.
import { StreamSource, pauseOf, streamOf } from "./body.js";
import { failure, failureOf } from "./failure.js";
import { pairsOf, textOf } from "./fields.js";

/** Statuses whose responses have no body (Fetch standard, "null body status"). */
const BODILESS = new Set([101, 103, 204, 205, 304]);

/** A longer timer fires at once (HTML standard, timers). */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The codings that every runtime's `fetch` undoes while it keeps the field that names them. */
const DECODED = ["gzip", "x-gzip", "deflate", "br"];

/** Bun's `fetch` leaves a body as it came if it is told so; all others decode. */
const CODINGS = globalThis.Bun ? [] : DECODED;

/** The head of a request as the gate takes it. */
export function asked(request, address) {
  const { method, url } = request;
  // What follows `#` never leaves a browser, and a service worker sees it.
  const [target] = url.split("#", 1);
  const headers = new Headers(request.headers);
  // No response can be a 101, and a server may ignore the field (RFC 9110 §7.8).
  headers.delete("upgrade");
  return {
    method,
    // Deno gives the target as it came, bytes beyond ASCII included.
    target: /^[\x20-\x7e]*$/.test(target) ? target : new URL(target).href,
    fields: textOf(headers),
    version: "1.1",
    address,
  };
}

/** The body that a request has announced and that its `Request` does not have. */
const LOST = {
  async read() {
    throw failure("unsupported", "a GET or HEAD with a body");
  },
  cancel() {},
};

/** The body of a request, which may pause for so many milliseconds. */
export function bodyOf({ body, headers, method }, pause) {
  if (body) return new StreamSource(body, pause, "request-timeout");
  // No `Request` with these methods has a body, whatever has come.
  const isSafe = method === "GET" || method === "HEAD";
  const isAnnounced = headers.has("transfer-encoding") || Number(headers.get("content-length")) > 0;
  return isSafe && isAnnounced ? LOST : undefined;
}

/** The web platform of one exchange. */
export class WebHost {
  #limits;
  #options;
  #request;
  #opaque;

  constructor(request, options, limits) {
    this.#request = request;
    this.#options = options;
    this.#limits = limits;
  }

  upgrades() {
    return false;
  }

  get streamsUploads() {
    return this.#options.origin?.streamsUploads ?? true;
  }

  decodes(coding) {
    return !this.#options.origin && (this.#options.decodes ?? CODINGS).includes(coding);
  }

  async fetch(method, origin, target, fields, body, name, connectTimeout, firstByteTimeout) {
    const gone = this.#options.signal ?? this.#request.signal;
    if (body === LOST) await body.read();
    if (this.#options.origin) {
      const limits = { connectTimeout, firstByteTimeout };
      return this.#options.origin.fetch(method, origin, target, fields, body, name, limits, gone);
    }
    const streamed = body?.read;
    if (body && (method === "GET" || method === "HEAD")) {
      throw failure("unsupported", `a ${method} with a body`);
    }
    const abort = new AbortController();
    const leave = () => abort.abort(failure("client-gone", "the client went away"));
    if (gone?.aborted) leave();
    gone?.addEventListener("abort", leave);
    // Nobody tells when a request's body has been sent, so no limit can be set for the time after.
    const late = () => abort.abort(failure("timeout", "no head in time"));
    const within = Math.min(connectTimeout + firstByteTimeout, LONGEST_TIMER);
    const timer = body ? undefined : setTimeout(late, within);
    try {
      const response = await (this.#options.fetch ?? fetch)(origin + target, {
        method,
        headers: pairsOf(fields),
        body: streamed ? (body.stream ?? streamOf(body)) : body,
        duplex: streamed ? "half" : undefined,
        decompress: false,
        redirect: "manual",
        signal: abort.signal,
      });
      if (response.type === "opaqueredirect") {
        this.#opaque = response;
        throw failure("unsupported", "a redirect that only a browser may read");
      }
      return new Answered(response, this.#limits);
    } catch (thrown) {
      throw failureOf(abort.signal.aborted ? abort.signal.reason : thrown);
    } finally {
      clearTimeout(timer);
    }
  }

  unmodified(status, fields, answered) {
    const headers = new Headers(pairsOf(fields));
    if (this.decodes(headers.get("content-encoding"))) {
      // The stream has been decoded already.
      headers.delete("content-encoding");
      headers.delete("content-length");
    }
    const { body } = answered;
    const stream = body ? (body.stream ?? streamOf(body)) : this.#nothing(headers);
    return respond(stream, status, headers, answered);
  }

  streamed(status, fields, body) {
    return respond(streamOf(body), status, new Headers(pairsOf(fields)));
  }

  whole(status, fields, bytes) {
    // The browser follows it, or shows it to the page, as it does without the gate.
    if (this.#opaque) return this.#opaque;
    const headers = new Headers(pairsOf(fields));
    return respond(bytes.length > 0 ? bytes : this.#nothing(headers), status, headers);
  }

  /** The body of a response that has none. To a HEAD, servers would say that it has length 0. */
  #nothing(headers) {
    if (this.#request.method !== "HEAD" || headers.has("content-length")) return null;
    return streamOf({ read: async () => undefined, cancel() {} });
  }
}

function respond(body, status, headers, answered) {
  const statusText = answered?.status === status ? answered.statusText : undefined;
  return new Response(BODILESS.has(status) ? null : body, { status, statusText, headers });
}

/** The answer of a `fetch`. */
class Answered {
  constructor(response, limits) {
    const pause = pauseOf(limits, response.headers.get("content-type"));
    this.status = response.status;
    this.statusText = response.statusText;
    this.fields = textOf(response.headers);
    this.body = response.body
      ? new StreamSource(response.body, pause, "read-timeout")
      : undefined;
  }
}
