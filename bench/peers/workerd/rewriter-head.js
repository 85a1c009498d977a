// HTMLRewriter: an element in `head`, and no URL.
import { ask, head } from "./common.js";

export default {
  async fetch(request, env) {
    return new HTMLRewriter().on("head", head).transform(await ask(request, env));
  },
};
