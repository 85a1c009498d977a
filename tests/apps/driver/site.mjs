// The names of the site: what the browser calls it, what the origin is called, and how the gate
// finds the origin.

export const PUBLIC_HOST = 'www.example.test';
export const ORIGIN_HOST = 'origin.internal.test';

// Cloudflare Workers and WASI hosts send the authority of the URL as `Host`, and look it up. So
// there the origin goes by its address.
export function originFor(runtime, port) {
  const address = `127.0.0.1:${port}`;
  const byAddress = runtime === 'cloudflare' || runtime === 'wasi';
  const host = byAddress ? address : ORIGIN_HOST;
  return { port, address, host, byAddress, url: `http://${host}` };
}

// Returns a configuration that says "http://origin.internal.test" with the address of the running
// origin in its place.
export function configured(text, runtime, origin) {
  const line = /^((?:url|origin)\s*=\s*)"http:\/\/origin\.internal\.test(\/[^"]*)?"/gm;
  const host = origin.byAddress ? '' : `\nhost = "${ORIGIN_HOST}"`;
  return text.replace(line, `$1"http://${origin.address}$2"${host}`);
}

// Returns what a configuration says that the browser sees.
export function publicUrl(text) {
  const [, url] = text.match(/^public\s*=\s*"(https?:\/\/www\.example\.test)"$/m);
  return url;
}

// The rules by which the browser finds the site. In a visit through the gate the origin's name
// leads nowhere: whatever still asks for it fails.
export function resolverRules(origin, gate) {
  return gate
    ? `MAP ${PUBLIC_HOST} ${gate.address}, MAP ${ORIGIN_HOST} ~NOTFOUND`
    : `MAP ${ORIGIN_HOST} ${origin.address}`;
}

// The spellings that tell the origin.
export const tellTales = (origin) => [ORIGIN_HOST, origin.address];
