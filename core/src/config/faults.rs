//! Finds every fault of a configuration and not only the first one: reads the document again and
//! again, each time without the key that was at fault.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue, Deserializer};

use super::Config;
use super::environment::Environment;
use super::error::{ConfigError, ConfigFinding, covers};
use super::raw::RawConfig;

/// The most faults that are looked for.
const MOST: usize = 64;
/// A place that no text has, for keys that were not in the text.
const NOWHERE: Range<usize> = usize::MAX..usize::MAX;

/// A fault, and what is to be done about it before the document is read on.
struct Fault {
    found: ConfigFinding,
    span: Range<usize>,
    cause: Cause,
}

enum Cause {
    /// The key or the value at the fault's place.
    Value,
    /// Values that do not go together.
    Values,
    /// That there is no key of this name.
    Missing(String),
}

impl Config {
    /// Reads and checks a configuration without an environment: each variable in it must have a
    /// default. `source` names the file, or whatever else `text` came from, in errors.
    ///
    /// ```
    /// use streamgate::Config;
    ///
    /// let text = r#"
    ///     [origin]
    ///     url = "https://origin.example.com"
    ///
    ///     [[html]]
    ///     select  = "head"
    ///     prepend = '<script src="/tag.js"></script>'
    ///     once    = true
    /// "#;
    /// let config = Config::from_toml(text, "streamgate.toml")?;
    /// assert_eq!(config.origin.url.host(), Some("origin.example.com"));
    /// # Ok::<(), streamgate::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] for all faults: what is no TOML, unknown keys, values that are not valid or
    /// do not go together. Where a line is no TOML, nothing is told that could follow from it.
    pub fn from_toml(text: &str, source: &str) -> Result<Self, ConfigError> {
        Self::from_toml_with(text, source, |_| None)
    }

    /// Reads and checks a configuration as [`Config::from_toml`] does. `${NAME}` in a value is what
    /// `environment` holds under this name, `${NAME:-default}` has a default, and `$${NAME}` stands
    /// for itself. Names consist of capital letters, digits and `_`.
    ///
    /// ```
    /// use streamgate::Config;
    ///
    /// let text = "origin.url = 'https://${HOST}:${PORT:-8443}'";
    /// let environment = |name: &str| (name == "HOST").then(|| "origin.example.com".to_owned());
    /// let config = Config::from_toml_with(text, "streamgate.toml", environment)?;
    /// assert_eq!(config.origin.url, "https://origin.example.com:8443/");
    /// # Ok::<(), streamgate::ConfigError>(())
    /// ```
    ///
    /// # Errors
    /// [`ConfigError`] as there, and for a variable that is neither in the environment nor has a
    /// default. None shows what the environment holds.
    pub fn from_toml_with(
        text: &str,
        source: &str,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, ConfigError> {
        let (mut document, faults) = DeTable::parse_recoverable(text);
        let mut found: Vec<ConfigFinding> = faults
            .iter()
            .map(|error| ConfigFinding::locate(error, text, source))
            .collect();
        // Where the syntax of a line is wrong, the parser guesses how it goes on.
        found.sort_by_key(ConfigFinding::line);
        found.dedup_by_key(|fault| fault.line());
        let is_toml = found.is_empty();
        let text = &match is_toml {
            true => Cow::Borrowed(text),
            false => Cow::Owned(without_faults(text, &found)),
        };
        if !is_toml {
            let (rest, faults) = DeTable::parse_recoverable(text);
            if !faults.is_empty() {
                return Err(ConfigError::of_all(found));
            }
            document = rest;
        }
        let mut environment = Environment::put_into(document.get_mut(), &environment);
        let unset = environment.unset.drain(..);
        found.extend(unset.map(|fault| ConfigFinding::misplaced(fault, text, source)));
        for _ in 0..MOST {
            let mut fault = match checked(&document, text, source) {
                Ok(config) if found.is_empty() => return Ok(config),
                Ok(_) => break,
                Err(fault) => fault,
            };
            if let Some(message) = environment.hidden(&fault.span, fault.found.message(), text) {
                fault.found.replace_message(message);
            }
            // What is missing because the value was refused and taken out is no fault of its own,
            // nor is the other one of two values that do not go together.
            let is_known = |known: &ConfigFinding| {
                let is_other =
                    matches!(fault.cause, Cause::Values) && known.is_beside(&fault.found);
                known.is_within(&fault.found) || is_other
            };
            let may_follow = !is_toml && fault.may_follow_from_a_lack(text);
            if !may_follow && !found.iter().any(is_known) {
                found.push(fault.found);
            }
            let document = document.get_mut();
            let is_mended = match &fault.cause {
                Cause::Missing(name) => fill(document, &fault.span, name),
                Cause::Values if take_out_route(document, &fault.span) => true,
                Cause::Value | Cause::Values => take_out(document, &fault.span),
            };
            if !is_mended {
                break;
            }
        }
        Err(ConfigError::of_all(found))
    }
}

impl Fault {
    /// Returns whether there might be no such fault if the lines that are no TOML were there.
    fn may_follow_from_a_lack(&self, text: &str) -> bool {
        let place = text.get(self.span.clone()).unwrap_or_default();
        // What is wrong with a whole rule or route is placed at its header.
        !matches!(self.cause, Cause::Value) || place.starts_with("[[")
    }
}

/// Returns a text in which spaces stand for the lines that have a fault. If the line may have been
/// a header, they also stand for what would be below it.
fn without_faults(text: &str, faults: &[ConfigFinding]) -> String {
    let mut is_headless = false;
    let lines = text.split_inclusive('\n').enumerate().map(|(index, line)| {
        let is_faulty = faults.iter().any(|fault| fault.line() == index + 1);
        let is_header = line.trim_start().starts_with('[');
        is_headless = match is_faulty {
            true => is_header || is_headless || !line.contains('='),
            false => is_headless && !is_header,
        };
        match is_faulty || is_headless {
            true => line
                .bytes()
                .map(|byte| if byte == b'\n' { '\n' } else { ' ' })
                .collect(),
            false => line.to_owned(),
        }
    });
    lines.collect()
}

/// Reads a document whose syntax is right.
fn checked(
    document: &Spanned<DeTable<'_>>,
    text: &str,
    source: &str,
) -> Result<Config, Box<Fault>> {
    RawConfig::deserialize(Deserializer::from(document.clone()))
        .map_err(|error| Fault {
            found: ConfigFinding::locate(&error, text, source),
            span: error.span().unwrap_or(0..0),
            cause: error
                .message()
                .strip_prefix("missing field `")
                .and_then(|rest| rest.strip_suffix('`'))
                .map_or(Cause::Value, |name| Cause::Missing(name.to_owned())),
        })?
        .check()
        .map_err(|fault| {
            Box::new(Fault {
                span: fault.span.clone(),
                found: ConfigFinding::misplaced(fault, text, source),
                cause: Cause::Values,
            })
        })
}

/// Takes the route out that `span` is in, as its other values mean something else without this one.
/// Returns whether there is one.
fn take_out_route(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    match table.get_mut("route").map(Spanned::get_mut) {
        Some(DeValue::Array(routes)) => keep(routes, |route| !holds(route, span)),
        _ => false,
    }
}

/// Returns whether `span` is in a value, or in what the value consists of.
fn holds(value: &Spanned<DeValue<'_>>, span: &Range<usize>) -> bool {
    covers(&value.span(), span)
        || match value.get_ref() {
            DeValue::Table(table) => table
                .iter()
                .any(|(name, value)| covers(&name.span(), span) || holds(value, span)),
            DeValue::Array(items) => items.iter().any(|item| holds(item, span)),
            _ => false,
        }
}

/// Keeps those items of an array that are wanted. Returns whether there were others.
fn keep(items: &mut DeArray<'_>, is_wanted: impl Fn(&Spanned<DeValue<'_>>) -> bool) -> bool {
    let before = items.len();
    let mut kept = DeArray::new();
    for item in items.iter().filter(|item| is_wanted(item)) {
        kept.push(item.clone());
    }
    *items = kept;
    items.len() < before
}

/// Takes the innermost key or item out whose name or value covers `span`. Returns whether there is
/// one.
fn take_out(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    let mut gone = None;
    for (name, value) in table.iter_mut() {
        if take_out_of(value, span) {
            return true;
        }
        if covers(&name.span(), span) || covers(&value.span(), span) {
            gone = Some(name.get_ref().clone().into_owned());
            break;
        }
    }
    gone.is_some_and(|name| table.remove(name.as_str()).is_some())
}

fn take_out_of(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>) -> bool {
    let items = match value.get_mut() {
        DeValue::Table(table) => return take_out(table, span),
        DeValue::Array(items) => items,
        _ => return false,
    };
    items.iter_mut().any(|item| take_out_of(item, span))
        || keep(items, |item| !covers(&item.span(), span))
}

/// Puts a key into the table at `span` that misses it, with a value that is as good as any. Returns
/// whether there is such a table.
fn fill(table: &mut DeTable<'_>, span: &Range<usize>, name: &str) -> bool {
    if name == "origin" && !table.contains_key(name) {
        let mut origin = DeTable::new();
        put(&mut origin, "url");
        let origin = Spanned::new(NOWHERE, DeValue::Table(origin));
        table.insert(Spanned::new(NOWHERE, Cow::Owned(name.to_owned())), origin);
        return true;
    }
    let mut values = table.iter_mut().map(|(_, value)| value);
    values.any(|value| fill_in(value, span, name))
}

fn fill_in(value: &mut Spanned<DeValue<'_>>, span: &Range<usize>, name: &str) -> bool {
    let is_here = covers(&value.span(), span);
    match value.get_mut() {
        DeValue::Table(table) => {
            let mut values = table.iter_mut().map(|(_, value)| value);
            values.any(|value| fill_in(value, span, name)) || is_here && put(table, name)
        }
        DeValue::Array(items) => items.iter_mut().any(|item| fill_in(item, span, name)),
        _ => false,
    }
}

fn put(table: &mut DeTable<'_>, name: &str) -> bool {
    let value = match name {
        "url" | "origin" => "https://origin.invalid",
        _ => "p",
    };
    let value = Spanned::new(NOWHERE, DeValue::String(Cow::Borrowed(value)));
    let name = Spanned::new(NOWHERE, Cow::Owned(name.to_owned()));
    table.insert(name, value).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> String {
        let error = Config::from_toml(text, "f").expect_err(text);
        error.to_string()
    }

    #[test]
    fn every_fault_of_a_file_is_reported_in_the_order_of_its_lines() {
        let text = r#"
[origin]
url = "ftp://o.example"
publik = "https://www.example"
aliases = ["x", "https://a.example", "y"]
connect_timeout = 5

[gate]
buffer_limit = "1 MB"
explain = "yes"
processable = ["text/html", ""]

[map]
scope = "all"
cookie_domain = "com"

[[html]]
prepend = ""

[[html]]
select = "p>"
remove = true
removed = true

[[route]]
path = "img"
origin = "https://i.example"

[[route]]
origin = "i.example"

[documents]
"#;
        let expected = [
            r#"f:3: origin.url: "ftp://o.example" is no origin: its scheme must be http or https"#,
            "f:4: origin.publik: unknown key (did you mean public?)",
            r#"f:5: origin.aliases[0]: "x" is no origin: it must start with http:// or https://"#,
            r#"f:5: origin.aliases[2]: "y" is no origin: it must start with http:// or https://"#,
            "f:6: origin.connect_timeout: invalid type: integer `5`, expected a string",
            r#"f:9: gate.buffer_limit: "1 MB" is no size: a size is as "1 MiB", "512 KiB" or "65536" (bytes)"#,
            r#"f:10: gate.explain: invalid type: string "yes", expected a boolean"#,
            r#"f:11: gate.processable[1]: "" is no media type: an entry is as "text/html" or "+json", without parameters or wildcards"#,
            "f:14: map.scope: unknown variant `all`, expected `everywhere` or `attributes`",
            r#"f:15: map.cookie_domain: "com" is no domain of cookies: it has one label only"#,
            "f:17: html[0].select: missing",
            "f:18: html[0].prepend: the markup is empty",
            r#"f:21: html[1].select: "p>" is no selector: Dangling combinator in selector"#,
            "f:23: html[1].removed: unknown key (did you mean remove?)",
            r#"f:26: route[0].path: "img" is no path of a route: it must start with a slash"#,
            r#"f:30: route[1].origin: "i.example" is no origin: it must start with http:// or https://"#,
            "f:32: documents: unknown key (did you mean document?)",
        ];
        assert_eq!(faults(text), expected.join("\n"));
        let error = Config::from_toml(text, "f").expect_err(text);
        assert_eq!(error.faults().len(), expected.len());
        for fault in error.faults() {
            assert!(fault.help().is_some(), "{fault}");
        }
    }

    #[test]
    fn a_line_that_is_no_toml_has_one_fault_and_hides_none_but_its_own() {
        assert_eq!(
            faults("[origin]\nurl = x y\nhost = 'a\npublic = 5\n"),
            "f:2: origin.url: string values must be quoted, expected literal string\n\
             f:3: invalid literal string, expected `'`\n\
             f:4: origin.public: invalid type: integer `5`, expected a string"
        );
        // What is below a header is of a table that cannot be told.
        assert_eq!(
            faults("[[html]\nselect = 'p'\n[gate]\nexplain = 5\n[map]\nscope = 'ä\nback = 5"),
            "f:1: unclosed array table, expected `]`\n\
             f:4: gate.explain: invalid type: integer `5`, expected a boolean\n\
             f:6: invalid literal string, expected `'`\n\
             f:7: map.back: invalid type: integer `5`, expected a boolean"
        );
        // A rule may have its action in such a line, and a route its public host.
        assert_eq!(
            faults(
                "[origin]\nurl = 'http://o.example'\npublic = x y\n[[html]]\nselect = 'p'\n\
                 remove = yes no\n[[route]]\npublic = 'http://a.example'\n\
                 origin = 'http://b.example'"
            ),
            "f:3: origin.public: string values must be quoted, expected literal string\n\
             f:6: html[0].remove: string values must be quoted, expected literal string"
        );
        // Whatever ends it hides what comes before.
        assert_eq!(
            faults("[origin]\nurl = 5\naliases = [\n'a'\n[gate]\nexplain = 5"),
            "f:5: missing comma between array elements, expected `,`\n\
             f:6: missing comma between array elements, expected `,`"
        );
    }

    #[test]
    fn a_missing_origin_hides_no_other_fault() {
        assert_eq!(
            faults("[gate]\nexplain = 1\n[[html]]\nselect = 'p'"),
            "f:1: origin: missing\n\
             f:2: gate.explain: invalid type: integer `1`, expected a boolean\n\
             f:3: html[0]: the rule has no action: give it prepend, append, before, after, inner, \
             set, unset, rename, replace_text, unwrap or remove"
        );
        assert_eq!(
            faults("[origin]\nhost = ''\n[origin.x]"),
            "f:1: origin.url: missing\n\
             f:2: origin.host: \"\" is no host: it has no host\n\
             f:3: origin.x: unknown key (known here: url, addresses, public, host, tls_name, \
             aliases, identity, forwarded, connect_timeout, first_byte_timeout, idle_timeout, \
             idle_connections)"
        );
    }

    #[test]
    fn values_that_do_not_go_together_are_each_reported() {
        assert_eq!(
            faults(
                "[origin]\nurl = 'http://o.example'\ntls_name = 'a.example'\n\
                 forwarded = ['x-forwarded-host']\npublic = 'https://www.a.example'\n\
                 [map]\ncookie_domain = 'b.example'"
            ),
            "f:3: origin.tls_name: an origin whose URL starts with http:// has no certificate\n\
             f:4: origin.forwarded: x-forwarded-host tells the public host, which identity = \
             \"origin\" keeps from the origin: identity = \"forwarded\" does not\n\
             f:7: map.cookie_domain: no public host belongs to \"b.example\""
        );
    }
}
