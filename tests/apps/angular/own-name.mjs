// Lets the server reach itself by the names of the site and port 80, which lead nowhere here: the
// optimiser fetches the site's pictures by their absolute URLs.

import http from 'node:http';

const names = [process.env.ORIGIN, process.env.PUBLIC].map((url) => new URL(url).hostname);
const [host, port] = [process.env.HOST, Number(process.env.PORT)];
const { createConnection } = http.Agent.prototype;

http.Agent.prototype.createConnection = function (options, done) {
  const here = names.includes(options.host) ? { ...options, host, port } : options;
  return createConnection.call(this, here, done);
};
