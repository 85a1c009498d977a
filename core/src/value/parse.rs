//! The syntax of values in a text.
//!
//! `{NAME}` and `{NAME|DEFAULT}` are values, where NAME consists of letters, digits and `._-`, and
//! DEFAULT has no brace. A backslash before it makes it text, which is without the backslash. Every
//! other brace stands for itself, so that styles, scripts and JSON need no escapes.

use super::name::Value;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    Text(String),
    Value { value: Value, default: String },
}

/// Splits a text into its parts. No two texts follow each other.
///
/// # Errors
/// Returns what is wrong with a value.
pub(super) fn parts(text: &str) -> Result<Vec<Part>, String> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((name, default, after)) = written(behind) else {
            plain.push_str(before);
            plain.push('{');
            rest = behind;
            continue;
        };
        rest = after;
        if let Some(before) = before.strip_suffix('\\') {
            plain.push_str(before);
            plain.push('{');
            let length = behind.len().saturating_sub(after.len());
            plain.push_str(behind.get(..length).unwrap_or_default());
            continue;
        }
        plain.push_str(before);
        if !plain.is_empty() {
            parts.push(Part::Text(std::mem::take(&mut plain)));
        }
        parts.push(Part::Value {
            value: Value::parse(name)?,
            default: default.to_owned(),
        });
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        parts.push(Part::Text(plain));
    }
    Ok(parts)
}

/// Returns the first name of a value in a text, of those that have a dot and so mean little else.
pub(crate) fn written_value(text: &str) -> Option<&str> {
    let mut behind = text.split('{').skip(1).map(|behind| {
        let (name, _) = behind.split_once('}')?;
        let (name, _) = name.split_once('|').unwrap_or((name, ""));
        (name.contains('.') && Value::parse(name).is_ok()).then_some(name)
    });
    behind.find_map(|name| name)
}

/// Reads what looks like a value behind its `{`: the name, the default, and the text after the `}`.
fn written(text: &str) -> Option<(&str, &str, &str)> {
    let (inner, after) = text.split_once('}')?;
    let (name, default) = inner.split_once('|').unwrap_or((inner, ""));
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let begins = name.starts_with(|c: char| c.is_ascii_alphabetic());
    (begins && name.bytes().all(is_name) && !default.contains('{'))
        .then_some((name, default, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, String> {
        let parts = parts(text)?;
        let shown = parts.iter().map(|part| match part {
            Part::Text(text) => text.clone(),
            Part::Value { value, default } => format!("«{value}|{default}»"),
        });
        Ok(shown.collect())
    }

    #[test]
    fn only_what_looks_like_a_value_is_one() {
        for (text, expected) in [
            ("", ""),
            ("a{country}b", "a«country|»b"),
            (
                "{cookie.a-b_c.d|x y}{query.q}",
                "«cookie.a-b_c.d|x y»«query.q|»",
            ),
            ("{header.X-A|a|b}", "«header.x-a|a|b»"),
            (r"\{country}{nonce}", "{country}«nonce|»"),
            (r"\\{country}", r"\{country}"),
            (r"\{ a", r"\{ a"),
            ("p{color:red}a{}b{ c }", "p{color:red}a{}b{ c }"),
            ("{\"a\":{\"b\":1}}", "{\"a\":{\"b\":1}}"),
            ("{1} {é} {a", "{1} {é} {a"),
            ("{{country}}", "{«country|»}"),
            ("{country|{nonce}", "{country|«nonce|»"),
        ] {
            assert_eq!(read(text).as_deref(), Ok(expected), "{text}");
        }
    }

    #[test]
    fn a_value_that_is_none_is_told() {
        for (text, expected) in [
            ("{coutry}", "{coutry} is no value: there are "),
            ("{request.host}", "{request.host} is no value"),
            ("{cookie.}", "{cookie.} is no value"),
            ("{path.0}", "{path.0} is no value"),
            ("{header.cookie}", "a cookie is as {cookie.NAME}"),
            ("{header.Authorization}", "would put a secret into a page"),
            ("{header.}", "\"\" is no name of a field"),
        ] {
            let error = read(text).expect_err(text);
            assert!(error.contains(expected), "{text}: {error}");
        }
    }
}
