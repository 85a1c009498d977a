// Lets the server reach itself by its name, which no resolver knows here.

const { ORIGIN, HOST, PORT } = process.env;
const { fetch: original } = globalThis;

globalThis.fetch = (target, options) => {
  const url = String(target?.url ?? target);
  if (!url.startsWith(ORIGIN)) return original(target, options);
  return original(url.replace(ORIGIN, `http://${HOST}:${PORT}`), options);
};
