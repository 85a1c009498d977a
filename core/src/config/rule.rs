//! What makes a structure rule a valid one.

use super::HtmlRule;

/// Checks what a rule says as a whole: a selector that lol_html takes, at least one action, actions that can stand together.
pub(super) fn check(rule: HtmlRule) -> Result<HtmlRule, String> {
    let inserted = [
        ("prepend", &rule.prepend),
        ("append", &rule.append),
        ("before", &rule.before),
        ("after", &rule.after),
    ];
    let inserts = inserted
        .iter()
        .filter(|(_, markup)| markup.is_some())
        .map(|(name, _)| *name);
    let actions: Vec<&str> = inserts
        .chain((!rule.set.is_empty()).then_some("set"))
        .collect();
    match (actions.first(), rule.remove) {
        (None, false) => Err(
            "the rule has no action: give it prepend, append, before, after, set or remove"
                .to_owned(),
        ),
        (Some(action), true) => Err(format!(
            "remove cannot stand beside {action}: a rule of its own, with the same selector, can do the other"
        )),
        _ => Ok(rule),
    }
}

pub(super) fn selector(text: String) -> Result<String, String> {
    match text.parse::<lol_html::Selector>() {
        Ok(_) => Ok(text),
        Err(error) => Err(format!(
            "{text:?} is no selector: {}",
            error.to_string().trim_end_matches('.')
        )),
    }
}

pub(super) fn markup(text: String) -> Result<String, String> {
    if text.is_empty() {
        Err("the markup is empty".to_owned())
    } else {
        Ok(text)
    }
}

/// HTML standard §13.1.2.3, and only ASCII, so that it exists in whichever charset the page has.
pub(super) fn attribute_name(text: &str) -> Result<(), String> {
    let valid = |byte: u8| byte.is_ascii_graphic() && !b"\"'<>/=`".contains(&byte);
    if !text.is_empty() && text.bytes().all(valid) {
        Ok(())
    } else {
        Err(format!("{text:?} is no attribute name"))
    }
}
