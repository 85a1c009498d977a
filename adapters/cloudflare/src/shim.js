// What takes too many calls between WebAssembly and JavaScript when it is done one property at a
// time, and what Rust cannot say at all.

/** Every field of a head as one string: name, LF, value, LF, and so on. No field can hold a LF. */
export function fields(headers) {
  let text = "";
  for (const [name, value] of headers) text += name + "\n" + value + "\n";
  return text;
}

/**
 * A copy of `base` changed into the fields of `wanted`, which is as `fields` writes it. The runtime
 * copies what does not differ, and so keeps its bytes, its letter case and its lines.
 */
export function withFields(base, wanted) {
  const headers = new Headers(base);
  const lines = wanted.split("\n");
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
 * Fetches, and resolves to the origin's response, or to undefined after that many milliseconds
 * without a head. Without a limit: when it comes. A safe request that fails is sent once more: the
 * kept connection may have been dead, or have had bytes that belong to no answer. `broken` is the
 * signal of `carry`, if the body comes from there. `gone` is the signal that the client went away:
 * the runtime fires it, and settles nothing else.
 */
export async function fetchWithin(url, method, headers, body, milliseconds, broken, gone) {
  const ask = () => fetch(url, { method, headers, body, redirect: "manual", signal: broken });
  const again = !body && (method === "GET" || method === "HEAD") && !headers.has("upgrade");
  const askAgain = (error) => (gone.aborted ? Promise.reject(error) : ask());
  const response = again ? ask().catch(askAgain) : ask();
  let timer, leave;
  const ends = new Promise((resolve, reject) => {
    if (milliseconds !== undefined) timer = setTimeout(resolve, milliseconds);
    leave = () => reject(new Error("the client went away"));
    gone.addEventListener("abort", leave);
  });
  try {
    return await Promise.race([response, ends]);
  } finally {
    clearTimeout(timer);
    gone.removeEventListener("abort", leave);
  }
}

/**
 * Copies a body of unknown length on its way to the origin. Returns what to fetch with: the body
 * and a signal; and when all is copied. If the body breaks off, the signal ends the fetch, and with
 * it the connection. Otherwise the runtime would end the origin's chunks as if the body were whole,
 * and give back whatever the origin makes of that.
 */
export function carry(body) {
  const { readable, writable } = new IdentityTransformStream();
  const broken = new AbortController();
  const reader = body.getReader({ mode: "byob" });
  const writer = writable.getWriter();
  const copy = async () => {
    let buffer = new ArrayBuffer(65536);
    for (;;) {
      const breakOff = () => broken.abort(new Error("the client's body broke off"));
      const read = await reader.read(new Uint8Array(buffer)).catch(breakOff);
      if (!read) return;
      if (read.done) return writer.close();
      await writer.write(read.value);
      buffer = read.value.buffer;
    }
  };
  // A failed write: the origin takes no more, and its answer, or the lack of one, tells why.
  return [readable, broken.signal, copy().catch(() => cancel(reader))];
}

/** Starts reading a body into buffers of the caller's. Reading ends when the client goes away. */
export function open(body, gone) {
  const reader = body.getReader({ mode: "byob" });
  gone.addEventListener("abort", () => cancel(reader));
  return reader;
}

/**
 * Gives up a body, or a reader of one. Nobody waits for it, and nobody is told if there was nothing
 * to give up.
 */
export function cancel(source) {
  source.cancel().catch(() => {});
}

/** Both ends of a stream inside the runtime. With a length, it must carry exactly so many bytes. */
export function pipe(length) {
  const { readable, writable } =
    length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
  return [readable, writable.getWriter()];
}

/** Breaks a stream off. */
export function abort(writer, reason) {
  writer.abort(new Error(reason)).catch(() => {});
}

/**
 * A response for the client. `coded`: the bytes of `body` are in their content coding already.
 * `origin`: the response that is sent on, with its reason phrase, which belongs to its status, and
 * its WebSocket, unless the client gets another one.
 */
export function respond(body, status, headers, coded, origin, webSocket = origin?.webSocket) {
  return new Response(body, {
    status,
    statusText: origin?.status === status ? origin.statusText : undefined,
    headers,
    webSocket,
    encodeBody: coded ? "manual" : "automatic",
  });
}

/**
 * Joins the origin's WebSocket to one for the client, which it returns. `toClient` and `toOrigin`
 * map the texts of their direction, and are freed at its end; a direction without one stays.
 */
export function join(origin, toClient, toOrigin) {
  const [client, ours] = Object.values(new WebSocketPair());
  carryMessages(origin.webSocket, ours, toClient);
  carryMessages(ours, origin.webSocket, toOrigin);
  // Half-open: each side hears of a close from the other side, and not from the runtime.
  ours.accept({ allowHalfOpen: true });
  origin.webSocket.accept({ allowHalfOpen: true });
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
    texts?.free();
    // The runtime refuses what a peer may send: a code of its own, or a reason that was cut within a
    // character and became longer. The other side must hear of the end all the same.
    try {
      to.close(...close);
    } catch {
      to.close(1002);
    }
  };
  from.binaryType = "arraybuffer";
  from.addEventListener("message", ({ data }) => {
    if (!open) return;
    to.send((typeof data === "string" ? texts?.map(data) : undefined) ?? data);
  });
  from.addEventListener("close", ({ code, reason }) => {
    if (code === 1005) end();
    else if (code === 1006 || code === 1015) end(1001);
    else end(code, reason);
  });
  from.addEventListener("error", () => end(1001));
}

/** One line of the log, which names its level first. */
export function print(line) {
  if (/^ *(WARN|ERROR)/.test(line)) console.warn(line);
  else console.log(line);
}

/** Resolves once this time has passed from the call on. */
export function sleep(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
