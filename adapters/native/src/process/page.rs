//! A text for a terminal, with titles and lines.

const BOLD: &str = "\x1b[1m";
const RED: &str = "\x1b[31m";
const GREEN: &str = "\x1b[32m";
const DIM: &str = "\x1b[2m";
const RESET: &str = "\x1b[0m";

/// What a line shows by its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::process) enum Colour {
    Plain,
    /// Something is gone, or wrong.
    Red,
    /// Something is new, or right.
    Green,
    Dim,
}

impl Colour {
    fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Red => RED,
            Self::Green => GREEN,
            Self::Dim => DIM,
        }
    }
}

/// A text that is being written.
pub(in crate::process) struct Page {
    text: String,
    is_coloured: bool,
}

impl Page {
    /// Starts a text, in colours or without.
    pub(in crate::process) fn new(is_coloured: bool) -> Self {
        Self {
            text: String::new(),
            is_coloured,
        }
    }

    /// Returns what was written.
    pub(in crate::process) fn into_text(self) -> String {
        self.text
    }

    /// Writes a title, with an empty line before it.
    pub(in crate::process) fn title(&mut self, title: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        let title = self.painted(BOLD, title);
        self.push(&format!("{gap}{title}\n"));
    }

    /// Writes a line. What others sent in it does not move the cursor.
    pub(in crate::process) fn line(&mut self, line: &str) {
        let line = line.replace(char::is_control, " ");
        self.push(&format!("  {line}\n"));
    }

    /// Writes lines.
    pub(in crate::process) fn lines(&mut self, lines: &[String]) {
        for line in lines {
            self.line(line);
        }
    }

    /// Writes a line that tells yes or no.
    pub(in crate::process) fn answer(&mut self, line: &str, is_yes: bool) {
        let line = line.replace(char::is_control, " ");
        let line = self.painted(if is_yes { GREEN } else { DIM }, &line);
        self.push(&format!("  {line}\n"));
    }

    /// Writes a line that has a colour as a whole.
    pub(in crate::process) fn coloured(&mut self, colour: Colour, line: &str) {
        let line = format!("  {}", line.replace(char::is_control, " "));
        let line = self.painted(colour.code(), line.trim_end());
        self.push(&format!("{line}\n"));
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

/// Returns a number with the name of what is counted.
pub(in crate::process) fn counted(count: usize, one: &str, several: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        count => format!("{count} {several}"),
    }
}
