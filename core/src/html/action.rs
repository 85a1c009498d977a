//! What a rule does to an element, at its start tag and where it ends.

use std::borrow::Cow;
use std::sync::Arc;

use lol_html::HandlerResult;
use lol_html::html_content::{ContentType, EndTag};
use lol_html::send::Element;

use super::markup::Markup;
use super::nonce::Nonces;
use super::progress::{Open, Shared};
use super::rule::{Rule, Target};
use super::syntax::Syntax;

const HTML_NAMESPACE: &str = "http://www.w3.org/1999/xhtml";

/// Rule `index` meets an element that its selector matches.
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
    let written = |markup| write(markup, progress);
    if let Some(markup) = &rule.before {
        element.before(&written(markup), ContentType::Html);
    }
    for (name, value) in &rule.set {
        element.set_attribute(name, value)?;
    }
    for name in &rule.source.unset {
        element.remove_attribute(name);
    }
    let is_closed = syntax == Syntax::Xml && element.is_self_closing();
    if is_closed || !element.can_have_content() {
        if let Some(markup) = &rule.after {
            element
                .start_tag()
                .after(&written(markup), ContentType::Html);
        }
        if rule.source.remove || rule.source.unwrap {
            element.start_tag().remove();
        } else if let Some(name) = &rule.source.rename
            // An HTML element that is empty by its name has no end tag, which its new name would need.
            && (is_closed || element.namespace_uri() != HTML_NAMESPACE)
        {
            element.start_tag().set_name(name);
        }
        return Ok(());
    }
    let start = element.source_location().bytes().start;
    // Before the rule renames the element.
    let name = rule
        .acts_at_end()
        .then(|| progress.lock().name_of_start(start, element.tag_name()));
    if let Some(markup) = &rule.inner {
        element.set_inner_content(&written(markup), ContentType::Html);
        progress.lock().drop_content(start);
    }
    let is_late = rule.target == Target::Body && progress.lock().body_is_implied();
    if let Some(markup) = rule.prepend.as_ref().filter(|_| !is_late) {
        element.prepend(&written(markup), ContentType::Html);
    }
    if let Some(name) = &rule.source.rename {
        element.start_tag().set_name(name);
    }
    // Not `Element::remove` or its like: those would take away the end tag of whatever encloses an element without one of
    // its own.
    if rule.source.remove {
        element.set_inner_content("", ContentType::Html);
        element.start_tag().remove();
        progress.lock().drop_content(start);
    }
    if let Some(name) = name {
        await_end(rules, index, progress, element, name)?;
    }
    if rule.source.unwrap {
        element.start_tag().remove();
    }
    Ok(())
}

/// Markup with the nonces that are known by now.
pub(super) fn write<'m>(markup: &'m Markup, progress: &Shared) -> Cow<'m, str> {
    if markup.has_places() {
        markup.with(&progress.lock().nonces)
    } else {
        markup.with(&Nonces::default())
    }
}

fn await_end(
    rules: &Arc<[Arc<Rule>]>,
    index: usize,
    progress: &Shared,
    element: &mut Element<'_, '_>,
    name: String,
) -> HandlerResult {
    let start = element.source_location().bytes().start;
    progress.lock().open(Open {
        element: start,
        rule: index,
        content: !element.removed(),
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

/// `end` is the end tag of the element, whose name is `name`, or that of an element around it, which ends both.
fn apply_at_end(rule: &Rule, open: Open, end: &mut EndTag<'_>, name: &str, progress: &Shared) {
    let at = end.source_location().bytes().start;
    if progress.lock().name_of_end(at, end.name()) != name {
        for markup in markup_at_end(rule, open) {
            end.before(&write(markup, progress), ContentType::Html);
        }
        return;
    }
    if let Some(markup) = rule.append.as_ref().filter(|_| open.content) {
        end.before(&write(markup, progress), ContentType::Html);
    }
    if let Some(markup) = &rule.after {
        end.after(&write(markup, progress), ContentType::Html);
    }
    if rule.source.remove || rule.source.unwrap {
        end.remove();
    } else if let Some(name) = &rule.source.rename {
        end.set_name(name);
    }
}

/// What a rule inserts where an element ends without an end tag of its own.
pub(super) fn markup_at_end(rule: &Rule, open: Open) -> impl Iterator<Item = &Markup> {
    let append = rule.append.as_ref().filter(|_| open.content);
    append.into_iter().chain(&rule.after)
}

/// What the rules insert into a head that is implied, in the order that rules after one another on a written one give:
/// a later rule stands closer to the tag.
pub(super) fn markup_of_implied_head(rules: &[Arc<Rule>]) -> impl Iterator<Item = &Markup> {
    let of_head = || rules.iter().filter(|rule| rule.target == Target::Head);
    let prepended = of_head().rev().filter_map(|rule| rule.prepend.as_ref());
    prepended.chain(of_head().filter_map(|rule| rule.append.as_ref()))
}

/// A `template` tag: what is in it is no part of the document.
pub(super) fn watch_template(progress: &Shared, element: &mut Element<'_, '_>) -> HandlerResult {
    if element.namespace_uri() != HTML_NAMESPACE || !element.can_have_content() {
        return Ok(());
    }
    progress.lock().enter_template();
    let progress = progress.clone();
    element.on_end_tag(Box::new(move |end: &mut EndTag<'_>| {
        let at = end.source_location().bytes().start;
        progress.lock().leave_template(at, end.name());
        Ok(())
    }))
}

/// A `body` tag, which ends a head that has no end tag.
pub(super) fn watch_body(rules: &[Arc<Rule>], progress: &Shared, element: &mut Element<'_, '_>) {
    let head = progress.lock().enter_body();
    for open in head {
        for markup in rules
            .get(open.rule)
            .into_iter()
            .flat_map(|rule| markup_at_end(rule, open))
        {
            element.before(&write(markup, progress), ContentType::Html);
        }
    }
}

/// A `meta` tag, which may hold a policy for what comes after it.
pub(super) fn watch_policy(progress: &Shared, element: &mut Element<'_, '_>) {
    let is_policy = progress.lock().takes_policies()
        && element.namespace_uri() == HTML_NAMESPACE
        && element
            .get_attribute("http-equiv")
            .is_some_and(|pragma| pragma.eq_ignore_ascii_case("content-security-policy"));
    if let Some(content) = element.get_attribute("content").filter(|_| is_policy) {
        progress.lock().nonces.add(Nonces::of_meta(&content));
    }
}

/// An element whose content is markup for browsers without scripts, frames or whatever it is about, and text for all others.
pub(super) fn watch_fallback(progress: &Shared, element: &mut Element<'_, '_>) -> HandlerResult {
    if element.namespace_uri() != HTML_NAMESPACE {
        return Ok(());
    }
    progress.lock().fallback = true;
    let progress = progress.clone();
    element.on_end_tag(Box::new(move |_: &mut EndTag<'_>| {
        progress.lock().fallback = false;
        Ok(())
    }))
}
