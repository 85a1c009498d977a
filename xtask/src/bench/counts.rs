//! The instructions that the stages of core take, which a busy machine counts as an idle one does,
//! beside those of a table that was committed. They depend on the compiler, on the architecture and
//! on what instructions the processor has for `memchr` to choose from.

use std::{collections::BTreeMap, fs, path::Path, process::Command, sync::Mutex, thread};

use anyhow::{Context, Result, bail};

use crate::{
    paths,
    process::{command, output},
};

/// A count that has grown by more percent than this is a failure.
const ALLOWED: u64 = 3;

/// What cases are compared with: the work, and one that does less with the same page.
const PEERS: [(&str, &str); 7] = [
    ("map", "replace"),
    ("html-once", "map"),
    ("html-stays", "lol-html-8"),
    ("exchange-gzip", "recode-gzip"),
    ("exchange-br", "recode-br"),
    ("exchange-value", "exchange-once"),
    ("exchange-condition", "exchange-once"),
];

/// The counts of a compiler.
#[derive(Debug, Default, PartialEq)]
struct Table {
    /// The compiler and the architecture.
    made_by: String,
    /// Instructions for one call, by case.
    counts: BTreeMap<String, u64>,
}

impl Table {
    fn parse(text: &str) -> Self {
        let mut table = Self::default();
        for line in text.lines() {
            if let Some(comment) = line.strip_prefix("# ") {
                comment.clone_into(&mut table.made_by);
            } else if let Some((case, count)) = line.split_once('\t')
                && let Ok(count) = count.parse()
            {
                table.counts.insert(case.to_owned(), count);
            }
        }
        table
    }

    fn text(&self) -> String {
        let lines = self
            .counts
            .iter()
            .map(|(case, count)| format!("{case}\t{count}\n"));
        format!("# {}\n{}", self.made_by, lines.collect::<String>())
    }
}

/// Counts all cases, prints them beside the table, and writes the table if `write` is set. Returns
/// whether none has grown too much.
///
/// # Errors
/// Returns an error if the cases cannot be counted, or the table cannot be read or written.
pub(super) fn run(stages: &Path, write: bool) -> Result<bool> {
    let file = paths::root().join("bench/counts.tsv");
    let before = Table::parse(&fs::read_to_string(&file).unwrap_or_default());
    let now = Table {
        made_by: made_by()?,
        counts: count_all(stages)?,
    };
    let (lines, grown) = compare(&before, &now);
    print!("{lines}\n{}", ratios(&now));
    if write {
        fs::write(&file, now.text()).with_context(|| format!("writing {}", file.display()))?;
        println!("{} cases are in {}", now.counts.len(), file.display());
        return Ok(true);
    }
    if before.made_by != now.made_by {
        println!(
            "The table was made by {}, and this is {}: nothing is held against it.",
            before.made_by, now.made_by
        );
        return Ok(true);
    }
    match &grown[..] {
        [] => println!("No count has grown by more than {ALLOWED} %."),
        grown => println!(
            "Grown by more than {ALLOWED} %: {}. If that is meant: cargo xtask bench --counts --write",
            grown.join(", ")
        ),
    }
    Ok(grown.is_empty())
}

/// Returns a line for each case, and the cases that have grown too much.
fn compare(before: &Table, now: &Table) -> (String, Vec<String>) {
    let mut lines = format!("{:32} {:>14} {:>14} {:>9}\n", "", "table", "now", "change");
    let mut grown = Vec::new();
    for (case, count) in &now.counts {
        let Some(was) = before.counts.get(case) else {
            lines += &format!("{case:32} {:>14} {count:>14} {:>9}\n", "", "new");
            continue;
        };
        let change = *count as f64 / *was as f64 - 1.0;
        lines += &format!(
            "{case:32} {was:>14} {count:>14} {:>+8.2}%\n",
            change * 100.0
        );
        if count * 100 > was * (100 + ALLOWED) {
            grown.push(case.clone());
        }
    }
    for (case, was) in before
        .counts
        .iter()
        .filter(|(case, _)| !now.counts.contains_key(*case))
    {
        lines += &format!("{case:32} {was:>14} {:>14} {:>9}\n", "", "gone");
    }
    (lines, grown)
}

/// Returns a line for each case that has a peer.
fn ratios(table: &Table) -> String {
    let mut lines = String::new();
    for (case, count) in &table.counts {
        let Some((work, page)) = case.split_once(' ') else {
            continue;
        };
        for (_, peer) in PEERS.iter().filter(|(ours, _)| *ours == work) {
            if let Some(theirs) = table.counts.get(&format!("{peer} {page}")) {
                let ratio = *count as f64 / *theirs as f64;
                lines += &format!("{case:32} {ratio:6.2} x {peer}\n");
            }
        }
    }
    lines
}

fn made_by() -> Result<String> {
    let version = output(command("rustc").arg("--version")).context("rustc cannot be started")?;
    Ok(format!("{}, {}", version.trim(), std::env::consts::ARCH))
}

/// Counts the cases, as many at a time as there are cores.
fn count_all(stages: &Path) -> Result<BTreeMap<String, u64>> {
    let list = output(command(stages).arg("list")).context("the cases cannot be listed")?;
    let folder = paths::target().join("bench/callgrind");
    fs::create_dir_all(&folder).with_context(|| format!("making {}", folder.display()))?;
    let waiting = Mutex::new(list.lines());
    let lane = || {
        let mut counts = Vec::new();
        loop {
            // A statement of its own, so that the lock is not held meanwhile.
            let next = waiting.lock().ok().and_then(|mut waiting| waiting.next());
            let Some(case) = next else {
                return Ok(counts);
            };
            counts.push((case.to_owned(), count(stages, case, &folder)?));
        }
    };
    let lanes = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes).map(|_| scope.spawn(lane)).collect();
        let mut counts = BTreeMap::new();
        for lane in lanes {
            let counted: Result<Vec<_>> = lane.join().unwrap_or_else(|_| bail!("a lane panicked"));
            counts.extend(counted?);
        }
        Ok(counts)
    })
}

/// Counts the instructions of the second call of a case: what the first one sets up for good is
/// left out. The profile of both calls stays in the folder, for `callgrind_annotate`.
fn count(stages: &Path, case: &str, folder: &Path) -> Result<u64> {
    let profile = folder.join(case.replace(' ', "-")).with_extension("out");
    let one = collected(stages, case, "1", &profile)?;
    let two = collected(stages, case, "2", &profile)?;
    two.checked_sub(one)
        .with_context(|| format!("{case}: two calls take less than one"))
}

fn collected(stages: &Path, case: &str, calls: &str, profile: &Path) -> Result<u64> {
    let mut file = std::ffi::OsString::from("--callgrind-out-file=");
    file.push(profile);
    let mut valgrind: Command = command("valgrind");
    valgrind
        .arg("--tool=callgrind")
        .arg(file)
        .arg(stages)
        .args(["run", case, calls]);
    let output = valgrind.output().context("starting valgrind")?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("{case}: {said}");
    }
    // `==123== Collected : 4567`
    let line = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, count) = line.with_context(|| format!("callgrind has counted nothing: {said}"))?;
    count
        .trim()
        .parse()
        .with_context(|| format!("no count: {count}"))
}

#[cfg(test)]
mod tests {
    use super::{Table, compare, ratios};

    fn table(counts: &[(&str, u64)]) -> Table {
        Table {
            made_by: "rustc 1.95.0 (59807616e 2026-04-14), x86_64".to_owned(),
            counts: counts
                .iter()
                .map(|(case, count)| ((*case).to_owned(), *count))
                .collect(),
        }
    }

    #[test]
    fn a_table_reads_as_it_was_written() {
        let table = table(&[("map article", 9_000_000), ("exchange small", 228_005)]);
        assert_eq!(Table::parse(&table.text()), table);
    }

    #[test]
    fn a_case_is_compared_with_its_peer_on_the_same_page() {
        let counts = [
            ("map a", 300),
            ("map b", 7),
            ("replace a", 100),
            ("html-once a", 330),
        ];
        let lines = ratios(&table(&counts));
        let lines: Vec<_> = lines
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>())
            .collect();
        assert_eq!(
            lines,
            [
                vec!["html-once", "a", "1.10", "x", "map"],
                vec!["map", "a", "3.00", "x", "replace"]
            ]
        );
    }

    #[test]
    fn what_has_grown_by_more_than_three_percent_is_named() {
        let before = table(&[
            ("same", 1000),
            ("little", 1000),
            ("much", 1000),
            ("gone", 1),
        ]);
        let now = table(&[("same", 900), ("little", 1030), ("much", 1031), ("new", 5)]);
        let (lines, grown) = compare(&before, &now);
        assert_eq!(grown, ["much"]);
        for word in ["-10.00%", "+3.00%", "+3.10%", "new", "gone"] {
            assert!(lines.contains(word), "{lines}");
        }
    }
}
