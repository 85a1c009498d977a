//! `${NAME}` in the values of a file: what the environment of the process says takes its place.
//!
//! Values only are looked at, not keys, and only those that are texts. What came from the
//! environment may be secret, so no fault shows it.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::error::{Misplaced, covers};

/// Says what the environment holds under a name, if it holds anything.
pub(super) type Lookup<'l> = &'l dyn Fn(&str) -> Option<String>;

/// What became of a document in which values stand for variables.
#[derive(Default)]
pub(super) struct Environment {
    /// The values in which something was put, and where they stand.
    values: Vec<(Range<usize>, String)>,
    /// The variables that are not set.
    pub(super) unset: Vec<Misplaced>,
}

impl Environment {
    /// Puts into a document what the environment holds.
    pub(super) fn put_into(document: &mut DeTable<'_>, lookup: Lookup<'_>) -> Self {
        let mut environment = Self::default();
        let values = document.iter_mut().map(|(_, value)| value);
        values.for_each(|value| environment.put_into_value(value, lookup));
        environment
    }

    fn put_into_value(&mut self, value: &mut Spanned<DeValue<'_>>, lookup: Lookup<'_>) {
        let span = value.span();
        match value.get_mut() {
            DeValue::Table(table) => {
                let values = table.iter_mut().map(|(_, value)| value);
                values.for_each(|value| self.put_into_value(value, lookup));
            }
            DeValue::Array(items) => {
                let items = items.iter_mut();
                items.for_each(|item| self.put_into_value(item, lookup));
            }
            DeValue::String(text) => match expanded(text, lookup) {
                Ok(None) => {}
                Ok(Some(expanded)) => {
                    self.values.push((span, expanded.clone()));
                    *text = Cow::Owned(expanded);
                }
                Err(name) => self.unset.push(Misplaced {
                    span,
                    message: format!(
                        "the variable {name} is not set, and has no default as ${{{name}:-…}}"
                    ),
                    help: "set the variable, or give it a default".to_owned(),
                }),
            },
            _ => {}
        }
    }

    /// Returns whether variables stand in the values of a document.
    pub(super) fn is_in(document: &mut DeTable<'_>) -> bool {
        !Self::put_into(document, &|_| Some(String::new()))
            .values
            .is_empty()
    }

    /// Returns what to say in place of a message about the text at `span`, if the message might
    /// show what came from the environment. `text` is the whole file.
    pub(super) fn hidden(&self, span: &Range<usize>, message: &str, text: &str) -> Option<String> {
        let shows = |(at, value): &&(Range<usize>, String)| {
            let is_in_it =
                || !value.is_empty() && message.to_lowercase().contains(&value.to_lowercase());
            covers(at, span) || covers(span, at) && is_in_it()
        };
        let (at, _) = self.values.iter().find(shows)?;
        let written = text.get(at.clone()).unwrap_or_default();
        Some(format!(
            "{written} stands for a value that is not valid here (it is not shown)"
        ))
    }
}

/// Returns a text with what the environment holds in the places of variables, or `None` if there
/// are none.
///
/// # Errors
/// Returns the name of the first variable that is not set and has no default.
fn expanded<'t>(text: &'t str, lookup: Lookup<'_>) -> Result<Option<String>, &'t str> {
    let mut expanded = String::new();
    let mut changes = false;
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('$') {
        expanded.push_str(before);
        rest = if let Some(variable) = Variable::at_start(behind) {
            changes = true;
            expanded.push_str(&variable.value(lookup)?);
            variable.behind
        } else if let Some(escaped) = behind.strip_prefix('$')
            && Variable::at_start(escaped).is_some()
        {
            changes = true;
            expanded.push('$');
            // Its brace is no longer behind a dollar sign.
            escaped
        } else {
            expanded.push('$');
            behind
        };
    }
    expanded.push_str(rest);
    Ok(changes.then_some(expanded))
}

/// A variable in a text.
struct Variable<'t> {
    name: &'t str,
    default: Option<&'t str>,
    /// The text behind it.
    behind: &'t str,
}

impl<'t> Variable<'t> {
    /// Reads what stands behind a dollar sign: `{NAME}` or `{NAME:-default}`. Names have no small
    /// letters, so that what scripts have in their texts is none.
    fn at_start(text: &'t str) -> Option<Self> {
        let (inner, behind) = text.strip_prefix('{')?.split_once('}')?;
        let (name, default) = match inner.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inner, None),
        };
        let is_letter = |c: char| c.is_ascii_uppercase() || c == '_';
        let is_name =
            name.starts_with(is_letter) && name.chars().all(|c| is_letter(c) || c.is_ascii_digit());
        is_name.then_some(Self {
            name,
            default,
            behind,
        })
    }

    /// Returns the value; the default in place of one that is not set or, as in a shell, empty.
    fn value(&self, lookup: Lookup<'_>) -> Result<String, &'t str> {
        let set = lookup(self.name);
        match self.default {
            None => set.ok_or(self.name),
            Some(default) => Ok(set
                .filter(|value| !value.is_empty())
                .unwrap_or_else(|| default.to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn lookup(name: &str) -> Option<String> {
        let value = match name {
            "HOST" => "o.example",
            "EMPTY" => "",
            "NESTED" => "${HOST}",
            "SECRET_1" => "S3cret Value",
            _ => return None,
        };
        Some(value.to_owned())
    }

    fn faults(text: &str) -> String {
        let error = Config::from_toml_with(text, "f", lookup).expect_err(text);
        error.to_string()
    }

    #[test]
    fn a_variable_is_its_value_or_its_default() {
        for (text, result) in [
            ("plain", Ok(None)),
            ("${HOST}", Ok(Some("o.example"))),
            (
                "https://${HOST}:${PORT:-8080}/",
                Ok(Some("https://o.example:8080/")),
            ),
            ("a${EMPTY}b", Ok(Some("ab"))),
            ("${EMPTY:-c}", Ok(Some("c"))),
            ("${HOST:-c}", Ok(Some("o.example"))),
            ("${NONE:-}", Ok(Some(""))),
            ("${NONE:-a:-b}", Ok(Some("a:-b"))),
            ("${NESTED}", Ok(Some("${HOST}"))),
            ("${NONE}", Err("NONE")),
            ("${HOST} ${NONE}", Err("NONE")),
            // Escaped.
            ("$${HOST}", Ok(Some("${HOST}"))),
            ("$$${HOST}", Ok(Some("$${HOST}"))),
            ("$${NONE:-a} ${HOST}", Ok(Some("${NONE:-a} o.example"))),
            // No variables.
            ("${host} $${host} $HOST ${} ${1A} ${A B} ${HOST $", Ok(None)),
        ] {
            let expected = result.map(|text: Option<&str>| text.map(str::to_owned));
            assert_eq!(expanded(text, &lookup), expected, "{text}");
        }
    }

    #[test]
    fn variables_stand_in_values_of_all_tables() {
        let text = r#"
            [origin]
            url = "https://${HOST}"
            aliases = ["https://a.${HOST}"]
            [[html]]
            select = "p"
            set = { "${HOST}" = "${HOST}" }
        "#;
        let config = Config::from_toml_with(text, "f", lookup).unwrap();
        assert_eq!(config.origin.url, "https://o.example/");
        assert_eq!(config.origin.aliases, ["https://a.o.example/"]);
        let rule = format!("{:?}", config.html);
        assert!(rule.contains(r#"("${host}", "o.example")"#), "{rule}");
    }

    #[test]
    fn every_variable_that_is_not_set_is_a_fault_with_its_place() {
        assert_eq!(
            faults("[origin]\nurl = '${A}'\nhost = '${B}'\n[gate]\nexplain = 1"),
            "f:2: origin.url: the variable A is not set, and has no default as ${A:-…}\n\
             f:3: origin.host: the variable B is not set, and has no default as ${B:-…}\n\
             f:5: gate.explain: invalid type: integer `1`, expected a boolean"
        );
        let error = Config::from_toml("origin.url = 'https://${HOST}'", "f").unwrap_err();
        let fault = error.faults().first().expect("a fault");
        assert_eq!((fault.line(), fault.key()), (1, "origin.url"));
    }

    #[test]
    fn no_fault_shows_a_value() {
        const ORIGIN: &str =
            "origin.url = 'https://o.example'\norigin.public = 'https://w.example'\n";
        for (text, place) in [
            ("limits.exchange = '${SECRET_1}'", "3: limits.exchange: "),
            (
                "gate.public_hosts = ['a', '${SECRET_1}']",
                "3: gate.public_hosts[1]: ",
            ),
            (
                "limits.connections = '${SECRET_1}'",
                "3: limits.connections: ",
            ),
            ("map.scope = '${SECRET_1}'", "3: map.scope: "),
            ("map.cookie_domain = 'a.${HOST}'", "3: map.cookie_domain: "),
            (
                "map.request_fields = ['${SECRET_1}']",
                "3: map.request_fields[0]: ",
            ),
            (
                "map.request_fields = ['${HOST}', '${HOST}']",
                "3: map.request_fields: ",
            ),
            (
                "document.post_processors = ['${SECRET_1}']",
                "3: document.post_processors[0]: ",
            ),
            (
                "html = [{ select = '${SECRET_1}>', remove = true }]",
                "3: html[0].select: ",
            ),
            (
                "html = [{ select = 'p', rename = '${SECRET_1}' }]",
                "3: html[0].rename: ",
            ),
            (
                "route = [{ path = '${SECRET_1}', origin = 'https://a.example' }]",
                "3: route[0].path: ",
            ),
            ("tls.certificate = '${SECRET_1}'", "3: tls.certificate: "),
        ] {
            let faults = faults(&format!("{ORIGIN}{text}"));
            assert!(faults.starts_with(&format!("f:{place}'")), "{faults}");
            assert!(
                faults.contains("stands for a value that is not valid here"),
                "{faults}"
            );
            let lower = faults.to_lowercase();
            assert!(
                !lower.contains("s3cret") && !lower.contains("o.example"),
                "{faults}"
            );
        }
        // What has nothing to do with the value is said as ever.
        let rule = faults(&format!("{ORIGIN}html = [{{ select = '${{SECRET_1}}' }}]"));
        assert!(rule.contains("the rule has no action"), "{rule}");
    }
}
