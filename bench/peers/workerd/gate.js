// HTMLRewriter as a gate, for the scenarios of tests/: what a careful worker does with a
// `streamgate.toml`, which `STREAMGATE_CONFIG` holds as JSON.
/** The fields of responses that hold URLs. */
const FIELDS = [
  "access-control-allow-origin",
  "content-location",
  "content-security-policy",
  "link",
  "location",
  "refresh",
];

/** The charsets in which pages are rewritten; `HTMLRewriter` takes no UTF-16. */
const CHARSETS = ["utf-8", "us-ascii", "iso-8859-1", "windows-1252"];

/** Where a request goes: the route with the longest path, else the main origin. */
function route({ origin, route: routes = [] }, url) {
  const isBelow = (path) => url.pathname === path || url.pathname.startsWith(`${path}/`);
  const fits = ({ public: base, path = "" }) =>
    (!base || new URL(base).host === url.host) && isBelow(path);
  const length = ({ path = "", public: base }) => path.length + (base ? 1 : 0);
  const [best] = routes.filter(fits).sort((a, b) => length(b) - length(a));
  return best ?? { origin: origin.url, first_byte_timeout: origin.first_byte_timeout };
}

/** The URL at the origin. */
function target({ origin, path = "", prefix }, { pathname, search }) {
  return origin + (prefix === "keep" ? pathname : pathname.slice(path.length)) + search;
}

/** What stands for what, of all origins. */
function names({ origin, route: routes = [] }, url) {
  const base = origin.public ?? url.origin;
  const all = [origin.url, ...(origin.aliases ?? [])].map((name) => [name, base]);
  for (const { origin: own, aliases = [], path = "", prefix, public: host = base } of routes) {
    const at = prefix === "keep" ? host : host + path;
    all.push(...[own, ...aliases].map((name) => [name, at]));
  }
  return all;
}

/** Replaces each name in a text, also where JSON or a query escapes its slashes. */
function replaced(text, pairs) {
  for (const [from, to] of pairs) {
    // A URL may have no scheme.
    const start = from.split("//")[0] === to.split("//")[0] ? from.indexOf("//") : 0;
    const [name, base] = [from.slice(start), to.slice(start)];
    for (const spelled of [String, (url) => url.replaceAll("/", "\\/"), encodeURIComponent]) {
      text = text.replaceAll(spelled(name), spelled(base));
    }
  }
  return text;
}

/** Replaces in the texts of an element, each of which it holds until it is whole. */
class Text {
  constructor(replace) {
    this.replace = replace;
    this.held = "";
  }

  text(chunk) {
    this.held += chunk.text;
    if (chunk.lastInTextNode) {
      chunk.replace(this.replace(this.held), { html: true });
      this.held = "";
    } else {
      chunk.remove();
    }
  }
}

/** Does to an element what a rule says. */
class Rule {
  constructor(rule, nonce) {
    this.rule = rule;
    const attribute = (kind) => (rule.nonce && nonce(kind) ? ` nonce="${nonce(kind)}"` : "");
    this.markup = (text) => text.replace(/<(script|style)/g, (tag, kind) => tag + attribute(kind));
  }

  element(element) {
    const { once, remove, unwrap, rename, set = {}, unset = [], inner, ...rest } = this.rule;
    if (once && this.done) {
      return;
    }
    this.done = true;
    for (const name of unset) {
      element.removeAttribute(name);
    }
    for (const [name, value] of Object.entries(set)) {
      element.setAttribute(name, value);
    }
    for (const action of ["before", "after", "prepend", "append"]) {
      if (rest[action]) {
        element[action](this.markup(rest[action]), { html: true });
      }
    }
    if (inner !== undefined) {
      element.setInnerContent(inner, { html: true });
    }
    if (rename) {
      element.tagName = rename;
    }
    if (unwrap) {
      element.removeAndKeepContent();
    } else if (remove) {
      element.remove();
    }
  }
}

/** Says whether a rule is for this page. */
function applies({ when = {} }, path, type) {
  const isType = !when.media_type || when.media_type === type;
  const glob = (when.path ?? "*").replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*");
  return isType && new RegExp(`^${glob}$`).test(path);
}

/** Adds the handlers of rules. */
function addRules(rewriter, rules, path, type, head) {
  const policy = head.get("content-security-policy") ?? "";
  const nonce = (kind) => new RegExp(`${kind}-src[^;,]*'nonce-([\\w+/=-]+)'`).exec(policy)?.[1];
  for (const rule of rules.filter((rule) => applies(rule, path, type))) {
    if (rule.replace_text) {
      const isScript = rule.select.startsWith("script");
      const replace = (text, { find, with: by }) =>
        text.replaceAll(find, isScript ? by : by.replaceAll("&", "&amp;"));
      rewriter.on(rule.select, new Text((text) => rule.replace_text.reduce(replace, text)));
    } else {
      rewriter.on(rule.select, new Rule(rule, nonce));
    }
  }
}

function isProcessable({ gate: { processable } }, type) {
  const fits = (entry) => (entry.startsWith("+") ? type.endsWith(entry) : type === entry);
  return processable.some(fits);
}

async function rewrite(site, own, request, response) {
  const url = new URL(request.url);
  const pairs = names(site, url);
  const head = new Headers(response.headers);
  for (const name of FIELDS.filter((name) => head.has(name))) {
    head.set(name, replaced(head.get(name), pairs));
  }
  const cookies = head.getSetCookie();
  head.delete("set-cookie");
  const domain = (url) => `omain=${new URL(url).hostname}`;
  for (const cookie of cookies) {
    const ours = (cookie, [from, to]) => cookie.replace(domain(from), domain(to));
    head.append("set-cookie", pairs.reduce(ours, cookie));
  }
  const init = { status: response.status, statusText: response.statusText, headers: head };
  const content = (head.get("content-type") ?? "").toLowerCase();
  const type = content.split(";")[0].trim();
  const isPage = ["text/html", "application/xhtml+xml"].includes(type);
  const [, charset] = /;\s*charset="?([^";\s]+)/.exec(content) ?? [, "utf-8"];
  const isFixed = /no-transform/i.test(head.get("cache-control") ?? "");
  const stays = isFixed && site.gate.no_transform !== "ignore";
  if (stays || !isProcessable(site, type) || !(isPage ? CHARSETS : ["utf-8"]).includes(charset)) {
    return new Response(response.body, init);
  }
  for (const name of ["accept-ranges", "content-length", "content-md5", "digest", "repr-digest"]) {
    head.delete(name);
  }
  if (head.has("etag")) {
    head.set("etag", head.get("etag").replace(/^"/, 'W/"'));
  }
  if (!response.body) {
    return new Response(null, init);
  }
  if (!isPage) {
    const text = await response.text();
    return new Response(site.map?.scope === "attributes" ? text : replaced(text, pairs), init);
  }
  const rewriter = new HTMLRewriter();
  rewriter.on("*", {
    element(element) {
      for (const [name, value] of [...element.attributes]) {
        const changed = replaced(value, pairs);
        if (changed !== value) {
          element.setAttribute(name, changed);
        }
      }
    },
  });
  if (site.map?.scope !== "attributes") {
    rewriter.on("*", new Text((text) => replaced(text, pairs)));
    rewriter.onDocument({
      comments(comment) {
        comment.text = replaced(comment.text, pairs);
      },
    });
  }
  addRules(rewriter, [...(site.html ?? []), ...(own.html ?? [])], url.pathname, type, head);
  return rewriter.transform(new Response(response.body, init));
}

/** Asks an origin; a head that does not come in time is a 504. */
async function ask(request, url, limit) {
  const controller = new AbortController();
  const timer = limit && setTimeout(() => controller.abort(), parseFloat(limit) * 1000);
  try {
    const init = { method: request.method, headers: request.headers, body: request.body };
    return await fetch(url, { ...init, redirect: "manual", signal: controller.signal });
  } catch (error) {
    return new Response(String(error), { status: controller.signal.aborted ? 504 : 502 });
  } finally {
    clearTimeout(timer);
  }
}

export default {
  async fetch(request, env) {
    const site = JSON.parse(env.STREAMGATE_CONFIG);
    const url = new URL(request.url);
    const own = route(site, url);
    const headers = new Headers(request.headers);
    headers.delete("expect");
    for (const name of ["origin", "referer"]) {
      const base = site.origin.public ?? url.origin;
      if (headers.has(name) && !site.origin.identity) {
        headers.set(name, headers.get(name).replace(base, new URL(own.origin).origin));
      }
    }
    if (site.origin.identity === "forwarded") {
      headers.set("x-forwarded-host", url.host);
      headers.set("x-forwarded-proto", new URL(site.origin.public ?? url).protocol.slice(0, -1));
    }
    const asked = { method: request.method, headers, body: request.body };
    const response = await ask(asked, target(own, url), own.first_byte_timeout);
    return response.status === 101 ? response : rewrite(site, own, request, response);
  },
};
