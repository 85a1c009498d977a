// Why an exchange fails, in the words of `FetchError` of the crate `streamgate`.

/** An error of a kind that the gate knows. */
export function failure(kind, message) {
  return Object.assign(new Error(message), { kind });
}

/** Codes of errors, as Node, Deno and Bun have them. */
const KINDS = [
  [/^(ENOTFOUND|EAI_AGAIN|EAI_NODATA|EAI_FAIL|DNS)/, "dns"],
  [/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EADDRNOTAVAIL|ConnectionRefused)/, "connect"],
  [/^(ERR_TLS|ERR_SSL|EPROTO|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_|HOSTNAME_MISMATCH)/, "tls"],
  [/^(HPE_|UND_ERR_(HEADERS_OVERFLOW|RES)|Malformed|InvalidHTTPResponse)/, "protocol"],
  [/^(UND_ERR_(HEADERS_)?TIMEOUT|UND_ERR_CONNECT_TIMEOUT|Timeout)/, "timeout"],
  [/^(ECONNRESET|EPIPE|UND_ERR_SOCKET|ConnectionClosed|ERR_SOCKET)/, "closed"],
];

/** What runtimes say that give no code. */
const SENTENCES = [
  [/dns error/i, "dns"],
  [/certificate|tls handshake/i, "tls"],
  [/\(Connect\)|refused|unable to connect/i, "connect"],
  [/invalid HTTP|parse|malformed/i, "protocol"],
  [/closed|reset|hang up/i, "closed"],
];

/** A thrown value as a failure of a fetch. */
export function failureOf(thrown) {
  if (thrown?.kind) return thrown;
  const causes = [];
  for (let error = thrown; error && causes.length < 4; error = error.cause) causes.push(error);
  const message = causes.map((error) => error.message ?? String(error)).join(": ");
  const find = (table, text) => table.find(([pattern]) => pattern.test(text ?? ""))?.[1];
  const codes = causes.map((error) => find(KINDS, error.code));
  return failure(codes.findLast(Boolean) ?? find(SENTENCES, message) ?? "other", message);
}
