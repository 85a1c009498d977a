//! The stage around lol_html for one response.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::Arc;

use encoding_rs::Encoding;
use lol_html::errors::RewritingError;
use lol_html::html_content::BailOut;
use lol_html::send::HtmlRewriter;
use memchr::memchr2;

use super::handlers::Handling;
use super::limits::{MEMORY_LIMIT, SLICE};
use super::markup::Markup;
use super::names::Names;
use super::nonce::Nonces;
use super::progress::{Open, Shared};
use super::rule::{Rule, Target};
use super::sink::Sink;
use super::start_tag::StartTagHandler;
use super::syntax::Syntax;
use super::{AttributeMap, charset};
use crate::config::Position;
use crate::markup::{BodyStart, Prologue, Search, Step};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// As many elements can be open at a time under any circumstances: lol_html takes some 100 bytes
/// for one, and up to twice that as its list grows.
const FEW_TAGS: usize = MEMORY_LIMIT / 512;

pub(super) struct Rewriter {
    /// Gone once nothing is left to do for it, or after its failure: what still comes flows past.
    parser: Option<HtmlRewriter<'static, Sink>>,
    sink: Sink,
    rules: Arc<[Arc<Rule>]>,
    progress: Shared,
    /// While the place of the document's head or body is looked for.
    seeker: Option<Seeker>,
    /// Whether a rule has something for where the body begins.
    wants_body: bool,
    /// What the seeker holds back.
    held: Vec<u8>,
    /// Whether each element must be seen to the document's end.
    sees_all: bool,
    /// What the names of the document's elements take.
    names: Names,
    /// What the rest of a page goes through on which lol_html has given up.
    rest: Option<Box<dyn Transform>>,
    gave_up: bool,
    /// Whether the document has a single byte.
    begun: bool,
    /// Whether lol_html gave out nothing for the last bytes that it got.
    silent: bool,
    /// How many tags lol_html got at most, and whether it ever held a long one: as long as both are
    /// little, it cannot come to its memory limit.
    tags: usize,
    was_silent: bool,
    syntax: Syntax,
}

/// What is looked for.
enum Seeker {
    Head(Search<Prologue>),
    Body(Search<BodyStart>),
}

impl Seeker {
    fn next(&mut self, bytes: &[u8]) -> (usize, Step) {
        match self {
            Self::Head(search) => search.next(bytes),
            Self::Body(search) => search.next(bytes),
        }
    }

    fn may_end(&self) -> bool {
        match self {
            Self::Head(search) => search.may_end(),
            Self::Body(search) => search.may_end(),
        }
    }
}

impl Rewriter {
    pub(super) fn new(
        rules: Arc<[Arc<Rule>]>,
        start_tags: &[StartTagHandler],
        charset: Option<&'static Encoding>,
        syntax: Syntax,
        nonces: Nonces,
        attributes: Option<AttributeMap>,
        rest: Option<Box<dyn Transform>>,
    ) -> Self {
        let progress = Shared::new(rules.clone(), nonces);
        let sink = Sink::default();
        let wants_body = rules.iter().any(|rule| rule.wants_body(syntax));
        let wants_head =
            syntax == Syntax::Html && rules.iter().any(|rule| rule.target == Target::Head);
        let seeker = if wants_head {
            Some(Seeker::Head(Search::default()))
        } else {
            wants_body.then(|| Seeker::Body(Search::default()))
        };
        let sees_all = attributes.is_some() || !start_tags.is_empty();
        let handlers = Handling {
            rules: &rules,
            start_tags,
            charset,
            syntax,
            progress: &progress,
        };
        let bail_out = sink.clone();
        // Before the handlers that give out what they hold.
        let settings = handlers.settings(
            attributes,
            move |_: &RewritingError, _: &mut BailOut<'_>| {
                bail_out.give_up();
            },
        );
        Self {
            parser: Some(HtmlRewriter::new(settings, sink.clone())),
            sink,
            rules,
            progress,
            seeker,
            wants_body,
            held: Vec::new(),
            sees_all,
            names: Names::default(),
            rest,
            gave_up: false,
            begun: false,
            silent: false,
            tags: 0,
            was_silent: false,
            syntax,
        }
    }

    #[cfg(test)]
    pub(super) fn has_left(&self) -> bool {
        self.parser.is_none()
    }

    /// Gives bytes to lol_html, and leaves it if that was the last that it had to do.
    fn feed(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let Some(parser) = &mut self.parser else {
            return self.pass(bytes, out);
        };
        if bytes.is_empty() {
            return;
        }
        let before = out.len();
        let written = self.sink.collect(out, || parser.write(bytes));
        self.silent = out.len() == before;
        self.was_silent |= self.silent;
        self.tags += bytes.iter().filter(|&&byte| byte == b'<').count();
        if let Err(error) = written {
            self.fail(&error, out);
        } else if !self.sees_all && self.seeker.is_none() && self.progress.lock().is_done() {
            // As if the document ended here, lol_html gives out the token whose end it still waits
            // for.
            self.end(out);
        }
    }

    /// How much of `input` is taken at a time.
    ///
    /// While lol_html holds a long tag, or may give up where a rule may remove something, that is
    /// no more than up to the next `<` or `>`. So it never holds more than the tag, and gives out
    /// nothing but the tag should that be over the memory limit: neither depends on how the input
    /// was cut.
    fn step(&self, input: &[u8]) -> usize {
        if self.parser.is_none() {
            return BLOCK;
        }
        // With the shortest tags in the next slice.
        let may_give_up = self.was_silent || self.tags + SLICE / b"<a>".len() >= FEW_TAGS;
        let takes_little = self.silent || (may_give_up && self.progress.lock().may_remove());
        if !takes_little {
            return SLICE;
        }
        let near = input.get(..SLICE).unwrap_or(input);
        if near.starts_with(b">") {
            return 1;
        }
        let behind = near.get(1..).unwrap_or_default();
        match memchr2(b'<', b'>', behind) {
            Some(at) => at + 1 + usize::from(behind.get(at) == Some(&b'>')),
            None => SLICE,
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if let Some(parser) = self.parser.take()
            && let Err(error) = self.sink.collect(out, || parser.end())
        {
            self.fail(&error, out);
        }
    }

    /// lol_html has already given out, as it was, each byte that it had taken and not written (its
    /// graceful bail-out).
    fn fail(&mut self, error: &RewritingError, out: &mut Vec<u8>) {
        self.give_up(error, self.sink.given_up_at(), out);
    }

    /// Gives up on a page whose elements have names that take too much memory.
    fn give_up_on_names(&mut self, out: &mut Vec<u8>) {
        self.seeker = None;
        let held = std::mem::take(&mut self.held);
        self.feed(&held, out);
        let Some(parser) = self.parser.take() else {
            return;
        };
        // As if the document ended here, lol_html gives out what it holds; so it does should it
        // fail.
        let at = out.len();
        let _ = self.sink.collect(out, || parser.end());
        self.give_up(&"the names of its elements are too long", at, out);
    }

    /// Lets the rest of the page flow, together with what is in `out` from `at` on.
    fn give_up(&mut self, error: &dyn Display, at: usize, out: &mut Vec<u8>) {
        tracing::warn!(%error, "structure rules given up: the rest of the page flows unmodified");
        self.parser = None;
        self.gave_up = true;
        if self.rest.is_some() {
            let unread = out.split_off(at.min(out.len()));
            self.pass(&unread, out);
        }
    }

    /// What comes once lol_html is gone.
    fn pass(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        let Some(rest) = self.rest.as_mut().filter(|_| self.gave_up) else {
            return out.extend_from_slice(bytes);
        };
        let mut block = Vec::new();
        while !bytes.is_empty() && rest.push(&mut bytes, &mut block).is_ok() {
            out.append(&mut block);
        }
        out.extend_from_slice(bytes);
    }

    /// Reads on until the place is found that is looked for, or to the end of `bytes`.
    fn seek(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let Some(mut seeker) = self.seeker.take() else {
            return self.feed(bytes, out);
        };
        let seen = self.held.len();
        let mut all = Cow::Borrowed(bytes);
        if seen > 0 {
            let mut held = std::mem::take(&mut self.held);
            held.extend_from_slice(bytes);
            all = Cow::Owned(held);
        }
        let mut hold = (seen > 0).then_some(0);
        let mut index = seen;
        while let Some(rest) = all.get(index..).filter(|rest| !rest.is_empty()) {
            let (read, step) = seeker.next(rest);
            match step {
                Step::Hold => {
                    hold.get_or_insert(index);
                }
                Step::Pass => hold = None,
                Step::Written | Step::Implied => {
                    let (before, rest) = split(&all, hold.unwrap_or(index));
                    self.feed(before, out);
                    if step == Step::Implied {
                        self.imply(&seeker, out);
                    }
                    self.seek_next(&seeker);
                    return self.seek(rest, out);
                }
            }
            index += read;
        }
        let (passed, held) = split(&all, hold.unwrap_or(all.len()));
        self.feed(passed, out);
        if self.parser.is_some() {
            self.seeker = Some(seeker);
            self.held = held.to_vec();
        } else {
            self.feed(held, out);
        }
    }

    /// What is to be looked for once `found` was found.
    fn seek_next(&mut self, found: &Seeker) {
        let is_next = matches!(found, Seeker::Head(_)) && self.wants_body;
        self.seeker = (is_next && self.parser.is_some()).then(|| Seeker::Body(Search::default()));
    }

    /// Inserts here what the rules have for an element without a tag.
    fn imply(&mut self, found: &Seeker, out: &mut Vec<u8>) {
        if self.parser.is_none() {
            return;
        }
        match found {
            Seeker::Head(_) => {
                self.progress.lock().head_is_implied();
                insert(markup_of_head(&self.rules), &self.progress, out);
            }
            Seeker::Body(_) => {
                let (head, prepending) = self.progress.lock().imply_body();
                insert(self.waiting(head), &self.progress, out);
                let prepended = prepending.into_iter().rev();
                let prepended = prepended
                    .filter_map(|index| self.rules.get(index)?.markup_at(Position::Prepend));
                insert(prepended, &self.progress, out);
            }
        }
    }

    /// What waits for the ends of elements.
    fn waiting(&self, open: Vec<Open>) -> impl Iterator<Item = &Markup> {
        open.into_iter()
            .filter_map(|open| Some(self.rules.get(open.rule)?.markup_at_end(open.content)))
            .flatten()
    }

    /// Inserts what waits for the ends of elements that the document's end closes.
    fn close_open_elements(&mut self, out: &mut Vec<u8>) {
        let (open, appended) = self.progress.lock().end();
        insert(self.waiting(open), &self.progress, out);
        if self.syntax == Syntax::Html {
            let appended = appended
                .into_iter()
                .filter_map(|index| self.rules.get(index)?.markup_at(Position::Append));
            insert(appended, &self.progress, out);
        }
    }
}

impl Transform for Rewriter {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.begun |= !input.is_empty();
        while !input.is_empty() && out.len() < BLOCK {
            let step = self.step(input);
            let mut slice = input.get(..step).unwrap_or(input);
            let mut over = None;
            if self.parser.is_some() {
                over = self.names.exceed_at(slice);
                slice = over.and_then(|at| slice.get(..at)).unwrap_or(slice);
            }
            *input = input.get(slice.len()..).unwrap_or_default();
            self.seek(slice, out);
            if over.is_some() {
                self.give_up_on_names(out);
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        while let Some(seeker) = self.seeker.take() {
            if self.begun && seeker.may_end() {
                self.imply(&seeker, out);
                self.seek_next(&seeker);
            }
        }
        let held = std::mem::take(&mut self.held);
        self.feed(&held, out);
        if self.parser.is_some() {
            self.end(out);
            if self.begun {
                self.close_open_elements(out);
            }
        }
        match &mut self.rest {
            Some(rest) if self.gave_up => rest.finish(out),
            _ => Ok(()),
        }
    }
}

fn split(bytes: &[u8], at: usize) -> (&[u8], &[u8]) {
    bytes.split_at_checked(at).unwrap_or((bytes, &[]))
}

/// Returns what the rules insert into a head that is implied, in the order that rules after one
/// another on a written one give: a later rule stands closer to the tag.
fn markup_of_head(rules: &[Arc<Rule>]) -> impl Iterator<Item = &Markup> {
    let of_head = || rules.iter().filter(|rule| rule.target == Target::Head);
    let prepended = of_head().rev();
    let prepended = prepended.filter_map(|rule| rule.markup_at(Position::Prepend));
    prepended.chain(of_head().filter_map(|rule| rule.markup_at(Position::Append)))
}

fn insert<'a>(markup: impl Iterator<Item = &'a Markup>, progress: &Shared, out: &mut Vec<u8>) {
    for markup in markup {
        out.extend_from_slice(&charset::bytes(&progress.write(markup)));
    }
}
