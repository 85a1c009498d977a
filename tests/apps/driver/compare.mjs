// Compares the records of two visits: the direct one says what is right.

import { isDeepStrictEqual } from 'node:util';

import { tellTales } from './site.mjs';

const SHOWN = 5;
const AROUND = 60;

// Returns checks: how one came out, what it was, and why it failed.
export function compare(direct, gated, origin) {
  const check = (what, faults) => ({
    outcome: faults.length === 0 ? 'passed' : 'failed',
    what,
    why: faults.slice(0, SHOWN).join('\n'),
  });
  if (gated.broken) return [check('the gate serves', [gated.broken.stack])];
  const steps = direct.steps.map((step, number) => {
    if (step.unsupported) return { outcome: 'unsupported', what: step.name };
    return check(step.name, stepFaults(step, gated.steps[number], direct, gated));
  });
  const cookies = gated.cookies.filter((cookie) => !direct.cookies.includes(cookie));
  const lost = direct.cookies.filter((cookie) => !gated.cookies.includes(cookie));
  return [
    ...steps,
    check('the same cookies are set', [
      ...cookies.map((cookie) => `only through the gate: ${cookie}`),
      ...lost.map((cookie) => `only directly: ${cookie}`),
    ]),
    check('no error in the console that a direct visit lacks', newErrors(direct, gated)),
    check('nothing names the origin', leaks(gated.texts, tellTales(origin))),
  ];
}

function stepFaults(step, other, direct, gated) {
  if (step.error) return [`fails in a direct visit: ${step.error}`];
  if (!other) return ['not reached through the gate'];
  if (other.error) return [`fails through the gate: ${other.error}`];
  const [expected, seen] = [nameless(step.seen, direct), nameless(other.seen, gated)];
  if (isDeepStrictEqual(expected, seen)) return [];
  const [left, right] = [JSON.stringify(expected), JSON.stringify(seen)];
  const at = [...left].findIndex((character, at) => character !== right[at]);
  return [`directly:         ${excerpt(left, at)}`, `through the gate: ${excerpt(right, at)}`];
}

// Returns a text around a place, or all of it if it is short.
function excerpt(text, at) {
  if (text.length <= 4 * AROUND) return text;
  return `…${text.slice(Math.max(0, at - AROUND), at + 2 * AROUND)}…`;
}

// Returns a value with what differs between two visits taken out of its texts: the site's URL, that
// of its sockets, and its host, nonces, and the reasons that HTTP/2 does not tell.
function nameless(value, { site }) {
  const text = JSON.stringify(value)
    .replaceAll(site, '{site}')
    .replaceAll(site.replace('http', 'ws'), '{sockets}')
    .replaceAll(new URL(site).host, '{host}')
    .replace(/'nonce-[^']+'/g, "'nonce'")
    .replace(/(the server responded with a status of \d+) \([^)]*\)/g, '$1');
  return JSON.parse(text);
}

function newErrors(direct, gated) {
  const known = direct.errors.map((error) => nameless(error, direct));
  return gated.errors.filter((error) => {
    const at = known.indexOf(nameless(error, gated));
    if (at >= 0) known.splice(at, 1);
    return at < 0;
  });
}

function leaks(texts, names) {
  const found = texts.flatMap(({ place, text }) => {
    const lower = text.toLowerCase();
    return names.map((name) => lower.indexOf(name)).filter((at) => at >= 0).map((at) => {
      const around = text.slice(Math.max(0, at - AROUND), at + AROUND).replaceAll('\n', '⏎');
      return `${place}: …${around}…`;
    });
  });
  return [...new Set(found)];
}
