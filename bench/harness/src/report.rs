//! The report: for machines, for the terminal, for the book.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

use crate::row::{Part, Row, Unit};

/// The comments between which a page of the book has the figures.
const MARKS: [&str; 2] = ["<!-- figures -->\n", "<!-- end of figures -->\n"];

/// Writes the rows as JSON.
pub(crate) fn json(rows: &[Row], file: &Path) -> Result<()> {
    let mut text = serde_json::to_string_pretty(rows)?;
    text.push('\n');
    put(file, &text)
}

/// Returns how many targets there are, and how many are met.
pub(crate) fn tally(rows: &[Row]) -> (usize, usize) {
    let verdicts = rows.iter().filter_map(|row| row.met);
    (
        verdicts.clone().count(),
        verdicts.filter(|met| *met).count(),
    )
}

/// Returns the table of rows.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| work | peer | ratio | spread | target | met |\n| --- | --- | ---: | --- | ---: | --- |\n",
    );
    for row in rows {
        let number = |value: Option<f64>| value.map_or("none".to_owned(), short);
        let spread = match &row.fault {
            Some(fault) => fault.replace('|', "/").replace('\n', " "),
            None => format!("{} to {}", number(row.ratio_min), number(row.ratio_max)),
        };
        let met = row.met.map_or("", |met| if met { "yes" } else { "no" });
        let target = row.target.map_or(String::new(), short);
        let ratio = format!("{} {}", number(row.ratio_median), row.unit.words());
        let Row { work, peer, .. } = row;
        let _ = writeln!(
            text,
            "| {work} | {peer} | {ratio} | {spread} | {target} | {met} |"
        );
    }
    text
}

/// Returns the table of the pages that rows consist of.
pub(crate) fn parts(rows: &[Row]) -> String {
    let mut text = String::from(
        "| work | peer | page | gate | peer's | CPU, gate | CPU, peer |\n\
         | --- | --- | --- | ---: | ---: | ---: | ---: |\n",
    );
    for row in rows.iter().filter(|row| row.unit != Unit::Cpu) {
        for part in &row.parts {
            let Row {
                work, peer, unit, ..
            } = row;
            let Part { name, .. } = part;
            let (ours, theirs) = (value(part.gate, *unit), value(part.peer, *unit));
            let cpu = |time: Option<f64>| {
                time.map_or(String::new(), |time| format!("{} ms", short(time)))
            };
            let (gate, peers) = (cpu(part.gate_cpu_ms), cpu(part.peer_cpu_ms));
            let _ = writeln!(
                text,
                "| {work} | {peer} | {name} | {ours} | {theirs} | {gate} | {peers} |"
            );
        }
    }
    text
}

fn value(number: f64, unit: Unit) -> String {
    match unit {
        Unit::Rate => format!("{}/s", short(number)),
        Unit::Instructions => format!("{number:.0}"),
        Unit::Memory => format!("{} MB", short(number / 1e6)),
        Unit::Cpu | Unit::Time | Unit::Milliseconds | Unit::MillisecondsMore => {
            format!("{} ms", short(number))
        }
    }
}

/// Puts the tables into a page of the book, between its marks.
pub(crate) fn markdown(rows: &[Row], machine: &str, file: &Path) -> Result<()> {
    let page = fs::read_to_string(file).with_context(|| format!("reading {}", file.display()))?;
    let [from, to] = MARKS;
    let (before, rest) = page
        .split_once(from)
        .with_context(|| format!("the page has no {from}"))?;
    let (_, after) = rest
        .split_once(to)
        .with_context(|| format!("the page has no {to}"))?;
    let (targets, met) = tally(rows);
    let (table, parts) = (table(rows), parts(rows));
    let figures = format!(
        "{machine} {met} of {targets} targets are met.\n\n{table}\nThe same, page by page, with the \
         CPU time that the server took for one:\n\n{parts}"
    );
    put(file, &format!("{before}{from}\n{figures}\n{to}{after}"))
}

/// Formats a number with three digits that count.
fn short(number: f64) -> String {
    let digits = match number.abs() {
        100.0.. => 0,
        10.0.. => 1,
        1.0.. => 2,
        _ => 3,
    };
    format!("{number:.digits$}")
}

/// Writes a file, and the folder that it is in.
pub(crate) fn put(file: &Path, text: &str) -> Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text).with_context(|| format!("writing {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::{json, short, table, tally};
    use crate::row::{Part, Row, Unit};

    fn row() -> Row {
        let part = Part::new("page", Unit::Rate, &[300.0, 310.0, 305.0], &[100.0; 3]);
        Row::new(("work", "peer"), Unit::Rate, Some(2.0), Ok(vec![part]))
    }

    #[test]
    fn a_number_has_three_digits() {
        for (number, text) in [
            (1234.5, "1234"),
            (45.67, "45.7"),
            (1.234, "1.23"),
            (0.0567, "0.057"),
        ] {
            assert_eq!(short(number), text);
        }
    }

    #[test]
    fn a_row_is_a_line_and_an_object() {
        let rows = [row()];
        let line = "| work | peer | 3.05 x its rate | 3.00 to 3.10 | 2.00 | yes |";
        assert_eq!(table(&rows).lines().last(), Some(line));
        assert_eq!(tally(&rows), (1, 1));
        let file =
            std::env::temp_dir().join(format!("streamgate-bench-{}.json", std::process::id()));
        json(&rows, &file).expect("a file");
        let text = std::fs::read_to_string(&file).expect("the file");
        std::fs::remove_file(&file).expect("the file");
        let read: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(read[0]["ratio_median"], 3.05);
        assert_eq!(read[0]["met"], true);
    }
}
