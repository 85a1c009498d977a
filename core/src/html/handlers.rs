//! What lol_html calls back for: the rules, and what must be known of a page to act by them.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use encoding_rs::{Encoding, WINDOWS_1252};
use lol_html::errors::RewritingError;
use lol_html::html_content::{BailOut, ContentType, TextChunk};
use lol_html::send::{Element, ElementContentHandlers, Settings};
use lol_html::{AsciiCompatibleEncoding, HandlerResult, MemorySettings, Selector};

use super::limits::{MEMORY_LIMIT, SLICE};
use super::progress::Shared;
use super::rule::{Rule, Target};
use super::start_tag::StartTagHandler;
use super::syntax::Syntax;
use super::text::Replacer;
use super::{AttributeMap, attributes, charset, element, watch};

type Handlers = ElementContentHandlers<'static>;

/// The parts that lol_html's handlers are made of.
pub(super) struct Handling<'a> {
    pub(super) rules: &'a Arc<[Arc<Rule>]>,
    pub(super) start_tags: &'a [StartTagHandler],
    pub(super) charset: Option<&'static Encoding>,
    pub(super) syntax: Syntax,
    pub(super) progress: &'a Shared,
    /// Whether something besides the rules depends on the page's nonces.
    pub(super) needs_nonces: bool,
}

impl<'a> Handling<'a> {
    /// Makes lol_html's settings. `bail_out` is called first when lol_html gives up.
    pub(super) fn settings(
        &self,
        attributes: Option<AttributeMap>,
        bail_out: impl FnMut(&RewritingError, &mut BailOut<'_>) + Send + 'static,
    ) -> Settings<'static, 'a> {
        let encoding = AsciiCompatibleEncoding::new(WINDOWS_1252)
            .unwrap_or_else(AsciiCompatibleEncoding::utf_8);
        let mut settings = Settings::new_send()
            .with_encoding(encoding)
            .with_strict(false)
            .with_graceful_bail_out_on_content_handler_error(true)
            .with_memory_settings(
                MemorySettings::new()
                    .with_preallocated_parsing_buffer_size(2 * SLICE)
                    .with_max_allowed_memory_usage(MEMORY_LIMIT)
                    .with_graceful_bail_out_on_memory_limit_exceeded(true),
            )
            .append_bail_out_handler(bail_out);
        if let Some(map) = attributes {
            settings = handle(settings, "*", move |element| attributes::map(&map, element));
        }
        settings = self.watch(settings);
        let mut replacers = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let (rules, progress, syntax) =
                (self.rules.clone(), self.progress.clone(), self.syntax);
            let mut handlers = Handlers::default().element(move |element: &mut Element<'_, '_>| {
                element::apply(&rules, index, syntax, &progress, element)
            });
            if let Some(texts) = rule.texts() {
                let replacer = Replacer::new(texts.clone(), self.charset, self.syntax);
                let replacer = Arc::new(Mutex::new(replacer));
                replacers.push(Arc::clone(&replacer));
                let progress = self.progress.clone();
                handlers = handlers.text(move |chunk: &mut TextChunk<'_>| {
                    replace(&replacer, index, &progress, chunk);
                    Ok(())
                });
            }
            let selector = Cow::Borrowed(&*rule.selector);
            settings = settings.append_element_content_handler((selector, handlers));
        }
        for handler in self.start_tags {
            let (charset, selector) = (self.charset, Cow::Borrowed(handler.selector()));
            let handler = handler.clone();
            let handlers = Handlers::default()
                .element(move |element: &mut Element<'_, '_>| handler.meet(element, charset));
            settings = settings.append_element_content_handler((selector, handlers));
        }
        if replacers.is_empty() {
            return settings;
        }
        settings.append_bail_out_handler(move |_: &RewritingError, end: &mut BailOut<'_>| {
            // What a later rule holds came out of an earlier one.
            for replacer in replacers.iter().rev() {
                let held = replacer
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .held();
                end.append(&charset::text(&held), ContentType::Html);
            }
        })
    }

    /// Adds what must be known of a page besides the elements that rules act on.
    fn watch(&self, mut settings: Settings<'static, 'a>) -> Settings<'static, 'a> {
        let any = |wanted: &dyn Fn(&Rule) -> bool| self.rules.iter().any(|rule| wanted(rule));
        let ends_head = any(&|rule| rule.target == Target::Head && rule.acts_at_end());
        let takes_policies = (self.needs_nonces || any(&Rule::needs_nonces))
            && !self.progress.lock().nonces.are_complete();
        if ends_head || takes_policies || any(&|rule| rule.target == Target::Body) {
            let (templates, framesets) = (self.progress.clone(), self.progress.clone());
            settings = handle(settings, "template", move |element| {
                watch::template(&templates, element)
            });
            settings = handle(settings, "frameset", move |_| {
                framesets.lock().enter_frameset();
                Ok(())
            });
        }
        if ends_head || takes_policies {
            let (rules, progress) = (self.rules.clone(), self.progress.clone());
            settings = handle(settings, "body", move |element| {
                watch::body(&rules, &progress, element);
                Ok(())
            });
        }
        if takes_policies {
            let progress = self.progress.clone();
            settings = handle(settings, "meta[http-equiv][content]", move |element| {
                watch::policy(&progress, element);
                Ok(())
            });
        }
        if any(&|rule| rule.texts().is_some()) {
            let progress = self.progress.clone();
            let fallbacks = "noscript, iframe, noembed, noframes";
            settings = handle(settings, fallbacks, move |element| {
                watch::fallback(&progress, element)
            });
        }
        settings
    }
}

/// Replaces text for rule `index`, where it acts.
fn replace(replacer: &Mutex<Replacer>, index: usize, progress: &Shared, chunk: &mut TextChunk<'_>) {
    let acts = {
        let progress = progress.lock();
        progress.is_open(index) && !progress.fallback
    };
    if acts {
        let mut replacer = replacer.lock().unwrap_or_else(PoisonError::into_inner);
        let (text, last) = (chunk.text_type(), chunk.last_in_text_node());
        if let Some(text) = replacer.push(chunk.as_str(), text, last) {
            chunk.set_str(text);
        }
    }
}

/// Adds a handler of our own, for elements that a selector finds.
pub(super) fn handle<'rules>(
    settings: Settings<'static, 'rules>,
    selector: &str,
    handler: impl FnMut(&mut Element<'_, '_>) -> HandlerResult + Send + 'static,
) -> Settings<'static, 'rules> {
    match selector.parse::<Selector>() {
        Ok(selector) => settings.append_element_content_handler((
            Cow::Owned(selector),
            Handlers::default().element(handler),
        )),
        Err(_) => settings,
    }
}
