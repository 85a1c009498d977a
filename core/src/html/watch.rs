//! What must be known of a page besides the elements that rules act on.

use std::sync::Arc;

use lol_html::HandlerResult;
use lol_html::html_content::EndTag;
use lol_html::send::Element;

use super::element::HTML_NAMESPACE;
use super::nonce::Nonces;
use super::progress::Shared;
use super::rule::Rule;

/// Watches `template` tags: their content is no part of the document.
pub(super) fn template(progress: &Shared, element: &mut Element<'_, '_>) -> HandlerResult {
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

/// Watches `body` tags, which end a head that has no end tag.
pub(super) fn body(rules: &[Arc<Rule>], progress: &Shared, element: &mut Element<'_, '_>) {
    let head = progress.lock().enter_body();
    for open in head {
        let rule = rules.get(open.rule).into_iter();
        for markup in rule.flat_map(|rule| rule.markup_at_end(open.content)) {
            progress.write(markup).before(element);
        }
    }
}

/// Watches `meta` tags, which may hold a policy for what comes after them.
pub(super) fn policy(progress: &Shared, element: &mut Element<'_, '_>) {
    let is_policy = progress.lock().takes_policies()
        && element.namespace_uri() == HTML_NAMESPACE
        && element
            .get_attribute("http-equiv")
            .is_some_and(|pragma| pragma.eq_ignore_ascii_case("content-security-policy"));
    if let Some(content) = element.get_attribute("content").filter(|_| is_policy) {
        progress.lock().nonces.add(Nonces::of_meta(&content));
    }
}

/// Watches elements whose content is markup for browsers without scripts, frames or whatever the
/// element is about, and text for all others.
pub(super) fn fallback(progress: &Shared, element: &mut Element<'_, '_>) -> HandlerResult {
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
