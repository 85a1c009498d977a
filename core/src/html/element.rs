//! A rule meets an element: at its start tag, and where it ends.

use std::sync::Arc;

use lol_html::HandlerResult;
use lol_html::html_content::EndTag;
use lol_html::send::Element;

use super::action::Ending;
use super::progress::{Open, Shared};
use super::rule::{Rule, Target};
use super::syntax::Syntax;
use crate::config::Position;

pub(super) const HTML_NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Applies rule `index` to an element that its selector matches.
pub(super) fn apply(
    rules: &Arc<[Arc<Rule>]>,
    index: usize,
    syntax: Syntax,
    progress: &Shared,
    element: &mut Element<'_, '_>,
) -> HandlerResult {
    let Some(rule) = rules.get(index) else {
        return Ok(());
    };
    if !progress.lock().admit(index, element.removed()) {
        return Ok(());
    }
    let ending = ending(syntax, element);
    if ending != Ending::Tag {
        for action in &rule.actions {
            action.begin(
                element,
                ending,
                |inserted| progress.write(inserted),
                |text| progress.text(text),
            )?;
        }
        return Ok(());
    }
    let start = element.source_location().bytes().start;
    // Before the rule renames the element.
    let name = rule
        .acts_at_end()
        .then(|| progress.lock().name_of_start(start, element.tag_name()));
    // Nothing can be appended to an element that a rule removes, or whose tags an earlier rule did.
    let content = !element.removed() && !rule.removes_element();
    let is_late = rule.target == Target::Body && progress.lock().body_is_implied();
    for action in &rule.actions {
        // What is prepended to an implied body stands where that began.
        if !(is_late && action.markup_at(Position::Prepend).is_some()) {
            action.begin(
                element,
                ending,
                |inserted| progress.write(inserted),
                |text| progress.text(text),
            )?;
        }
    }
    if rule.removes_content() {
        progress.lock().drop_content(start);
    }
    if let Some(name) = name {
        await_end(rules, index, progress, element, name, content)?;
    }
    Ok(())
}

/// Returns how an element ends.
fn ending(syntax: Syntax, element: &Element<'_, '_>) -> Ending {
    if syntax == Syntax::Xml && element.is_self_closing() {
        Ending::Slash
    } else if element.can_have_content() {
        Ending::Tag
    } else if element.namespace_uri() == HTML_NAMESPACE {
        Ending::Name
    } else {
        Ending::Slash
    }
}

/// Applies rule `index` once more where the element, whose name is `name`, ends. `content` says
/// whether the element's content is kept.
fn await_end(
    rules: &Arc<[Arc<Rule>]>,
    index: usize,
    progress: &Shared,
    element: &mut Element<'_, '_>,
    name: String,
    content: bool,
) -> HandlerResult {
    let start = element.source_location().bytes().start;
    progress.lock().open(Open {
        element: start,
        rule: index,
        content,
    });
    let (rules, progress) = (rules.clone(), progress.clone());
    element.on_end_tag(Box::new(move |end: &mut EndTag<'_>| {
        let Some(rule) = rules.get(index) else {
            return Ok(());
        };
        let at = end.source_location().bytes().start;
        if progress.lock().drops_end(rule, at) {
            return Ok(());
        }
        let open = progress.lock().close(start, index);
        if let Some(open) = open {
            apply_at_end(rule, open, end, &name, &progress);
        }
        Ok(())
    }))
}

/// Applies a rule where its element ends. `end` is the end tag of the element, whose name is
/// `name`, or that of an element around it, which ends both.
fn apply_at_end(rule: &Rule, open: Open, end: &mut EndTag<'_>, name: &str, progress: &Shared) {
    let at = end.source_location().bytes().start;
    if progress.lock().name_of_end(at, end.name()) != name {
        for markup in rule.markup_at_end(open.content) {
            progress.write(markup).before_end(end);
        }
        return;
    }
    for action in &rule.actions {
        action.end(end, open.content, |inserted| progress.write(inserted));
    }
}
