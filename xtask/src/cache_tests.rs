//! Runs the public tests of HTTP caches, the npm package `http-cache-tests`, against the native
//! gate with its cache on, and against other caches in the same way.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
    fs,
    path::PathBuf,
};

use anyhow::{Context, Result, bail};
use clap::ValueEnum;
use serde_json::Value;

use crate::{apps::install, paths, process, setup};

/// What to run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Writes the outcome of each test as a list of {name, version, tests}, one for each cache
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Runs the tests against these caches only; may be repeated
    #[arg(long = "cache", value_enum, value_name = "NAME")]
    caches: Vec<Cache>,
}

/// A cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Cache {
    Streamgate,
    Nginx,
    Varnish,
}

impl Cache {
    fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Returns the package of Debian that has the cache, if it is not the gate.
    fn package(self) -> Option<&'static str> {
        match self {
            Self::Streamgate => None,
            Self::Nginx => Some("nginx"),
            Self::Varnish => Some("varnish"),
        }
    }

    /// Returns whether the cache can be run, after it has been found or installed.
    fn is_there(self) -> bool {
        let Some(package) = self.package() else {
            return true;
        };
        match setup::debian(&[package], "a cache to compare the gate's with") {
            Ok(()) => true,
            Err(error) => {
                println!("{package} is left out: {error:#}");
                false
            }
        }
    }
}

/// The folder of what runs the suite, and the name that it is installed under.
const SUITE: &str = "cache";

/// What came of a test of a cache.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Test {
    id: String,
    group: String,
    /// `required`, `optimal`, or `check`, which only asks what a cache does.
    kind: String,
    outcome: String,
    detail: String,
}

/// A cache with what came of its tests.
struct Outcomes {
    name: String,
    version: String,
    tests: Vec<Test>,
}

/// Installs the suite and the caches, builds the gate for development, and runs the tests. Returns
/// whether the gate does with each what `tests/cache/expected.toml` says.
///
/// # Errors
/// Returns an error if the suite can be neither installed nor run, or a file can be neither read
/// nor written.
pub(crate) fn run(arguments: &Arguments) -> Result<bool> {
    let sources = paths::root().join("tests").join(SUITE);
    let caches = match &arguments.caches[..] {
        [] => Cache::value_variants(),
        chosen => chosen,
    };
    setup::node()?;
    install::app(&sources, SUITE)?;
    let caches: Vec<_> = caches.iter().filter(|cache| cache.is_there()).collect();
    let package = "streamgate-native";
    process::run(process::host_cargo().args(["build", "--quiet", "--package", package]))?;
    let results = paths::target().join("cache-tests.json");
    let suite = install::place(SUITE).join("node_modules/http-cache-tests");
    let mut node = process::command("node");
    node.arg(sources.join("main.mjs"))
        .arg("--suite")
        .arg(suite)
        .arg("--gate")
        .arg(paths::target().join("debug/streamgate"))
        .args(
            caches
                .iter()
                .flat_map(|cache| ["--cache".to_owned(), cache.name()]),
        )
        .arg("--output")
        .arg(&results);
    process::run(&mut node)?;
    let text = fs::read(&results).with_context(|| format!("reading {}", results.display()))?;
    let outcomes = read(&text)?;
    print!("{}", table(&outcomes));
    if let Some(file) = &arguments.json {
        fs::write(file, &text).with_context(|| format!("writing {}", file.display()))?;
    }
    let ours = outcomes
        .iter()
        .find(|of| of.name == Cache::Streamgate.name());
    let Some(ours) = ours else {
        return Ok(true);
    };
    let file = sources.join("expected.toml");
    let text = fs::read_to_string(&file).with_context(|| format!("reading {}", file.display()))?;
    let expected = expected(&text).with_context(|| format!("reading {}", file.display()))?;
    let surprises = surprises(&ours.tests, &expected);
    for surprise in &surprises {
        println!("{surprise}");
    }
    Ok(surprises.is_empty())
}

/// Reads what the runner has written.
fn read(written: &[u8]) -> Result<Vec<Outcomes>> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let test = |test: &Value| Test {
        id: text(&test["id"]),
        group: text(&test["group"]),
        kind: text(&test["kind"]),
        outcome: text(&test["outcome"]),
        detail: text(&test["detail"]),
    };
    let of = |of: &Value| Outcomes {
        name: text(&of["name"]),
        version: text(&of["version"]),
        tests: list(&of["tests"]).iter().map(test).collect(),
    };
    let all: Value = serde_json::from_slice(written)?;
    let all: Vec<_> = list(&all).iter().map(of).collect();
    if all.iter().any(|of| of.tests.is_empty()) {
        bail!("no test was run");
    }
    Ok(all)
}

/// Formats the outcomes as a table of Markdown: a row for each group of tests that are passed or
/// not, and two for all of them and for the questions.
fn table(all: &[Outcomes]) -> String {
    let mut table = String::from("| group | tests |");
    for of in all {
        let _ = write!(table, " {} |", of.name);
    }
    table.push_str("\n| --- | ---: |");
    table.extend(all.iter().map(|_| " --- |"));
    table.push('\n');
    let Some(first) = all.first() else {
        return table;
    };
    let mut groups: Vec<&str> = Vec::new();
    for test in &first.tests {
        if is_judged(test) && !groups.contains(&&*test.group) {
            groups.push(&test.group);
        }
    }
    for group in groups {
        row(&mut table, group, all, |test| {
            is_judged(test) && test.group == group
        });
    }
    row(&mut table, "**all**", all, is_judged);
    row(&mut table, "questions", all, |test| !is_judged(test));
    table.push('\n');
    for of in all {
        let _ = writeln!(table, "{}: {}", of.name, of.version);
    }
    table
}

/// Returns whether a test judges, rather than asking what a cache does.
fn is_judged(test: &Test) -> bool {
    test.kind != "check"
}

fn row(table: &mut String, name: &str, all: &[Outcomes], is_meant: impl Fn(&Test) -> bool) {
    let count = |of: &Outcomes| of.tests.iter().filter(|test| is_meant(test)).count();
    let _ = write!(table, "| {name} | {} |", all.first().map_or(0, count));
    for of in all {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for test in of.tests.iter().filter(|test| is_meant(test)) {
            let word = match &*test.outcome {
                "pass" => "passed",
                "fail" => "failed",
                "missed" | "yes" | "no" => &test.outcome,
                _ => "not run",
            };
            *counts.entry(word).or_default() += 1;
        }
        let words = ["passed", "failed", "missed", "yes", "no", "not run"];
        let cell = words.iter().filter_map(|word| {
            let count = counts.get(word)?;
            Some(match *word {
                "passed" => count.to_string(),
                _ => format!("{count} {word}"),
            })
        });
        let _ = write!(table, " {} |", cell.collect::<Vec<_>>().join(", "));
    }
    table.push('\n');
}

/// Reads which tests are not passed, by outcome, each with the reason.
fn expected(text: &str) -> Result<BTreeMap<String, String>> {
    let tables: BTreeMap<String, BTreeMap<String, String>> = toml::from_str(text)?;
    let mut expected = BTreeMap::new();
    for (outcome, tests) in tables {
        for (id, why) in tests {
            if why.is_empty() {
                bail!("{id} has no reason");
            }
            if expected.insert(id.clone(), outcome.clone()).is_some() {
                bail!("{id} is there twice");
            }
        }
    }
    Ok(expected)
}

/// Returns a line for each test whose outcome is another one than expected, and for each that is
/// expected and was not run.
fn surprises(tests: &[Test], expected: &BTreeMap<String, String>) -> Vec<String> {
    let mut surprises = Vec::new();
    for test in tests {
        let usual = if is_judged(test) { "pass" } else { "yes" };
        let wanted = expected.get(&test.id).map_or(usual, |outcome| outcome);
        if test.outcome != wanted {
            let (id, outcome, detail) = (&test.id, &test.outcome, &test.detail);
            surprises.push(format!("{id}: expected {wanted}, got {outcome} {detail}"));
        }
    }
    let known: BTreeSet<_> = tests.iter().map(|test| &test.id).collect();
    let missing = expected.keys().filter(|id| !known.contains(id));
    surprises.extend(missing.map(|id| format!("{id}: there is no such test")));
    surprises
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test(id: &str, kind: &str, outcome: &str) -> Test {
        Test {
            id: id.to_owned(),
            group: "Age".to_owned(),
            kind: kind.to_owned(),
            outcome: outcome.to_owned(),
            detail: String::new(),
        }
    }

    #[test]
    fn a_test_that_is_passed_or_not_against_the_expectation_is_a_surprise() {
        let expected = expected("fail.b = 'why'\nno.d = 'why'\nfail.gone = 'why'").expect("TOML");
        let tests = [
            test("a", "required", "pass"),
            test("b", "required", "fail"),
            test("c", "check", "yes"),
            test("d", "check", "no"),
        ];
        let gone = "gone: there is no such test";
        assert_eq!(surprises(&tests, &expected), [gone]);
        let tests = [
            test("a", "required", "setup"),
            test("b", "required", "pass"),
            test("c", "check", "no"),
        ];
        assert_eq!(
            surprises(&tests, &expected),
            [
                "a: expected pass, got setup ",
                "b: expected fail, got pass ",
                "c: expected yes, got no ",
                "d: there is no such test",
                gone,
            ]
        );
        for wrong in ["fail.a = ''", "fail.a = 'why'\nno.a = 'why'"] {
            assert!(super::expected(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_table_has_a_row_for_each_group_and_for_the_questions() {
        let of = |name: &str, tests: &[Test]| Outcomes {
            name: name.to_owned(),
            version: "1".to_owned(),
            tests: tests.to_vec(),
        };
        let all = [
            of(
                "one",
                &[test("a", "required", "pass"), test("b", "check", "no")],
            ),
            of(
                "two",
                &[test("a", "required", "fail"), test("b", "check", "setup")],
            ),
        ];
        let expected = "| group | tests | one | two |\n| --- | ---: | --- | --- |\n\
            | Age | 1 | 1 | 1 failed |\n| **all** | 1 | 1 | 1 failed |\n\
            | questions | 1 | 1 no | 1 not run |\n\none: 1\ntwo: 1\n";
        assert_eq!(table(&all), expected);
    }
}
