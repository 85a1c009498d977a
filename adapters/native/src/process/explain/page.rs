//! A text for a terminal, with titles, lines and differences.

use super::diff::{Change, Line};

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";

/// A text that is being written.
pub(super) struct Page {
    text: String,
    is_coloured: bool,
}

impl Page {
    /// Starts a text, in colours or without.
    pub(super) fn new(is_coloured: bool) -> Self {
        Self {
            text: String::new(),
            is_coloured,
        }
    }

    /// Returns what was written.
    pub(super) fn into_text(self) -> String {
        self.text
    }

    /// Writes a title, with an empty line before it.
    pub(super) fn title(&mut self, title: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        let title = self.painted(BOLD, title);
        self.push(&format!("{gap}{title}\n"));
    }

    /// Writes a line. What others sent in it does not move the cursor.
    pub(super) fn line(&mut self, line: &str) {
        let line = line.replace(char::is_control, " ");
        self.push(&format!("  {line}\n"));
    }

    /// Writes lines.
    pub(super) fn lines(&mut self, lines: &[String]) {
        for line in lines {
            self.line(line);
        }
    }

    /// Writes a line that tells yes or no.
    pub(super) fn answer(&mut self, line: &str, is_yes: bool) {
        let line = line.replace(char::is_control, " ");
        let line = self.painted(if is_yes { GREEN } else { DIM }, &line);
        self.push(&format!("  {line}\n"));
    }

    /// Writes the lines of a difference.
    pub(super) fn changes(&mut self, lines: &[Line]) {
        for line in lines {
            let text = line.text.replace(char::is_control, " ");
            let (sign, colour) = match line.change {
                Change::Same => (" ", ""),
                Change::Gone => ("-", RED),
                Change::New => ("+", GREEN),
                Change::Cut => ("…", DIM),
            };
            let line = format!("  {sign} {text}");
            let line = self.painted(colour, line.trim_end());
            self.push(&format!("{line}\n"));
        }
    }

    fn painted(&self, colour: &str, text: &str) -> String {
        match self.is_coloured && !colour.is_empty() {
            true => format!("{colour}{text}{RESET}"),
            false => text.to_owned(),
        }
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
    }
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
            page.changes(&lines);
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
}
