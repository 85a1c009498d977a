// Runs the suite http-cache-tests against one cache, and prints the outcome of each test as JSON.
// The suite keeps its results in its modules, so that each cache needs a process of its own. Its
// tests of `Surrogate-Control`, which no RFC has, are not in its index, and not run.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , suite, base] = process.argv;
const load = (path) => import(pathToFileURL(join(suite, path)).href);
const { runTests, getResults } = await load('client/runner.mjs');
const { determineTestResult } = await load('lib/display.mjs');
const { default: fetch } = await load('../node-fetch/lib/index.mjs');
const { default: groups } = await load('tests/index.mjs');

/** The outcomes, by the signs that the suite shows for them. */
const OUTCOMES = {
  '✅': 'pass',
  '⛔️': 'fail',
  '⚠️': 'missed',
  Y: 'yes',
  N: 'no',
  '🔹': 'setup',
  '⁉️': 'harness',
  '⚪️': 'dependency',
  '↻': 'retry',
};

await runTests(groups, fetch, false, base);
const results = getResults();
const tests = groups.flatMap((group) =>
  group.tests
    .filter((test) => test.id in results)
    .map((test) => ({
      id: test.id,
      group: group.name,
      kind: test.kind ?? 'required',
      outcome: OUTCOMES[determineTestResult(groups, test.id, results)[2]],
      detail: results[test.id] === true ? '' : results[test.id].join(': '),
    })),
);
process.stdout.write(JSON.stringify(tests));
