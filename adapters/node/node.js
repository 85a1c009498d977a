// The gate on node:http: a server for clients, and a client for origins.
import http from "node:http";
import https from "node:https";

import { failure } from "./failure.js";
import { pairsOf, textOfRaw } from "./fields.js";
import { MessageSource, pump } from "./node-body.js";
import { HEAD_BYTES, NodeOrigin } from "./node-origin.js";
import { join } from "./node-socket.js";

export { NodeOrigin };

/** Makes a server; with `key` and `cert`, one that speaks TLS. See node.d.ts. */
export function createServer(gate, options = {}) {
  const { limits } = gate;
  const origin = new NodeOrigin(limits);
  const settings = {
    // Core refuses a request without a host, with a reason.
    requireHostHeader: false,
    maxHeaderSize: HEAD_BYTES,
    headersTimeout: limits.head,
    // The pauses of a body are limited, not its length.
    requestTimeout: 0,
    ...options,
  };
  const server = options.key ? https.createServer(settings) : http.createServer(settings);
  const handle = (request, response, client) => {
    exchange(gate, origin, request, response, client).catch((error) => {
      console.error("streamgate:", error);
      response.destroy(error);
    });
  };
  const takeOver = (request, socket, head) => {
    socket.on("error", () => socket.destroy());
    const response = new http.ServerResponse(request);
    response.shouldKeepAlive = false;
    response.assignSocket(socket);
    response.on("finish", () => socket.destroySoon());
    handle(request, response, { socket, head });
  };
  server.on("request", (request, response) => handle(request, response));
  server.on("upgrade", takeOver);
  server.on("connect", takeOver);
  return server;
}

async function exchange(gate, origin, request, response, client) {
  const gone = new AbortController();
  response.on("close", () => {
    if (!response.writableFinished && !response.upgraded) gone.abort();
  });
  const { socket } = request;
  const { host: named } = request.headers;
  let target = request.url;
  if (socket.encrypted && target.startsWith("/")) target = `https://${named}${target}`;
  // HTTP/1.1 requires `Host` beside an absolute target too (RFC 9112 §3.2).
  if (named === undefined) target = target.replace(/^[a-z]+:\/\/[^/?]*/i, "") || "/";
  const head = {
    method: request.method,
    target,
    fields: textOfRaw(request.rawHeaders),
    version: request.httpVersion,
    address: socket.remoteAddress?.replace(/^::ffff:(?=\d+\.)/, ""),
  };
  const length = request.headers["content-length"];
  const has = request.headers["transfer-encoding"] !== undefined || Number(length ?? 0) > 0;
  // Node hands a connection over before the body of such a request.
  if (has && client) return response.writeHead(501).end();
  // The answer to a request that is not read to its end still has to leave.
  const giveUp = () => (response.shouldKeepAlive &&= request.complete);
  const upload = { pause: gate.limits.bodyIdle, late: "request-timeout", giveUp };
  const body = has ? new MessageSource(request, upload) : undefined;
  response.takesTrailers = /\btrailers\b/i.test(request.headers.te ?? "");
  await gate.serve(head, body, new NodeHost(gate.limits, origin, response, gone.signal, client));
}

const NOTHING = new Uint8Array(0);

/** The platform of one exchange. */
class NodeHost {
  streamsUploads = true;
  #limits;
  #origin;
  #response;
  #gone;
  #client;

  constructor(limits, origin, response, gone, client) {
    this.#limits = limits;
    this.#origin = origin;
    this.#response = response;
    this.#gone = gone;
    this.#client = client;
  }

  beside(signal) {
    const gone = AbortSignal.any([this.#gone, signal]);
    return new NodeHost(this.#limits, this.#origin, undefined, gone);
  }

  upgrades() {
    return this.#client !== undefined;
  }

  decodes() {
    return false;
  }

  fetch(method, origin, target, fields, body, name, connectTimeout, firstByteTimeout) {
    const limits = { connectTimeout, firstByteTimeout };
    return this.#origin.fetch(method, origin, target, fields, body, name, limits, this.#gone);
  }

  unmodified(status, fields, answered) {
    if (status === 101) return this.#switch(fields, answered);
    this.#begin(status, fields, answered);
    this.#send(answered.body, answered);
  }

  websocket(status, fields, answered, toClient, toOrigin) {
    this.#switch(fields, answered, toClient.frames(), toOrigin.frames());
  }

  streamed(status, fields, body) {
    this.#begin(status, fields);
    this.#send(body);
  }

  whole(status, fields, bytes) {
    this.#begin(status, fields);
    this.#response.end(bytes);
  }

  #begin(status, fields, answered) {
    const reason = answered?.status === status ? answered.statusText : undefined;
    const pairs = pairsOf(fields).flat();
    if (reason) this.#response.writeHead(status, reason, pairs);
    else this.#response.writeHead(status, pairs);
  }

  async #send(body, answered) {
    const response = this.#response;
    response.on("close", () => body?.cancel());
    // The head leaves at once. (`flushHeaders` would write it in UTF-8.)
    const begun = new Promise((left) => response.write(NOTHING, left));
    try {
      if (body) await pump(body, response, this.#limits.sendIdle);
      const trailers = answered?.trailers ?? [];
      if (trailers.length > 0 && response.takesTrailers) response.addTrailers(trailers);
      response.end();
    } catch (error) {
      // The client can tell: there is a head, and the body has no end.
      body.cancel();
      await begun;
      response.destroy();
      // The gate says it of the bodies that it makes.
      if (answered && error.reading && !this.#gone.aborted) {
        console.warn(`streamgate: response left unfinished: ${error.message}`);
      }
    }
  }

  #switch(fields, answered, toClient, toOrigin) {
    const { upgraded, statusText } = answered;
    if (!this.#client || !upgraded) throw failure("protocol", "nothing was upgraded");
    this.#response.upgraded = true;
    this.#response.detachSocket(this.#client.socket);
    const lines = pairsOf(fields).map(([name, value]) => `${name}: ${value}\r\n`);
    const head = `HTTP/1.1 101 ${statusText || "Switching Protocols"}\r\n${lines.join("")}\r\n`;
    this.#client.socket.write(head, "latin1");
    join(this.#client, upgraded, this.#limits.tunnelIdle, toClient, toOrigin);
  }
}
