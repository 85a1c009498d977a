/// <reference types="@fastly/js-compute" />
// HTMLRewritingStream: the attributes that a careful engineer would think of, and an element in
// `head`.
import { ConfigStore } from "fastly:config-store";
import { HTMLRewritingStream } from "fastly:html-rewriter";

const SELECTORS = [
  ["a[href]", "href"],
  ["link[href]", "href"],
  ["img[src]", "src"],
  ["img[srcset]", "srcset"],
  ["source[srcset]", "srcset"],
  ["script[src]", "src"],
  ["iframe[src]", "src"],
  ["form[action]", "action"],
];

async function handle({ request }) {
  const response = await fetch(request, { backend: "origin" });
  const config = new ConfigStore("bench");
  const [from, to] = [config.get("origin"), config.get("public")];
  const rewriting = new HTMLRewritingStream();
  rewriting.onElement("head", (head) => {
    head.prepend('<script src="/_sg/tag.js"></script>', { escapeHTML: false });
  });
  for (const [selector, name] of SELECTORS) {
    rewriting.onElement(selector, (element) => {
      const value = element.getAttribute(name);
      if (value.includes(from)) {
        element.setAttribute(name, value.replaceAll(from, to));
      }
    });
  }
  const headers = new Headers(response.headers);
  headers.delete("Content-Length");
  return new Response(response.body.pipeThrough(rewriting), { status: response.status, headers });
}

addEventListener("fetch", (event) => event.respondWith(handle(event)));
