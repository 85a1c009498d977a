//! Counts of checks that passed and failed, read from the summary lines of the test runners.

use std::ops::AddAssign;

/// A count of checks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// Checks that passed.
    pub(crate) passed: u64,
    /// Checks that failed.
    pub(crate) failed: u64,
    /// Checks that a platform cannot pass, for a listed reason.
    pub(crate) unsupported: u64,
}

impl Tally {
    /// Counts one check.
    pub(crate) fn one(passed: bool) -> Self {
        Self {
            passed: passed.into(),
            failed: (!passed).into(),
            unsupported: 0,
        }
    }

    /// Reads a summary line of libtest or wasm-bindgen-test: `test result: ok. 3 passed; 0 failed;
    /// …`.
    pub(crate) fn of_libtest(line: &str) -> Option<Self> {
        let (_, counts) = line
            .trim()
            .strip_prefix("test result: ")?
            .split_once(". ")?;
        let mut counts = counts.split("; ");
        Some(Self {
            passed: count(counts.next()?, " passed")?,
            failed: count(counts.next()?, " failed")?,
            unsupported: 0,
        })
    }

    /// Reads the summary line of the conformance runner: `3 passed, 0 failed, 1 unsupported`.
    pub(crate) fn of_conformance(line: &str) -> Option<Self> {
        let mut counts = line.trim().split(", ");
        let tally = Self {
            passed: count(counts.next()?, " passed")?,
            failed: count(counts.next()?, " failed")?,
            unsupported: count(counts.next()?, " unsupported")?,
        };
        counts.next().is_none().then_some(tally)
    }

    /// Returns whether nothing was counted at all.
    pub(crate) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// Returns the number before the name of a counter.
fn count(text: &str, name: &str) -> Option<u64> {
    text.strip_suffix(name)?.parse().ok()
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.unsupported += other.unsupported;
    }
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn tally(passed: u64, failed: u64, unsupported: u64) -> Tally {
        Tally {
            passed,
            failed,
            unsupported,
        }
    }

    #[test]
    fn libtests_summary_line_is_counted() {
        for (line, expected) in [
            (
                "test result: ok. 12 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s",
                Some(tally(12, 0, 0)),
            ),
            (
                "test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 filtered out",
                Some(tally(3, 2, 0)),
            ),
            (
                "  test result: ok. 1 passed; 0 failed; 0 ignored; 0 filtered out; finished in 0.01s",
                Some(tally(1, 0, 0)),
            ),
            ("test result_is_shown ... ok", None),
            ("running 3 tests", None),
            ("test result: ok. many passed; 0 failed", None),
        ] {
            assert_eq!(Tally::of_libtest(line), expected, "{line}");
        }
    }

    #[test]
    fn the_conformance_runners_summary_line_is_counted() {
        for (line, expected) in [
            (
                "240 passed, 0 failed, 12 unsupported",
                Some(tally(240, 0, 12)),
            ),
            ("1 passed, 2 failed, 3 unsupported\n", Some(tally(1, 2, 3))),
            ("native: 60 passed, 0 failed, 0 unsupported", None),
            ("1 passed, 2 failed", None),
            ("1 passed, 2 failed, 3 unsupported, 4 more", None),
        ] {
            assert_eq!(Tally::of_conformance(line), expected, "{line}");
        }
    }

    #[test]
    fn tallies_add_up() {
        let mut sum = Tally::one(true);
        sum += Tally::one(false);
        sum += Tally {
            passed: 5,
            failed: 0,
            unsupported: 2,
        };
        assert_eq!(sum, tally(6, 1, 2));
    }
}
