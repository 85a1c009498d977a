// The few things that cost too many calls between WebAssembly and JavaScript when they are done one property at a time.

/** Every field of a head as one string: name, LF, value, LF, and so on. No field can hold a LF. */
export function fields(headers) {
  let text = "";
  for (const [name, value] of headers) text += name + "\n" + value + "\n";
  return text;
}

/**
 * A copy of `base` with edits, in the form of `fields`: a name after "-" goes away (with an empty value), a name after
 * "+" is appended. What is not edited is copied by the runtime, which keeps bytes, letter case and repeated lines.
 */
export function edited(base, edits) {
  const headers = new Headers(base);
  const lines = edits.split("\n");
  for (let i = 0; i + 1 < lines.length; i += 2) {
    const name = lines[i].slice(1);
    if (lines[i][0] === "-") headers.delete(name);
    else headers.append(name, lines[i + 1]);
  }
  return headers;
}

/** The origin's response, or undefined after that many milliseconds without a head. Without a limit: when it comes. */
export async function fetchWithin(url, method, headers, body, milliseconds) {
  const response = fetch(url, { method, headers, body, redirect: "manual" });
  if (milliseconds === undefined) return response;
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, milliseconds)));
  const first = await Promise.race([response, late]).finally(() => clearTimeout(timer));
  if (first === undefined) response.then((unwanted) => unwanted.body?.cancel()).catch(() => {});
  return first;
}

/** A response for the client. `coded`: the bytes of `body` are in their content coding already. */
export function respond(body, status, statusText, headers, webSocket, coded) {
  return new Response(body, { status, statusText, headers, webSocket, encodeBody: coded ? "manual" : "automatic" });
}

/** Both ends of a stream inside the runtime. With a length, it must carry exactly so many bytes. */
export function pipe(length) {
  const { readable, writable } = length === undefined ? new IdentityTransformStream() : new FixedLengthStream(length);
  return [readable, writable.getWriter()];
}

/** Gives up reading a stream, or through a reader. Nobody waits for it, and nobody is told if it could not be done. */
export function cancel(source) {
  source.cancel().catch(() => {});
}

/** Breaks a stream off, as `cancel` does. */
export function abort(writer, reason) {
  writer.abort(new Error(reason)).catch(() => {});
}
