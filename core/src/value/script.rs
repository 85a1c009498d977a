//! The place of a value in a script or in JSON: within a text in quotes, or nowhere.
//!
//! What comes before the value is read as strictly as it takes to be sure of that. A script in
//! which a slash, a `<` or the like could be read in several ways is refused, and the value belongs
//! into a script of its own before it.

/// The language of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    JavaScript,
    Json,
}

/// Checks that what follows `before`, the start of a script, stands in a text in quotes.
///
/// # Errors
/// Returns where it stands instead.
pub(super) fn place(before: &str, language: Language) -> Result<(), String> {
    // Read as markup, which XML and SVG do, it must be the same.
    if before.contains(['<', '&']) {
        return Err(
            "a script behind a \"<\" or an \"&\", which not every parser reads alike; a \
                    script of its own before it can have the value"
                .to_owned(),
        );
    }
    let mut state = State::Code;
    let mut rest = before.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        state = match (state, c) {
            (State::Code, '"') => State::Text('"'),
            (State::Code, '\'') if language == Language::JavaScript => State::Text('\''),
            (State::Code, '/') if language == Language::JavaScript => match next {
                Some('/') => State::Line,
                Some('*') => {
                    rest.next();
                    State::Block
                }
                _ => {
                    return Err(
                        "a script behind a slash that may begin a regular expression; a \
                                script of its own before it can have the value"
                            .to_owned(),
                    );
                }
            },
            (State::Code, '`') => {
                return Err(
                    "a script behind a template literal; a script of its own before it can \
                            have the value"
                        .to_owned(),
                );
            }
            (State::Code, '-') if next == Some('-') => {
                return Err(
                    "a script behind \"--\", which may begin a comment; a script of its \
                            own before it can have the value"
                        .to_owned(),
                );
            }
            (State::Text(quote), c) if c == quote => State::Code,
            (State::Text(quote), '\\') => {
                if rest.next().is_none() {
                    return Err("a text of a script behind a backslash".to_owned());
                }
                State::Text(quote)
            }
            (State::Text(_), '\n' | '\r') => {
                return Err("a script with a text that does not end on its line".to_owned());
            }
            (State::Text(quote), _) => State::Text(quote),
            (State::Code, _) | (State::Line, '\n' | '\r' | '\u{2028}' | '\u{2029}') => State::Code,
            (State::Line, _) => State::Line,
            (State::Block, '*') if next == Some('/') => {
                rest.next();
                State::Code
            }
            (State::Block, _) => State::Block,
        };
    }
    match state {
        State::Text(_) => escape_is_over(before),
        State::Code => Err("a script outside of a text in quotes".to_owned()),
        State::Line | State::Block => Err("a comment of a script".to_owned()),
    }
}

/// Checks that the text before a value does not end within an escape, as `\x4`, whose next digits
/// the value could be.
fn escape_is_over(before: &str) -> Result<(), String> {
    let hexadecimal = before.trim_end_matches(|c: char| c.is_ascii_hexdigit());
    let digits = before.len().saturating_sub(hexadecimal.len());
    let is_open = (hexadecimal.ends_with("\\x") && digits < 2)
        || (hexadecimal.ends_with("\\u") && digits < 4)
        || hexadecimal.ends_with("\\u{")
        || (hexadecimal.ends_with('\\') && (1..=3).contains(&digits));
    match is_open {
        true => Err("a text of a script within an escape".to_owned()),
        false => Ok(()),
    }
}

#[derive(Clone, Copy)]
enum State {
    Code,
    /// In a text, behind this quote.
    Text(char),
    /// In a comment up to the end of the line.
    Line,
    /// In a comment up to `*/`.
    Block,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_text_in_quotes_takes_a_value() {
        use Language::{JavaScript, Json};
        for (before, language, expected) in [
            ("var a = \"", JavaScript, true),
            ("var a = 'x", JavaScript, true),
            ("a('it\\'s ", JavaScript, true),
            ("// it's\n/* \" */ a = '", JavaScript, true),
            ("a = 'http://b/' + '", JavaScript, true),
            ("{\"a\": \"", Json, true),
            ("{\"a\": \"\\\"", Json, true),
            ("{\"it's\": \"", Json, true),
            ("'\\u0041", JavaScript, true),
            ("'\\\\x4", JavaScript, false),
            ("var a = ", JavaScript, false),
            ("'a' + ", JavaScript, false),
            ("'\\", JavaScript, false),
            ("'a\n", JavaScript, false),
            ("// '", JavaScript, false),
            ("/* '", JavaScript, false),
            ("a = /'/; b = '", JavaScript, false),
            ("a = 1 / 2; b = '", JavaScript, false),
            ("a = `'", JavaScript, false),
            ("i--\n'", JavaScript, false),
            ("if (a < b) c = '", JavaScript, false),
            ("a && b('", JavaScript, false),
            ("'\\x4", JavaScript, false),
            ("'\\u{4", JavaScript, false),
            ("{\"a\": ", Json, false),
            ("{'", Json, false),
        ] {
            assert_eq!(place(before, language).is_ok(), expected, "{before:?}");
        }
    }
}
