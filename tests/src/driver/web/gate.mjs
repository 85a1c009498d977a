// The gate of the package in the folder that the command line names, by the configuration of the
// environment, and the port to serve it on.
import { pathToFileURL } from "node:url";

const [, , folder, chosen] = process.argv;
const package_ = (name) => import(pathToFileURL(`${folder}/${name}`));

const { Gate, init } = await package_("index.js");
await init(undefined, { log: "info" });

export const gate = new Gate(process.env.STREAMGATE_CONFIG, {
  env: process.env,
  source: "STREAMGATE_CONFIG",
  namesHosts: true,
});
export const hostname = "127.0.0.1";
export const node = await package_("node.js");
export const port = Number(chosen);
