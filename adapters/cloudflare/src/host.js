// Workers as the host of an exchange: what `streamgate-js` fetches and answers with.
//
// A field's value reaches JavaScript as a string that the runtime decoded from UTF-8, with U+FFFD
// for each invalid sequence, and the string is encoded again on the way out. Repeated fields,
// `Set-Cookie` aside, arrive joined. So a head is not built anew where there is a head to start
// from.

/** How many bytes one read may return. The runtime's default reader returns 4 KiB at a time. */
const READ_BYTES = 65536;

/** A longer timer fires at once (HTML standard, timers). */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The runtime's message for a broken connection, to the origin or to the client. */
const LOST = "Network connection lost.";

/** The message with which a fetch ends whose body breaks off. The runtime keeps no more of it. */
const BROKEN = "the client's body broke off";

/** An error of a kind that the gate knows, in the words of `FetchError`. */
function failure(kind, message) {
  return Object.assign(new Error(message), { kind });
}

/** The text whose characters are the bytes of a string in UTF-8. */
function toBytes(string) {
  if (/^[\x00-\x7f]*$/.test(string)) return string;
  return Array.from(new TextEncoder().encode(string), (byte) => String.fromCharCode(byte)).join("");
}

/** The string that is meant by a text whose characters are bytes. */
function fromBytes(text) {
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Every field of a head as one text: name, LF, value, LF, and so on. No field can hold a LF. */
export function fieldsOf(headers) {
  let text = "";
  for (const [name, value] of headers) text += `${name}\n${value}\n`;
  return toBytes(text);
}

/**
 * A copy of `base` changed into the fields of `wanted`, which is as `fieldsOf` writes it. The
 * runtime copies what does not differ, and so keeps its bytes, its letter case and its lines.
 */
export function withFields(base, wanted) {
  const headers = new Headers(base);
  const lines = fromBytes(wanted).split("\n");
  const fields = new Map();
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const values = fields.get(lines[i]);
    if (values) values.push(lines[i + 1]);
    else fields.set(lines[i], [lines[i + 1]]);
  }
  for (const name of [...headers.keys()]) if (!fields.has(name)) headers.delete(name);
  for (const [name, values] of fields) {
    const same =
      name === "set-cookie"
        ? headers.getSetCookie().join("\n") === values.join("\n")
        : headers.get(name) === values.join(", ");
    if (same) continue;
    headers.delete(name);
    for (const value of values) headers.append(name, value);
  }
  return headers;
}

/**
 * A body that is read in big chunks, unless its stream is taken whole. Reading ends when the client
 * goes away.
 */
class StreamSource {
  #reader;
  #gone;
  /** Lent to the runtime for each read, which gives the same memory back in another object. */
  #buffer;

  constructor(stream, gone) {
    this.stream = stream;
    this.#gone = gone;
  }

  async read() {
    if (!this.#reader) {
      this.#reader = this.stream.getReader({ mode: "byob" });
      this.#buffer = new ArrayBuffer(READ_BYTES);
      this.#gone.addEventListener("abort", () => this.cancel());
    }
    const { done, value } = await this.#reader.read(new Uint8Array(this.#buffer)).catch((error) => {
      throw this.#gone.aborted ? failure("client-gone", error.message) : error;
    });
    // A reader that was cancelled says that the body has ended.
    if (done && this.#gone.aborted) throw failure("client-gone", "the client went away");
    if (done) return undefined;
    this.#buffer = value.buffer;
    return value;
  }

  /** Nobody waits for it, and nobody is told if there was nothing to give up. */
  cancel() {
    (this.#reader ?? this.stream).cancel().catch(() => {});
  }
}

export function sourceOf(stream, gone) {
  return new StreamSource(stream, gone);
}

/** The head of a request as the gate takes it. */
export function asked({ method, url, headers }) {
  // Cloudflare sets the field on every request, whatever the client sent.
  const address = headers.get("cf-connecting-ip") ?? undefined;
  return { method, target: toBytes(url), fields: fieldsOf(headers), version: "1.1", address };
}

/** The body of a request. */
export function bodyOf({ method, headers, body, signal }) {
  // The runtime makes a body of a `Content-Length: 0`, and then refuses to send it with a `GET`.
  const isNone = !mayHaveBody(method) && headers.get("content-length") === "0";
  return body && !isNone ? new StreamSource(body, signal) : undefined;
}

function mayHaveBody(method) {
  return method !== "GET" && method !== "HEAD";
}

/** Workers, for one exchange. */
export function hostOf(request, context) {
  return new WorkersHost(request, context);
}

class WorkersHost {
  /**
   * The runtime ends a failed chunked body with a clean last chunk (`~HttpChunkedEntityWriter` in
   * `kj/compat/http.c++`).
   */
  streamsUploads = false;
  /** The runtime has six connections for a request at a time, and the page has one. */
  atOnce = 5;
  /** The runtime allows a request 50 fetches where it allows the least. */
  inAll = 48;
  #request;
  #context;
  /** What cancels a fetch, unless it is that of the page. */
  #signal;
  /** The fields of the origin's last response, from which a head for the client starts. */
  #fields;

  constructor(request, context, signal) {
    this.#request = request;
    this.#context = context;
    this.#signal = signal;
  }

  beside(signal) {
    const request = { headers: new Headers(), signal: this.#request.signal };
    return new WorkersHost(request, this.#context, signal);
  }

  /** The runtime compares the field as it stands: `GZIP`, `x-gzip` and lists are raw to it. */
  decodes(coding) {
    return coding === "gzip" || coding === "br";
  }

  get country() {
    return this.#request.cf?.country;
  }

  get cache() {
    return new WorkersCache(this.#context, this.#request.signal);
  }

  upgrades(protocol) {
    return protocol.toLowerCase() === "websocket";
  }

  async fetch(method, origin, target, fields, body, name, connectTimeout, firstByteTimeout) {
    if (body && !mayHaveBody(method)) throw failure("unsupported", `a ${method} with a body`);
    if (body?.read && !body.stream) {
      throw failure("unsupported", "a body that is changed while it streams");
    }
    let headers;
    try {
      headers = withFields(this.#request.headers, fields);
    } catch (error) {
      throw failure("unsupported", error.message);
    }
    // The runtime does not tell when the connection stands. Nor does it tell when a request's body
    // has been sent, so no limit can be set for the time after a body.
    const within = body ? undefined : Math.min(connectTimeout + firstByteTimeout, LONGEST_TIMER);
    let broken;
    if (body?.stream && !headers.has("content-length")) {
      const carried = carry(body.stream);
      this.#context.waitUntil(carried.copied);
      [body, broken] = [carried.readable, carried.signal];
    }
    const ask = () =>
      fetch(origin + fromBytes(target), {
        method,
        headers,
        body: body?.stream ?? body,
        redirect: "manual",
        signal: broken ?? this.#signal,
      });
    const response = await answerOf(ask, method, headers, body, within, this.#request.signal);
    const { status } = response;
    if (status < 200 && status !== 101) {
      // The runtime takes it for the answer, and whatever follows for a body without an end.
      throw failure("protocol", `an interim response, ${status}`);
    }
    this.#fields = response.headers;
    const source = response.body && new StreamSource(response.body, this.#request.signal);
    return { status, fields: fieldsOf(response.headers), body: source ?? undefined, response };
  }

  unmodified(status, fields, { response, body }) {
    return respond(body?.stream ?? null, status, this.#headers(fields), { origin: response });
  }

  websocket(status, fields, { response }, toClient, toOrigin) {
    const webSocket = join(response.webSocket, toClient, toOrigin);
    return respond(null, status, this.#headers(fields), { origin: response, webSocket });
  }

  streamed(status, fields, body) {
    const headers = this.#headers(fields);
    const length = headers.get("content-length");
    // A stream inside the runtime. With a length, it must carry exactly so many bytes.
    const { readable, writable } =
      length === null ? new IdentityTransformStream() : new FixedLengthStream(Number(length));
    const response = respond(readable, status, headers, { coded: true });
    this.#context.waitUntil(pump(body, writable.getWriter()));
    return response;
  }

  whole(status, fields, bytes) {
    const body = bytes.length > 0 ? bytes : null;
    return respond(body, status, this.#headers(fields), { coded: body !== null });
  }

  #headers(fields) {
    return withFields(this.#fields, fields);
  }
}

/** The Cache API of the zone. What it does is not waited for, and what fails there is not there. */
class WorkersCache {
  #context;
  #gone;

  constructor(context, gone) {
    this.#context = context;
    this.#gone = gone;
  }

  async find(key) {
    const found = await caches.default.match(urlOf(key)).catch(() => undefined);
    return found?.body ? new StreamSource(found.body, this.#gone) : undefined;
  }

  insert(key, seconds, tags) {
    const headers = new Headers({ "cache-control": `max-age=${seconds}` });
    if (tags) headers.set("cache-tag", tags);
    // The runtime may take a stream that fails for one that ends, and store what there is of it.
    const chunks = [];
    return {
      write: (chunk) => void chunks.push(chunk),
      finish: () => {
        const response = new Response(new Blob(chunks), { headers });
        this.keep(caches.default.put(urlOf(key), response));
      },
    };
  }

  remove(key) {
    this.keep(caches.default.delete(urlOf(key)));
  }

  keep(goingOn) {
    this.#context.waitUntil(goingOn.catch(() => {}));
  }
}

/** The URL under which the Cache API has a key. */
function urlOf(key) {
  return `https://streamgate.invalid/${encodeURIComponent(key)}`;
}

/**
 * A response for the client. `coded`: the bytes of `body` are in their content coding already.
 * `origin`: the response that is sent on, with its reason phrase, which belongs to its status, and
 * its WebSocket, unless the client gets another one.
 */
function respond(body, status, headers, { coded, origin, webSocket = origin?.webSocket }) {
  return new Response(body, {
    status,
    statusText: origin?.status === status ? origin.statusText : undefined,
    headers,
    webSocket,
    encodeBody: coded ? "manual" : "automatic",
  });
}

/**
 * The answer to `ask`, if it comes within so many milliseconds, or whenever it comes. A safe
 * request that fails is sent once more: the kept connection may have been dead, or have had bytes
 * that belong to no answer. `gone` is the signal that the client went away: the runtime fires it,
 * and settles nothing else.
 */
async function answerOf(ask, method, headers, body, milliseconds, gone) {
  const again = !body && !mayHaveBody(method) && !headers.has("upgrade");
  const askAgain = (error) => (gone.aborted ? Promise.reject(error) : ask());
  const answer = again ? ask().catch(askAgain) : ask();
  let timer, leave;
  const ends = new Promise((_, reject) => {
    const late = () => reject(failure("timeout", `no head within ${milliseconds} ms`));
    if (milliseconds !== undefined) timer = setTimeout(late, milliseconds);
    leave = () => reject(failure("client-gone", "the client went away"));
    gone.addEventListener("abort", leave);
  });
  try {
    return await Promise.race([answer, ends]);
  } catch (error) {
    throw error.kind ? error : failure(kindOf(error), error.message);
  } finally {
    clearTimeout(timer);
    gone.removeEventListener("abort", leave);
  }
}

/**
 * Why a fetch failed. For the runtime a refused connection and a connection closed without an
 * answer are both lost, and most other failures are internal errors.
 */
function kindOf({ message }) {
  if (message === LOST) return "connect";
  if (message === BROKEN || message.includes("client disconnected")) return "request-body";
  return "other";
}

/**
 * Copies a body of unknown length on its way to the origin. Returns what to fetch with: the body
 * and a signal; and when all is copied. If the body breaks off, the signal ends the fetch, and with
 * it the connection. Otherwise the runtime would end the origin's chunks as if the body were whole,
 * and give back whatever the origin makes of that.
 */
function carry(body) {
  const { readable, writable } = new IdentityTransformStream();
  const broken = new AbortController();
  const reader = body.getReader({ mode: "byob" });
  const writer = writable.getWriter();
  const copy = async () => {
    let buffer = new ArrayBuffer(READ_BYTES);
    for (;;) {
      const breakOff = () => broken.abort(new Error(BROKEN));
      const read = await reader.read(new Uint8Array(buffer)).catch(breakOff);
      if (!read) return;
      if (read.done) return writer.close();
      await writer.write(read.value);
      buffer = read.value.buffer;
    }
  };
  // A failed write: the origin takes no more, and its answer, or the lack of one, tells why.
  const copied = copy().catch(() => reader.cancel().catch(() => {}));
  return { readable, signal: broken.signal, copied };
}

/**
 * Writes a body to the client: each chunk has left before the next is pulled, to the same memory.
 */
async function pump(body, writer) {
  const lent = new ArrayBuffer(2 * READ_BYTES);
  try {
    for (;;) {
      const chunk = await body.read(lent);
      if (chunk === undefined) break;
      await writer.write(chunk);
    }
    await writer.close();
  } catch (error) {
    // The client is gone, or the body has failed, and the log says why.
    body.cancel();
    writer.abort(error).catch(() => {});
  } finally {
    body.free();
  }
}

/**
 * Joins the origin's WebSocket to one for the client, which it returns. `toClient` and `toOrigin`
 * map the texts of their direction, and are freed at its end.
 */
function join(origin, toClient, toOrigin) {
  const [client, ours] = Object.values(new WebSocketPair());
  carryMessages(origin, ours, toClient);
  carryMessages(ours, origin, toOrigin);
  // Half-open: each side hears of a close from the other side, and not from the runtime.
  ours.accept({ allowHalfOpen: true });
  origin.accept({ allowHalfOpen: true });
  return client;
}

/**
 * Carries one direction of a WebSocket. A connection that is lost has no code that could be sent
 * (1006), and becomes one of an endpoint that goes away (RFC 6455 §7.4.1).
 */
function carryMessages(from, to, texts) {
  let open = true;
  const end = (...close) => {
    if (!open) return;
    open = false;
    texts.free();
    // The runtime refuses what a peer may send: a code of its own, or a reason that was cut within
    // a character and became longer. The other side must hear of the end all the same.
    try {
      to.close(...close);
    } catch {
      to.close(1002);
    }
  };
  from.binaryType = "arraybuffer";
  from.addEventListener("message", ({ data }) => {
    if (!open) return;
    to.send((typeof data === "string" ? texts.map(data) : undefined) ?? data);
  });
  from.addEventListener("close", ({ code, reason }) => {
    if (code === 1005) end();
    else if (code === 1006 || code === 1015) end(1001);
    else end(code, reason);
  });
  from.addEventListener("error", () => end(1001));
}
