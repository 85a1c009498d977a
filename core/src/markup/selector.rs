//! Selectors of tags: a type, an id, classes and attributes (Selectors Level 4 §4 to 6), and
//! nothing about what is around the tag.

use std::borrow::Cow;

use super::reference;
use super::tag;

/// Says which start tags are meant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Selector {
    /// The name, in lower case. `None`: any.
    name: Option<String>,
    /// What the attributes must be. There is one at least, or a name.
    conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Condition {
    /// The attribute of this name, in lower case, is there, with this value if there is one.
    Attribute(String, Option<String>),
    /// A class is among those of `class`.
    Class(String),
}

impl Selector {
    /// Reads a selector.
    ///
    /// # Errors
    /// Returns why it is none.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        parse(text).ok_or_else(|| {
            format!(
                "{text:?} is no selector of a tag: it is as \"div.state\", \"#state\" or \
                 \"[data-state]\", and says nothing about other elements"
            )
        })
    }

    /// Returns whether the name of a tag, in any letter case, leaves it open whether the tag is
    /// meant.
    pub(crate) fn may_mean(&self, name: &[u8]) -> bool {
        let is_it = |own: &String| own.as_bytes().eq_ignore_ascii_case(name);
        self.name.as_ref().is_none_or(is_it)
    }

    /// Returns whether a whole start tag, from its `<` on, is meant.
    pub(crate) fn means(&self, tag: &[u8]) -> bool {
        let name = name(tag);
        self.may_mean(name) && {
            let (attributes, _) = tag::attributes(tag, 1 + name.len());
            // Of two attributes of one name, the first counts.
            let value = |wanted: &str| {
                let is_it = |attribute: &&tag::Attribute| {
                    let written = tag.get(attribute.name.clone()).unwrap_or_default();
                    written.eq_ignore_ascii_case(wanted.as_bytes())
                };
                let attribute = attributes.iter().find(is_it)?;
                tag.get(attribute.value.clone())
                    .map(String::from_utf8_lossy)
            };
            self.conditions.iter().all(|it| it.is_true(&value))
        }
    }
}

impl Condition {
    fn is_true<'a>(&self, value: &dyn Fn(&str) -> Option<Cow<'a, str>>) -> bool {
        match self {
            Self::Attribute(name, None) => value(name).is_some(),
            Self::Attribute(name, Some(wanted)) => {
                value(name).is_some_and(|value| reference::decode(&value) == wanted.as_str())
            }
            Self::Class(class) => value("class").is_some_and(|value| {
                let value = reference::decode(&value);
                value.split_ascii_whitespace().any(|own| own == class)
            }),
        }
    }
}

/// Returns the name of a start tag, from its `<` on, as it is written.
fn name(tag: &[u8]) -> &[u8] {
    let behind = tag.get(1..).unwrap_or_default();
    let end = behind
        .iter()
        .position(|byte| matches!(byte, b'\t' | b'\n' | b'\x0C' | b'\r' | b' ' | b'/' | b'>'));
    end.and_then(|end| behind.get(..end)).unwrap_or(behind)
}

fn parse(text: &str) -> Option<Selector> {
    let mut rest = text;
    let name = match rest.strip_prefix('*') {
        Some(behind) => {
            rest = behind;
            None
        }
        None => identifier(&mut rest)
            .filter(|name| !name.is_empty())
            .map(|name| name.to_ascii_lowercase()),
    };
    let mut conditions = Vec::new();
    while let Some(kind) = rest.chars().next() {
        rest = rest.get(1..)?;
        let of = identifier(&mut rest).filter(|name| !name.is_empty())?;
        conditions.push(match kind {
            '#' => Condition::Attribute("id".to_owned(), Some(of)),
            '.' => Condition::Class(of),
            '[' => {
                let value = match rest.strip_prefix('=') {
                    Some(behind) => {
                        rest = behind;
                        Some(value(&mut rest)?)
                    }
                    None => None,
                };
                rest = rest.strip_prefix(']')?;
                Condition::Attribute(of.to_ascii_lowercase(), value)
            }
            _ => return None,
        });
    }
    let is_any = name.is_none() && conditions.is_empty();
    (!is_any).then_some(Selector { name, conditions })
}

/// Reads an identifier off the front of a text, which may have none. A backslash stands before a
/// character that has a meaning otherwise.
fn identifier(rest: &mut &str) -> Option<String> {
    let mut name = String::new();
    let mut characters = rest.chars();
    loop {
        *rest = characters.as_str();
        match characters.next() {
            Some('\\') => match characters.next() {
                Some(escaped) if !escaped.is_ascii_hexdigit() && !escaped.is_control() => {
                    name.push(escaped);
                }
                _ => return None,
            },
            Some(plain) if plain.is_alphanumeric() || matches!(plain, '-' | '_') => {
                name.push(plain);
            }
            _ => return Some(name),
        }
    }
}

/// Reads the value of an attribute off the front of a text: an identifier, or a text in quotes,
/// which has no escapes.
fn value(rest: &mut &str) -> Option<String> {
    let quote = rest
        .chars()
        .next()
        .filter(|quote| matches!(quote, '"' | '\''));
    let Some(quote) = quote else {
        return identifier(rest).filter(|value| !value.is_empty());
    };
    let (value, behind) = rest.get(1..)?.split_once(quote)?;
    *rest = behind;
    (!value.contains('\\')).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::Selector;

    #[test]
    fn a_selector_means_the_tags_that_have_all_it_says() {
        for (selector, tag, expected) in [
            ("div", "<DIV>", true),
            ("div", "<div/>", true),
            ("div", "<divs>", false),
            ("x-state", "<x-state a>", true),
            ("#a", "<p id=a>", true),
            ("#a", "<p id='a b'>", false),
            ("#a", "<p ID=\"&#97;\">", true),
            ("#a", "<p id=b id=a>", false),
            ("p.a.b", "<p class='b  x\na'>", true),
            ("p.a.b", "<p class='b'>", false),
            ("p.a", "<b class=a>", false),
            ("*.a", "<b class=a>", true),
            ("[data-x]", "<b data-x>", true),
            ("[Data-X]", "<b dAta-x=''>", true),
            ("[data-x]", "<b data-xy>", false),
            (r"[wire\:snapshot]", "<div wire:snapshot='{}'>", true),
            ("input[name=token]", "<input name=token>", true),
            ("input[name=token]", "<input name=Token>", false),
            (
                "script[type='application/json']#s",
                "<script id=s type=application/json>",
                true,
            ),
            ("[a=\"x y\"]", "<b a='x y'>", true),
            ("[b]", "<a href='[b]' c=\"b\">", false),
        ] {
            let parsed = Selector::parse(selector).expect(selector);
            assert_eq!(parsed.means(tag.as_bytes()), expected, "{selector} {tag}");
        }
    }

    #[test]
    fn what_is_about_other_elements_is_no_selector_of_a_tag() {
        for text in [
            "",
            "*",
            "a b",
            "a>b",
            "a,b",
            "a:hover",
            "::x",
            ".",
            "#",
            "[",
            "[]",
            "[a",
            "[a=]",
            "[a=b",
            "[a='b]",
            "[a^=b]",
            "[a=b i]",
            "[a]]",
            r"\61",
            "a\\",
            "[a='\\62']",
            " a",
        ] {
            let error = Selector::parse(text).expect_err(text);
            assert!(error.starts_with(&format!("{text:?} is no selector of a tag")));
        }
    }
}
