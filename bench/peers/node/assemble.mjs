// Assembly by buffering: the page and its fragment are fetched at once, put together when both are
// complete, and sent as one.
import { createServer } from 'node:http';
import { parseArgs } from 'node:util';

const { values: told } = parseArgs({
  options: {
    listen: { type: 'string' }, // the address, with its port
    upstream: { type: 'string' }, // scheme and address of the origin
    origin: { type: 'string' }, // what the origin calls itself
    public: { type: 'string' }, // what takes its place
    fragment: { type: 'string' }, // the path of the fragment
    seam: { type: 'string' }, // the markup in front of the place of the fragment
  },
});

/** Fetches a path of the origin whole, with its URLs mapped. */
async function whole(path) {
  const response = await fetch(told.upstream + path);
  if (!response.ok) throw new Error(`${path} has the status ${response.status}`);
  return (await response.text()).replaceAll(told.origin, told.public);
}

const { hostname, port } = new URL(`http://${told.listen}`);
createServer(async (request, response) => {
  try {
    const [page, fragment] = await Promise.all([whole(request.url), whole(told.fragment)]);
    const body = Buffer.from(page.replace(told.seam, (seam) => seam + fragment));
    response.setHeader('content-type', 'text/html; charset=utf-8');
    response.setHeader('content-length', body.length);
    response.end(body);
  } catch (error) {
    response.writeHead(502).end(error.message);
  }
}).listen(Number(port), hostname);
