//! What makes a structure rule a valid one.

use super::{HtmlRule, media_type};
use crate::html;

/// Names of elements that an element must not be made: a parser would read what follows in another way, or drop the tags.
/// Elements without content (HTML standard §13.1.2), those whose content is no markup, and those that stand only in
/// one place.
const NOT_A_NEW_NAME: &[&str] = &[
    "area",
    "base",
    "basefont",
    "bgsound",
    "body",
    "br",
    "col",
    "embed",
    "frame",
    "frameset",
    "head",
    "hr",
    "html",
    "iframe",
    "image",
    "img",
    "input",
    "keygen",
    "link",
    "math",
    "meta",
    "noembed",
    "noframes",
    "noscript",
    "param",
    "plaintext",
    "script",
    "source",
    "style",
    "svg",
    "textarea",
    "title",
    "track",
    "wbr",
    "xmp",
];

/// Checks what a rule says as a whole: a selector that lol_html takes, at least one action, actions that can stand together.
pub(super) fn check(rule: HtmlRule) -> Result<HtmlRule, String> {
    let inserted = [
        ("prepend", &rule.prepend),
        ("append", &rule.append),
        ("before", &rule.before),
        ("after", &rule.after),
        ("inner", &rule.inner),
    ];
    let actions: Vec<&str> = inserted
        .iter()
        .map(|(name, markup)| (*name, markup.is_some()))
        .chain([
            ("set", !rule.set.is_empty()),
            ("unset", !rule.unset.is_empty()),
            ("rename", rule.rename.is_some()),
            ("replace_text", !rule.replace_text.is_empty()),
            ("unwrap", rule.unwrap),
            ("remove", rule.remove),
        ])
        .filter_map(|(name, is_set)| is_set.then_some(name))
        .collect();
    if actions.is_empty() {
        return Err(
            "the rule has no action: give it prepend, append, before, after, inner, set, unset, rename, replace_text, \
             unwrap or remove"
                .to_owned(),
        );
    }
    let apart = |action: &str, others: &[&str]| {
        let other = actions.iter().find(|other| others.contains(other))?;
        actions.contains(&action).then(|| {
            format!(
                "{action} cannot stand beside {other}: a rule of its own, with the same selector, can do the other"
            )
        })
    };
    let all_but_remove: Vec<&str> = actions
        .iter()
        .copied()
        .filter(|action| *action != "remove")
        .collect();
    let apart = apart("remove", &all_but_remove)
        .or_else(|| apart("unwrap", &["set", "unset", "rename"]))
        .or_else(|| apart("replace_text", &["inner"]));
    if let Some(fault) = apart {
        return Err(fault);
    }
    if let Some((name, _)) = rule.set.iter().find(|(name, _)| rule.unset.contains(name)) {
        return Err(format!("the attribute {name:?} is both set and unset"));
    }
    let has_tags = |markup: &str| !html::tags(markup).is_empty();
    if rule.nonce
        && !inserted
            .iter()
            .any(|(_, markup)| markup.as_deref().is_some_and(has_tags))
    {
        return Err(
            "nonce has nothing to act on: no markup has a script, style or link tag".to_owned(),
        );
    }
    Ok(rule)
}

pub(super) fn selector(text: &str) -> Result<String, String> {
    match text.parse::<lol_html::Selector>() {
        Ok(_) => Ok(text.to_owned()),
        Err(error) => Err(format!(
            "{text:?} is no selector: {}",
            error.to_string().trim_end_matches('.')
        )),
    }
}

pub(super) fn markup(text: &str) -> Result<String, String> {
    not_empty(text, "the markup is empty")
}

/// Checks the text that `replace_text` looks for.
pub(super) fn found(text: &str) -> Result<String, String> {
    not_empty(text, "there is nothing to find")
}

fn not_empty(text: &str, fault: &str) -> Result<String, String> {
    if text.is_empty() {
        Err(fault.to_owned())
    } else {
        Ok(text.to_owned())
    }
}

/// Returns the name of an attribute (HTML standard §13.1.2.3) in lower case, as lol_html writes it.
/// Only ASCII is allowed, so that the name exists in whichever charset the page has.
pub(super) fn attribute_name(text: &str) -> Result<String, String> {
    let valid = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>/=`".contains(&byte);
    if !text.is_empty() && text.bytes().all(valid) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("{text:?} is no attribute name"))
    }
}

/// The new name of an element: lower case, as HTML is read.
pub(super) fn element_name(text: &str) -> Result<String, String> {
    let name = text.to_ascii_lowercase();
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:".contains(&byte);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.bytes().all(valid) {
        return Err(format!("{text:?} is no element name"));
    }
    if NOT_A_NEW_NAME.contains(&name.as_str()) {
        return Err(format!(
            "an element cannot be made a {name}: a browser reads what follows in another way"
        ));
    }
    Ok(name)
}

/// A pattern for the request's path.
pub(super) fn path_pattern(text: &str) -> Result<String, String> {
    if text.starts_with(['/', '*']) && !text.contains(['?', '#']) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "{text:?} is no pattern for a path: it is as \"/news/*\", and has neither query nor fragment"
        ))
    }
}

/// A type that rules can act on: HTML, or XML.
pub(super) fn markup_type(text: &str) -> Result<String, String> {
    let entry = media_type::processable(text)?;
    if entry.ends_with("+xml")
        || matches!(entry.as_str(), "text/html" | "text/xml" | "application/xml")
    {
        Ok(entry)
    } else {
        Err(format!(
            "{text:?} is no markup: rules act on text/html, and on XML as \"application/xhtml+xml\", \"image/svg+xml\" or \"+xml\""
        ))
    }
}
