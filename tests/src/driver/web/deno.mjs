import { gate, hostname, node, port } from "./gate.mjs";

const origin = new node.NodeOrigin(gate.limits);
Deno.serve({ hostname, port }, (request, { remoteAddr }) =>
  gate.fetch(request, { origin, clientAddress: remoteAddr.hostname }),
);
