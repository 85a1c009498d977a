//! Handlers of start tags that are written in code: an extension of the gate, beside the rules.

use std::error::Error;
use std::sync::Arc;

use encoding_rs::{Encoding, UTF_8};
use lol_html::html_content::{ContentType, StartTag as Token};
use lol_html::send::Element;
use lol_html::{HandlerResult, Selector};

use super::charset;
use super::rule::SelectorError;

/// Why a handler of start tags fails.
pub type StartTagError = Box<dyn Error + Send + Sync>;

type Handle = dyn Fn(&mut StartTag<'_, '_>) -> Result<(), StartTagError> + Send + Sync;

/// A handler with the selector of the start tags that it is for.
#[derive(Clone)]
pub(crate) struct StartTagHandler {
    source: String,
    selector: Selector,
    handle: Arc<Handle>,
}

impl StartTagHandler {
    /// Compiles a handler for pages in UTF-8.
    ///
    /// # Errors
    /// [`SelectorError`], if lol_html does not take the selector.
    pub(crate) fn new<F>(selector: &str, handle: F) -> Result<Self, SelectorError>
    where
        F: Fn(&mut StartTag<'_, '_>) -> Result<(), StartTagError> + Send + Sync + 'static,
    {
        Ok(Self {
            source: selector.to_owned(),
            selector: compile(selector, Some(UTF_8))?,
            handle: Arc::new(handle),
        })
    }

    /// Returns the handler for pages in a charset.
    pub(super) fn in_charset(&self, charset: Option<&'static Encoding>) -> Self {
        let mut handler = self.clone();
        if !self.source.is_ascii()
            && let Ok(selector) = compile(&self.source, charset)
        {
            handler.selector = selector;
        }
        handler
    }

    /// Returns the selector of the start tags that the handler is for.
    pub(super) fn selector(&self) -> &Selector {
        &self.selector
    }

    /// Calls the handler, unless a rule has removed the element.
    pub(super) fn meet(
        &self,
        element: &mut Element<'_, '_>,
        charset: Option<&'static Encoding>,
    ) -> HandlerResult {
        if element.removed() {
            return Ok(());
        }
        let token = element.start_tag();
        (self.handle)(&mut StartTag { token, charset })
    }
}

fn compile(selector: &str, charset: Option<&'static Encoding>) -> Result<Selector, SelectorError> {
    let encoded = charset::encode_wanted(selector, charset);
    encoded.parse().map_err(|reason| SelectorError {
        selector: selector.to_owned(),
        reason,
    })
}

/// A start tag that a handler of [`GateBuilder::on_start_tag`](crate::GateBuilder::on_start_tag)
/// may change. The page's charset is kept: what the handler writes is encoded in it.
pub struct StartTag<'a, 'page> {
    token: &'a mut Token<'page>,
    charset: Option<&'static Encoding>,
}

impl StartTag<'_, '_> {
    /// Returns the name of the tag, in lower case.
    #[must_use]
    pub fn name(&self) -> String {
        self.token.name()
    }

    /// Returns the value of an attribute as the page writes it, character references and all.
    /// Returns `None` if the tag has no such attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<String> {
        let attributes = self.token.attributes().iter();
        let attribute = attributes
            .into_iter()
            .find(|one| one.name().eq_ignore_ascii_case(name));
        attribute.map(|attribute| {
            let value = attribute.value();
            let charset = self.charset.unwrap_or(UTF_8);
            let bytes = charset::bytes(&value);
            charset.decode_without_bom_handling(&bytes).0.into_owned()
        })
    }

    /// Sets an attribute. `value` is markup: a `"` in it is escaped, and nothing else.
    ///
    /// # Errors
    /// Returns an error if `name` is empty or has a character that no attribute's name can have
    /// (HTML standard §13.1.2.3).
    pub fn set_attribute(&mut self, name: &str, value: &str) -> Result<(), StartTagError> {
        let value = charset::encode_text(value, self.charset);
        Ok(self.token.set_attribute(name, &value)?)
    }

    /// Removes an attribute, if the tag has it.
    pub fn remove_attribute(&mut self, name: &str) {
        self.token.remove_attribute(name);
    }

    /// Inserts markup before the tag.
    pub fn before(&mut self, markup: &str) {
        let markup = charset::encode_text(markup, self.charset);
        self.token.before(&markup, ContentType::Html);
    }

    /// Inserts markup right behind the tag.
    pub fn after(&mut self, markup: &str) {
        let markup = charset::encode_text(markup, self.charset);
        self.token.after(&markup, ContentType::Html);
    }
}
