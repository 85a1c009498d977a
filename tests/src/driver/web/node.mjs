import { gate, hostname, node, port } from "./gate.mjs";

node.createServer(gate).listen(port, hostname);
