// What workerd's Cache API asks for what it stores: a GET, a PUT of a whole response as HTTP/1.1 has
// it, or a PURGE.
const stored = new Map();

export default {
  async fetch(request) {
    const { method, url } = request;
    if (method === "PUT") return put(url, new Uint8Array(await request.arrayBuffer()));
    if (method === "PURGE") return new Response(null, { status: stored.delete(url) ? 200 : 404 });
    const found = stored.get(url);
    const headers = { ...found?.headers, "cf-cache-status": found ? "HIT" : "MISS" };
    return new Response(found?.body, { status: found ? 200 : 504, headers });
  },
};

function put(url, bytes) {
  const text = new TextDecoder("latin1").decode(bytes);
  const end = text.indexOf("\r\n\r\n");
  const [, ...lines] = text.slice(0, end).split("\r\n");
  const fieldOf = (line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  };
  const headers = Object.fromEntries(lines.map(fieldOf));
  let body = bytes.subarray(end + 4);
  if (headers["transfer-encoding"] === "chunked") {
    delete headers["transfer-encoding"];
    body = whole(body);
  }
  stored.set(url, { headers, body });
  return new Response(null, { status: 204 });
}

/** The bytes of a chunked body. */
function whole(chunked) {
  const text = new TextDecoder("latin1").decode(chunked);
  const parts = [];
  for (let at = 0; ; ) {
    const line = text.indexOf("\r\n", at);
    const length = parseInt(text.slice(at, line), 16);
    if (!(length > 0)) return Uint8Array.from(parts.flatMap((part) => Array.from(part)));
    parts.push(chunked.subarray(line + 2, line + 2 + length));
    at = line + 2 + length + 2;
  }
}
