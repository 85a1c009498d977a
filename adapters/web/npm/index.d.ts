/** What WebAssembly can be loaded from. */
export type Loadable =
  | URL
  | string
  | Request
  | Response
  | BufferSource
  | WebAssembly.Module
  | Promise<Response | BufferSource | WebAssembly.Module>;

/**
 * Loads the WebAssembly of the gate, once for all gates.
 *
 * @param module What to load it from. By default the file of the package, by `import.meta.url`.
 * @param options `log`: the level from which the gate writes to the console (`off`, `error`,
 * `warn`, `info`, `debug` or `trace`), by default `warn`.
 */
export function init(module?: Loadable, options?: { log?: string }): Promise<void>;

export interface GateOptions {
  /** What `${NAME}` in the configuration stands for, such as `process.env`. */
  env?: Record<string, string | undefined>;
  /** The name of the configuration in errors, by default `streamgate.toml`. */
  source?: string;
  /**
   * Whether the origin can be asked for another host than that of its URL. By default so on Node
   * and Bun. Elsewhere `fetch` sends the host of the URL, whatever a head says, and a configuration
   * with `host`, `tls_name` or `identity = "transparent"` is not valid.
   */
  namesHosts?: boolean;
}

/** The limits of a configuration in milliseconds. `null`: none. */
export interface Limits {
  readonly head: number;
  readonly bodyIdle: number | null;
  readonly eventsIdle: number | null;
  readonly sendIdle: number | null;
  readonly tunnelIdle: number | null;
}

/** What fetches from origins in place of `fetch`, such as a `NodeOrigin` of `streamgate/node`. */
export interface Origin {
  readonly streamsUploads: boolean;
}

export interface FetchOptions {
  /** What fetches from origins, by default the global `fetch`. */
  fetch?: typeof fetch;
  /** What fetches from origins in place of any `fetch`. */
  origin?: Origin;
  /**
   * The content codings that `fetch` undoes, though the field `Content-Encoding` stays: by default
   * those that every runtime undoes, and none on Bun.
   */
  decodes?: readonly string[];
  /** The client's address, for `Forwarded` and `X-Forwarded-For`. */
  clientAddress?: string;
  /** Says that the client is gone; by default the request's own. */
  signal?: AbortSignal;
}

/** What a rewriter needs of a response. */
export interface ResponseHead {
  /** By default 200. */
  status?: number;
  headers: HeadersInit;
}

export interface Rewriter {
  /** Takes the body as it comes from the origin. */
  readonly writable: WritableStream<Uint8Array>;
  /** Gives the body rewritten, or as it came if the gate does not rewrite it. */
  readonly readable: ReadableStream<Uint8Array>;
  /** What the gate decides, in the words of the field `Streamgate`. */
  readonly decision: string;
}

/** A compiled configuration. */
export class Gate {
  /**
   * Compiles a configuration, the text of a `streamgate.toml`.
   *
   * @throws Error If it is not valid: a line for each fault, which names source, line and key.
   */
  constructor(toml: string, options?: GateOptions);

  /** The limits of the configuration. */
  readonly limits: Limits;

  /**
   * Fetches from the origin, decides, and answers. The body of a response that passes through is
   * the origin's own stream; that of one that is rewritten is pulled chunk by chunk, and errors if
   * the origin's breaks off. Cancelling either cancels the fetch.
   */
  fetch(request: Request, options?: FetchOptions): Promise<Response>;

  /**
   * Rewrites the body of a response that is there already. The head stays yours to change: what is
   * rewritten has another length and other validators.
   *
   * @param options `decoded`: whether the body is decoded already, as that of a `fetch` is; by
   * default so. One that is not comes out decoded if it is rewritten, and else as it came.
   */
  rewriter(request: Request, response: ResponseHead, options?: { decoded?: boolean }): Rewriter;
}
