// What workerd's Cache API asks for what it stores: a GET, a PUT of a whole response as HTTP/1.1
// has it, or a PURGE.
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
  // It is named, and not there.
  delete headers["transfer-encoding"];
  stored.set(url, { headers, body: bytes.subarray(end + 4) });
  return new Response(null, { status: 204 });
}
