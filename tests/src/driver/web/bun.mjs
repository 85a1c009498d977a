// `Bun.serve` sends a stream without the length that its head announces (docs/web.md).
import { gate, hostname, node, port } from "./gate.mjs";

node.createServer(gate).listen(port, hostname);
