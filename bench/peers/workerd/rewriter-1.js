// HTMLRewriter: the links of a page, and an element in `head`.
import { ask, Attribute, head } from "./common.js";

export default {
  async fetch(request, env) {
    return new HTMLRewriter()
      .on("head", head)
      .on("a[href]", new Attribute("href", env))
      .transform(await ask(request, env));
  },
};
