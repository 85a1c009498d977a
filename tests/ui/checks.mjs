// What was checked, and with which outcome.

export class Checks {
  counts = { passed: 0, failed: 0 };

  passed(what) {
    this.counts.passed += 1;
    console.log(`  ok    ${what}`);
  }

  failed(what, why) {
    this.counts.failed += 1;
    console.log(`  FAIL  ${what}`);
    if (why) console.log(`        ${String(why).replaceAll('\n', '\n        ')}`);
  }

  /** Checks that what is seen is what is expected. */
  equal(what, seen, expected) {
    const [left, right] = [seen, expected].map((value) => JSON.stringify(value));
    if (left === right) return this.passed(what);
    this.failed(what, `seen: ${left}\nexpected: ${right}`);
  }

  /** Checks that a text has a part. */
  has(what, text, part) {
    if (text?.includes(part)) return this.passed(what);
    this.failed(what, `${JSON.stringify(part)} is not in ${JSON.stringify(text)}`);
  }

  /** Checks that something becomes true while `until` waits for it. */
  async comes(what, until) {
    try {
      await until();
      this.passed(what);
    } catch (error) {
      this.failed(what, error.message);
    }
  }

  get summary() {
    const { passed, failed } = this.counts;
    return `${passed} passed, ${failed} failed, 0 unsupported`;
  }
}
