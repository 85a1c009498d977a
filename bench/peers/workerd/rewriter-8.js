// HTMLRewriter: the attributes that a careful engineer would think of, and an element in `head`.
import { ask, Attribute, head } from "./common.js";

export default {
  async fetch(request, env) {
    return new HTMLRewriter()
      .on("head", head)
      .on("a[href]", new Attribute("href", env))
      .on("link[href]", new Attribute("href", env))
      .on("img[src]", new Attribute("src", env))
      .on("img[srcset]", new Attribute("srcset", env))
      .on("source[srcset]", new Attribute("srcset", env))
      .on("script[src]", new Attribute("src", env))
      .on("iframe[src]", new Attribute("src", env))
      .on("form[action]", new Attribute("action", env))
      .transform(await ask(request, env));
  },
};
