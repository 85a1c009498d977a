import React, { useState } from "https://origin.example.com/vendor/react.mjs";
import config from 'https://origin.example.com/config.json' with { type: 'json' };
export * from"//origin.example.com/lib/all.js";
const base = `https://origin.example.com/api/v${2}`;
const page = (n) => `${base}/list?next=${encodeURIComponent(`https://origin.example.com/p/${n}`)}`;
const ours = /^https:\/\/origin\.example\.com\/(?<path>[^?#]*)$/u, other = /\/\/ not a comment/g;
const half = 10 / 2 / 1; // https://origin.example.com/why
/* @see {@link https://origin.example.com/docs} */
export const links = { "https://origin.example.com": 1, home: "https:\/\/origin.example.com\/", slash: 'https:\u002f\u002forigin.example.com\u002f', hex: "https:\x2F\x2Forigin.example.com\x2F", html: "<a href=\"https://origin.example.com/a\">", query: "?r=https%3A%2F%2Forigin.example.com%2F" };
const socket = new WebSocket('wss://origin.example.com/live'), mail = "mailto:editor@origin.example.com";
const lazy = () => import(/* webpackChunkName: "x" */ "https://origin.example.com/chunks/x.js");
const workers = new Worker(new URL("//origin.example.com/worker.js", import.meta.url), { type: "module" });
if (location.host !== "cdn.other.test" && !"https://cdn.other.test/origin.example.com/a.js".includes(`ori${'gin'}`)) { throw 0 }
export default async function* () { for await (const x of [base, page(1), ours, other, half, config, React, useState, socket, mail, lazy, workers]) yield x; }
//# sourceMappingURL=https://origin.example.com/module.js.map
