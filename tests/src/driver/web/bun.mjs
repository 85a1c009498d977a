import { gate, hostname, node, port } from "./gate.mjs";

const origin = new node.NodeOrigin(gate.limits);
Bun.serve({
  hostname,
  port,
  idleTimeout: 0,
  fetch: (request, server) =>
    gate.fetch(request, { origin, clientAddress: server.requestIP(request)?.address }),
});
