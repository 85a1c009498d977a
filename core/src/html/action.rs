//! What a rule does to an element, at its start tag and where it ends.

use std::sync::Arc;

use lol_html::HandlerResult;
use lol_html::html_content::{ContentType, EndTag};
use lol_html::send::Element;

use super::progress::{Open, Shared};
use super::{Rule, Target};

const HTML_NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Rule `index` meets an element that its selector matches.
pub(super) fn apply(
    rules: &Arc<[Rule]>,
    index: usize,
    progress: &Shared,
    element: &mut Element<'_, '_>,
) -> HandlerResult {
    let Some(rule) = rules.get(index) else {
        return Ok(());
    };
    if !progress.lock().admit(index, element.removed()) {
        return Ok(());
    }
    let action = &rule.action;
    if let Some(markup) = &action.before {
        element.before(markup, ContentType::Html);
    }
    if let Some(markup) = &action.prepend {
        element.prepend(markup, ContentType::Html);
    }
    for (name, value) in &action.set {
        element.set_attribute(name, value)?;
    }
    if !element.can_have_content() {
        if let Some(markup) = &action.after {
            element.after(markup, ContentType::Html);
        }
        if action.remove {
            element.remove();
        }
        return Ok(());
    }
    let start = element.source_location().bytes().start;
    if action.remove {
        // Not `Element::remove`: that would take away the end tag of whatever encloses an element without one of its own.
        element.set_inner_content("", ContentType::Html);
        element.start_tag().remove();
        progress.lock().drop_content(start);
    }
    if rule.acts_at_end() {
        await_end(rules, index, progress, element, start)?;
    }
    Ok(())
}

fn await_end(
    rules: &Arc<[Rule]>,
    index: usize,
    progress: &Shared,
    element: &mut Element<'_, '_>,
    start: usize,
) -> HandlerResult {
    progress.lock().open(Open {
        element: start,
        rule: index,
        content: !element.removed(),
    });
    let (rules, progress, name) = (rules.clone(), progress.clone(), element.tag_name());
    element.on_end_tag(Box::new(move |end: &mut EndTag<'_>| {
        if let (Some(open), Some(rule)) = (progress.lock().close(start, index), rules.get(index)) {
            apply_at_end(rule, open, end, &name);
        }
        Ok(())
    }))
}

/// `end` is the element's own end tag, or that of an element around it, which ends both.
fn apply_at_end(rule: &Rule, open: Open, end: &mut EndTag<'_>, name: &str) {
    if end.name() != name {
        for markup in markup_at_end(rule, open) {
            end.before(markup, ContentType::Html);
        }
        return;
    }
    if let Some(markup) = rule.action.append.as_ref().filter(|_| open.content) {
        end.before(markup, ContentType::Html);
    }
    if let Some(markup) = &rule.action.after {
        end.after(markup, ContentType::Html);
    }
    if rule.action.remove {
        end.remove();
    }
}

/// What a rule inserts where an element ends without an end tag of its own.
pub(super) fn markup_at_end(rule: &Rule, open: Open) -> impl Iterator<Item = &str> {
    let append = rule.action.append.as_deref().filter(|_| open.content);
    append.into_iter().chain(rule.action.after.as_deref())
}

/// What the rules insert into a head that is implied, in the order that rules after one another on a written one give:
/// a later rule stands closer to the tag.
pub(super) fn markup_of_implied_head(rules: &[Rule]) -> impl Iterator<Item = &str> {
    let of_head = || {
        rules
            .iter()
            .filter(|rule| rule.target == Target::Head)
            .map(|rule| &rule.action)
    };
    let prepended = of_head()
        .rev()
        .filter_map(|action| action.prepend.as_deref());
    prepended.chain(of_head().filter_map(|action| action.append.as_deref()))
}

/// A `template` tag: what is in it is no part of the document.
pub(super) fn watch_template(progress: &Shared, element: &mut Element<'_, '_>) -> HandlerResult {
    if element.namespace_uri() != HTML_NAMESPACE || !element.can_have_content() {
        return Ok(());
    }
    progress.lock().enter_template();
    let progress = progress.clone();
    element.on_end_tag(Box::new(move |_: &mut EndTag<'_>| {
        progress.lock().leave_template();
        Ok(())
    }))
}

/// A `body` tag, which ends a head that has no end tag.
pub(super) fn watch_body(rules: &[Rule], progress: &Shared, element: &mut Element<'_, '_>) {
    for open in progress.lock().enter_body() {
        for markup in rules
            .get(open.rule)
            .into_iter()
            .flat_map(|rule| markup_at_end(rule, open))
        {
            element.before(markup, ContentType::Html);
        }
    }
}
