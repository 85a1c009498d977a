//! What changes between two texts: lines that go, and lines that come.

use std::time::{Duration, Instant};

use serde::Serialize;
use similar::{Algorithm, ChangeTag, DiffOp, capture_diff_slices_deadline, group_diff_ops};

use crate::process::page::{Colour, Page};

/// How many unchanged lines are shown around a change.
const AROUND: usize = 2;
/// The longest line that is shown as one, in bytes. A longer one, such as a page without line ends,
/// is cut behind its tags.
const LONG: usize = 200;
/// How long to look for the smallest difference.
const PATIENCE: Duration = Duration::from_secs(5);

/// One line of a difference.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    pub(super) change: Change,
    pub(super) text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Change {
    Same,
    Gone,
    New,
    /// Unchanged lines are left out here.
    Cut,
}

/// Compares two lists of lines, and returns all of their lines.
pub(super) fn of_lines(before: &[String], after: &[String]) -> Vec<Line> {
    let ops = compared(before, after);
    lines(&ops, before, after)
}

/// Compares two texts, and returns what changes, with some lines around it.
pub(crate) fn of_texts(before: &str, after: &str) -> Vec<Line> {
    let (before, after) = (cut(before), cut(after));
    let groups = group_diff_ops(compared(&before, &after), AROUND);
    let mut shown = Vec::new();
    for group in groups {
        if !shown.is_empty() {
            shown.push(Line {
                change: Change::Cut,
                text: String::new(),
            });
        }
        shown.extend(lines(&group, &before, &after));
    }
    shown
}

/// Compares the starts of two texts, of which at least one goes on: where they end is no change.
pub(crate) fn of_starts(before: &str, after: &str) -> Vec<Line> {
    let mut shown = of_texts(before, after);
    while shown
        .pop_if(|line| matches!(line.change, Change::Gone | Change::New))
        .is_some()
    {}
    shown.push(Line {
        change: Change::Cut,
        text: String::new(),
    });
    shown
}

/// Writes the lines of a difference.
pub(super) fn write(lines: &[Line], page: &mut Page) {
    for line in lines {
        let (sign, colour) = match line.change {
            Change::Same => (" ", Colour::Plain),
            Change::Gone => ("-", Colour::Red),
            Change::New => ("+", Colour::Green),
            Change::Cut => ("…", Colour::Dim),
        };
        page.coloured(colour, &format!("{sign} {}", line.text));
    }
}

fn compared(before: &[String], after: &[String]) -> Vec<DiffOp> {
    let deadline = Instant::now().checked_add(PATIENCE);
    capture_diff_slices_deadline(Algorithm::Myers, before, after, deadline)
}

fn lines(ops: &[DiffOp], before: &[String], after: &[String]) -> Vec<Line> {
    let changes = ops.iter().flat_map(|op| op.iter_changes(before, after));
    changes
        .map(|change| Line {
            change: match change.tag() {
                ChangeTag::Equal => Change::Same,
                ChangeTag::Delete => Change::Gone,
                ChangeTag::Insert => Change::New,
            },
            text: change.value().to_owned(),
        })
        .collect()
}

/// Cuts a text into lines, and long lines behind what ends a tag, a rule or a statement.
fn cut(text: &str) -> Vec<String> {
    text.lines()
        .flat_map(|line| match line.len() > LONG {
            true => line.split_inclusive(['>', '}', ';']).collect(),
            false => vec![line],
        })
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_colours_for_those_who_want_them() {
        let lines = [
            (Change::Same, "a"),
            (Change::Gone, "b\x1b[m"),
            (Change::New, "c"),
        ];
        let lines = lines.map(|(change, text)| Line {
            change,
            text: text.to_owned(),
        });
        let shown = |is_coloured| {
            let mut page = Page::new(is_coloured);
            page.title("T");
            write(&lines, &mut page);
            page.answer("yes", true);
            page.into_text()
        };
        assert_eq!(shown(false), "T\n    a\n  - b [m\n  + c\n  yes\n");
        assert_eq!(
            shown(true),
            "\x1b[1mT\x1b[0m\n    a\n\x1b[31m  - b [m\x1b[0m\n\x1b[32m  + c\x1b[0m\n  \
             \x1b[32myes\x1b[0m\n"
        );
    }

    fn shown(before: &str, after: &str) -> Vec<String> {
        marked(of_texts(before, after))
    }

    fn marked(lines: Vec<Line>) -> Vec<String> {
        let marked = |line: Line| match line.change {
            Change::Same => format!(" {}", line.text),
            Change::Gone => format!("-{}", line.text),
            Change::New => format!("+{}", line.text),
            Change::Cut => "…".to_owned(),
        };
        lines.into_iter().map(marked).collect()
    }

    #[test]
    fn where_texts_are_cut_off_is_no_change() {
        let lines = of_starts("1\na\nb\nc\nd", "2\na\nb\nc\ndd\ne");
        assert_eq!(marked(lines), ["-1", "+2", " a", " b", " c", "…"]);
        assert_eq!(marked(of_starts("a", "ab")), ["…"]);
    }

    #[test]
    fn line_ends_are_no_change_of_a_line() {
        assert_eq!(
            shown("a\r\nb\r\n1\r\n", "a\r\nb\r\n2\r\n"),
            [" a", " b", "-1", "+2"]
        );
    }

    #[test]
    fn a_change_is_shown_with_what_is_around_it() {
        let lines = |changed: [&str; 2]| {
            let [first, last] = changed;
            format!("a\nb\nc\n{first}\nd\ne\nf\ng\nh\ni\n{last}")
        };
        assert_eq!(
            shown(&lines(["1", "2"]), &lines(["1", "3"])),
            [" h", " i", "-2", "+3"]
        );
        assert_eq!(
            shown(&lines(["1", "2"]), &lines(["0", "3"])),
            [
                " b", " c", "-1", "+0", " d", " e", "…", " h", " i", "-2", "+3"
            ]
        );
        assert!(shown("a\nb", "a\nb").is_empty());
    }

    #[test]
    fn a_page_in_one_line_is_cut_behind_its_tags() {
        let page = |link: &str| format!("{}<a href={link}>{}", "<b>".repeat(70), "<i>".repeat(70));
        assert_eq!(
            shown(&page("x"), &page("y")),
            [" <b>", " <b>", "-<a href=x>", "+<a href=y>", " <i>", " <i>"]
        );
    }
}
