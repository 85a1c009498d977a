import type { Server as HttpServer, ServerOptions as HttpOptions } from "node:http";
import type { Server as HttpsServer, ServerOptions as HttpsOptions } from "node:https";

import type { Gate, Limits, Origin } from "./index.js";

/** Makes a server of node:https, on Node, Deno or Bun. */
export function createServer(
  gate: Gate,
  options: HttpsOptions & { key: unknown; cert: unknown },
): HttpsServer;

/**
 * Makes a server of node:http, on Node, Deno or Bun. Everything of a message goes on as it came
 * that the gate does not change: codings, the lines of repeated fields, trailers. WebSockets go
 * through.
 */
export function createServer(gate: Gate, options?: HttpOptions): HttpServer;

/** Fetches from origins by node:http and node:https: `gate.fetch(request, { origin })`. */
export class NodeOrigin implements Origin {
  /** @param limits How long bodies may pause: `gate.limits`. */
  constructor(limits?: Partial<Limits>);
  readonly streamsUploads: boolean;
}
