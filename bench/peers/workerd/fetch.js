// The runtime's own pass-through.
import { ask } from "./common.js";

export default {
  fetch: ask,
};
