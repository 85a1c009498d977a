//! The stage around lol_html for one response.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, PoisonError};

use lol_html::errors::RewritingError;
use lol_html::send::{Element, ElementContentHandlers, HtmlRewriter, Settings};
use lol_html::{AsciiCompatibleEncoding, HandlerResult, MemorySettings, OutputSink, Selector};

use super::progress::Shared;
use super::prologue::{Prologue, Step};
use super::{AttributeMap, MEMORY_LIMIT, Rule, Target, action, attributes};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// How much lol_html gets at a time: after each slice it may be left, and the output is looked at.
const SLICE: usize = 8 * 1024;

/// The first bytes of UTF-16's byte order marks, which outdo whatever charset is declared (Encoding Standard, "BOM sniff").
/// Nothing in such a page is what it seems to lol_html, and nothing of ours may be put into it.
const UTF_16_MARKS: [u8; 2] = [0xFE, 0xFF];

pub(super) struct Rewriter {
    /// Gone once nothing is left to do for it, or after its failure: what still comes flows past.
    parser: Option<HtmlRewriter<'static, Sink>>,
    sink: Sink,
    rules: Arc<[Rule]>,
    encoding: AsciiCompatibleEncoding,
    progress: Shared,
    /// While the place of the document's head is looked for.
    prologue: Option<Prologue>,
    /// What the prologue holds back.
    held: Vec<u8>,
    /// Whether each element must be seen to the document's end.
    maps_attributes: bool,
    /// Whether the document has a single byte.
    begun: bool,
    /// Whether lol_html gave out nothing for the last bytes that it got.
    silent: bool,
}

impl Rewriter {
    pub(super) fn new(
        rules: Arc<[Rule]>,
        encoding: AsciiCompatibleEncoding,
        attributes: Option<AttributeMap>,
    ) -> Self {
        let progress = Shared::new(rules.clone());
        let sink = Sink::default();
        let prologue = rules
            .iter()
            .any(|rule| rule.target == Target::Head)
            .then(Prologue::default);
        let maps_attributes = attributes.is_some();
        let settings = settings(&rules, encoding, attributes, &progress);
        Self {
            parser: Some(HtmlRewriter::new(settings, sink.clone())),
            sink,
            rules,
            encoding,
            progress,
            prologue,
            held: Vec::new(),
            maps_attributes,
            begun: false,
            silent: false,
        }
    }

    #[cfg(test)]
    pub(super) fn has_left(&self) -> bool {
        self.parser.is_none()
    }

    /// Gives bytes to lol_html, and leaves it if that was the last that it had to do.
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let Some(parser) = &mut self.parser else {
            out.extend_from_slice(bytes);
            return;
        };
        let before = out.len();
        let written = self.sink.collect(out, || parser.write(bytes));
        self.silent = out.len() == before && !bytes.is_empty();
        if let Err(error) = written {
            self.fail(&error);
        } else if !self.maps_attributes && self.prologue.is_none() && self.progress.lock().is_done()
        {
            // As if the document ended here, lol_html gives out the token whose end it still waits for.
            self.end(out);
        }
    }

    /// How much of `input` is taken at a time.
    ///
    /// While lol_html holds a long tag, or drops what a rule removes, that is no more than up to the next `<` or `>`. So it
    /// never holds more than the tag, and gives out nothing but the tag should that be over the memory limit: neither
    /// depends on how the input was cut.
    fn step(&self, input: &[u8]) -> usize {
        if self.parser.is_none() {
            return BLOCK;
        }
        if !self.silent && !self.progress.lock().removes() {
            return SLICE;
        }
        let ends_at = |(index, byte): (usize, &u8)| match byte {
            b'>' => Some(index + 1),
            b'<' if index > 0 => Some(index),
            _ => None,
        };
        let mut near = input.iter().take(SLICE).enumerate();
        near.find_map(ends_at).unwrap_or(SLICE)
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if let Some(parser) = self.parser.take()
            && let Err(error) = self.sink.collect(out, || parser.end())
        {
            self.fail(&error);
        }
    }

    /// lol_html has already given out, as it was, each byte that it had taken and not written (its graceful bail-out).
    fn fail(&mut self, error: &RewritingError) {
        tracing::warn!(%error, "structure rules given up: the rest of the page flows unmodified");
        self.parser = None;
    }

    /// Reads on until the place of the head is found, or to the end of `bytes`.
    fn seek_head(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let Some(mut prologue) = self.prologue.take() else {
            return self.feed(bytes, out);
        };
        // Where the bytes begin that are held back and lie in `bytes`; those in `self.held` lie before.
        let mut hold = if self.held.is_empty() { None } else { Some(0) };
        for (index, byte) in bytes.iter().enumerate() {
            match prologue.step(*byte) {
                Step::Hold => {
                    hold.get_or_insert(index);
                }
                Step::Pass => hold = None,
                Step::Written => return self.feed_held_and(bytes, out),
                Step::Implied => {
                    let before = if self.held.is_empty() {
                        hold.unwrap_or(index)
                    } else {
                        0
                    };
                    let (before, rest) = bytes.split_at_checked(before).unwrap_or((bytes, &[]));
                    self.feed(before, out);
                    self.imply_head(out);
                    return self.feed_held_and(rest, out);
                }
            }
            if hold.is_none() && !self.held.is_empty() {
                let held = std::mem::take(&mut self.held);
                self.feed(&held, out);
            }
        }
        let (passed, held) = bytes
            .split_at_checked(hold.unwrap_or(bytes.len()))
            .unwrap_or((bytes, &[]));
        self.feed(passed, out);
        if self.parser.is_some() {
            self.prologue = Some(prologue);
            self.held.extend_from_slice(held);
        } else {
            self.feed(held, out);
        }
    }

    fn feed_held_and(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        self.feed(&held, out);
        self.feed(bytes, out);
    }

    /// Inserts here what the rules have for a head without a tag.
    fn imply_head(&mut self, out: &mut Vec<u8>) {
        if self.parser.is_some() {
            self.progress.lock().head_is_implied();
            insert(
                action::markup_of_implied_head(&self.rules),
                self.encoding,
                out,
            );
        }
    }

    /// Inserts what waits for the ends of elements that the document's end closes.
    fn close_open_elements(&mut self, out: &mut Vec<u8>) {
        let (open, appended) = self.progress.lock().end();
        let waiting = open
            .into_iter()
            .filter_map(|open| Some(action::markup_at_end(self.rules.get(open.rule)?, open)))
            .flatten();
        insert(waiting, self.encoding, out);
        let appended = appended
            .into_iter()
            .filter_map(|index| self.rules.get(index)?.action.append.as_deref());
        insert(appended, self.encoding, out);
    }
}

impl Transform for Rewriter {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        if let Some(first) = input.first()
            && !self.begun
        {
            self.begun = true;
            if UTF_16_MARKS.contains(first) {
                self.parser = None;
                self.prologue = None;
            }
        }
        while !input.is_empty() && out.len() < BLOCK {
            let step = self.step(input);
            let (slice, rest) = input.split_at_checked(step).unwrap_or((input, &[]));
            *input = rest;
            if self.prologue.is_some() {
                self.seek_head(slice, out);
            } else {
                self.feed(slice, out);
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        if let Some(prologue) = self.prologue.take() {
            if self.begun && prologue.may_end() {
                self.imply_head(out);
            }
            self.feed_held_and(&[], out);
        }
        if self.parser.is_some() {
            self.end(out);
            if self.begun {
                self.close_open_elements(out);
            }
        }
        Ok(())
    }
}

fn insert<'a>(
    markup: impl Iterator<Item = &'a str>,
    encoding: AsciiCompatibleEncoding,
    out: &mut Vec<u8>,
) {
    let encoding: &'static encoding_rs::Encoding = encoding.into();
    for text in markup {
        out.extend_from_slice(&encoding.encode(text).0);
    }
}

type Handlers = ElementContentHandlers<'static>;

fn settings<'rules>(
    rules: &'rules Arc<[Rule]>,
    encoding: AsciiCompatibleEncoding,
    attributes: Option<AttributeMap>,
    progress: &Shared,
) -> Settings<'static, 'rules> {
    let mut settings = Settings::new_send()
        .with_encoding(encoding)
        .with_strict(false)
        .with_graceful_bail_out_on_content_handler_error(true)
        .with_memory_settings(
            MemorySettings::new()
                .with_preallocated_parsing_buffer_size(2 * SLICE)
                .with_max_allowed_memory_usage(MEMORY_LIMIT)
                .with_graceful_bail_out_on_memory_limit_exceeded(true),
        );
    if let Some(map) = attributes {
        settings = handle(settings, "*", move |element| attributes::map(&map, element));
    }
    let any = |wanted: fn(&Rule) -> bool| rules.iter().any(wanted);
    let ends_head = any(|rule| rule.target == Target::Head && rule.acts_at_end());
    if ends_head || any(|rule| rule.target == Target::Body) {
        let (templates, framesets) = (progress.clone(), progress.clone());
        settings = handle(settings, "template", move |element| {
            action::watch_template(&templates, element)
        });
        settings = handle(settings, "frameset", move |_| {
            framesets.lock().enter_frameset();
            Ok(())
        });
    }
    if ends_head {
        let (rules, progress) = (rules.clone(), progress.clone());
        settings = handle(settings, "body", move |element| {
            action::watch_body(&rules, &progress, element);
            Ok(())
        });
    }
    for (index, rule) in rules.iter().enumerate() {
        let (shared, progress) = (rules.clone(), progress.clone());
        let handlers = Handlers::default().element(move |element: &mut Element<'_, '_>| {
            action::apply(&shared, index, &progress, element)
        });
        settings =
            settings.append_element_content_handler((Cow::Borrowed(&rule.selector), handlers));
    }
    settings
}

/// Adds a handler of our own, for elements with a name (which alone is a selector), or for all.
fn handle<'rules>(
    settings: Settings<'static, 'rules>,
    name: &str,
    handler: impl FnMut(&mut Element<'_, '_>) -> HandlerResult + Send + 'static,
) -> Settings<'static, 'rules> {
    match name.parse::<Selector>() {
        Ok(selector) => settings.append_element_content_handler((
            Cow::Owned(selector),
            Handlers::default().element(handler),
        )),
        Err(_) => settings,
    }
}

/// Where lol_html writes: the output of the push that is under way.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    /// Lends `out` to lol_html while `work` runs.
    fn collect<T>(&self, out: &mut Vec<u8>, work: impl FnOnce() -> T) -> T {
        let swap = |out: &mut Vec<u8>| {
            let mut written = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::swap(&mut *written, out);
        };
        swap(out);
        let result = work();
        swap(out);
        result
    }
}

impl OutputSink for Sink {
    fn handle_chunk(&mut self, chunk: &[u8]) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .extend_from_slice(chunk);
    }
}
