//! The stage that applies the structure rules to one response, around lol_html.

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::Arc;

use encoding_rs::Encoding;
use lol_html::errors::RewritingError;
use lol_html::html_content::BailOut;
use lol_html::send::HtmlRewriter;

use super::fragments::PageSeams;
use super::handlers::Handling;
use super::held::Held;
use super::inserted::{Inserted, Ready};
use super::progress::{Open, Shared};
use super::rule::{Rule, Target};
use super::sink::Sink;
use super::start_tag::StartTagHandler;
use super::syntax::Syntax;
use super::{AttributeMap, charset};
use crate::config::Position;
use crate::fragment::{Seam, Seams};
use crate::markup::{BodyStart, Prologue, Search, Step};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// Applies structure rules to a page.
pub(super) struct RuleStage {
    /// Gone once nothing is left to do for it, or after its failure: what still comes flows past.
    parser: Option<HtmlRewriter<'static, Sink>>,
    sink: Sink,
    rules: Arc<[Arc<Rule>]>,
    progress: Shared,
    syntax: Syntax,
    /// Whether each element must be seen to the document's end.
    sees_all: bool,
    places: Places,
    held: Held,
    rest: Rest,
    /// Who is told of seams, and how many bytes came before the output of this push.
    seams: Option<(Seams, u64)>,
}

/// The search for the places of the document's head and body.
struct Places {
    /// Looks for the next place. `None` if there is none to look for.
    seeker: Option<Seeker>,
    /// Whether a rule has something for where the body begins.
    wants_body: bool,
    /// The bytes that wait for the seeker to decide.
    undecided: Vec<u8>,
    /// Whether the document has a single byte.
    begun: bool,
}

impl Places {
    fn of(rules: &[Arc<Rule>], syntax: Syntax) -> Self {
        let wants_body = rules.iter().any(|rule| rule.wants_body(syntax));
        let wants_head =
            syntax == Syntax::Html && rules.iter().any(|rule| rule.target == Target::Head);
        let seeker = if wants_head {
            Some(Seeker::Head(Search::default()))
        } else {
            wants_body.then(|| Seeker::Body(Search::default()))
        };
        Self {
            seeker,
            wants_body,
            undecided: Vec::new(),
            begun: false,
        }
    }
}

/// The rest of a page on which lol_html has given up.
struct Rest {
    /// The stage that the rest goes through. `None` if it flows as it is.
    stage: Option<Box<dyn Transform>>,
    /// Whether lol_html has given up.
    begun: bool,
}

/// The search for one place.
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

impl RuleStage {
    #[expect(
        clippy::too_many_arguments,
        reason = "each is another thing, and there is one caller"
    )]
    pub(super) fn new(
        rules: Arc<[Arc<Rule>]>,
        start_tags: &[StartTagHandler],
        charset: Option<&'static Encoding>,
        syntax: Syntax,
        progress: Shared,
        attributes: Option<AttributeMap>,
        rest: Option<Box<dyn Transform>>,
        seams: Option<&PageSeams>,
    ) -> Self {
        let sink = progress.sink();
        let places = Places::of(&rules, syntax);
        let finds_seams = seams.is_some_and(PageSeams::sees_all);
        let sees_all = attributes.is_some() || !start_tags.is_empty() || finds_seams;
        let handlers = Handling {
            rules: &rules,
            start_tags,
            charset,
            syntax,
            progress: &progress,
            needs_nonces: seams.is_some_and(PageSeams::needs_nonces),
        };
        let bail_out = sink.clone();
        // Before the handlers that give out what they hold.
        let mut settings = handlers.settings(
            attributes,
            move |_: &RewritingError, _: &mut BailOut<'_>| {
                bail_out.give_up();
            },
        );
        if let Some(seams) = seams {
            settings = seams.watch(settings, &progress);
        }
        Self {
            parser: Some(HtmlRewriter::new(settings, sink.clone())),
            sink,
            rules,
            progress,
            syntax,
            sees_all,
            places,
            held: Held::default(),
            rest: Rest {
                stage: rest,
                begun: false,
            },
            seams: seams.map(|page| (page.seams.clone(), 0)),
        }
    }

    /// Tells of the seams in the output from `start` on.
    fn tell_seams(&mut self, start: usize, out: &[u8]) {
        let Some((seams, before)) = &mut self.seams else {
            return;
        };
        for (at, mark) in self.sink.take_marks() {
            let at = before.saturating_add(at.saturating_sub(start) as u64);
            seams.tell(Seam { at, mark });
        }
        *before = before.saturating_add(out.len().saturating_sub(start) as u64);
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
        self.held.took(bytes, out.len() == before);
        if let Err(error) = written {
            self.fail(&error, out);
        } else if !self.sees_all && self.places.seeker.is_none() && self.progress.lock().is_done() {
            // As if the document ended here, lol_html gives out the token whose end it still waits
            // for.
            self.end(out);
        }
    }

    fn end(&mut self, out: &mut Vec<u8>) {
        if let Some(parser) = self.parser.take()
            && let Err(error) = self.sink.collect(out, || parser.end())
        {
            self.fail(&error, out);
        }
    }

    /// Ends the use of lol_html after an error. lol_html has already given out, unmodified, each
    /// byte that it had taken and not written (its graceful bail-out:
    /// <https://github.com/cloudflare/lol-html/pull/320>).
    fn fail(&mut self, error: &RewritingError, out: &mut Vec<u8>) {
        self.give_up(error, self.sink.given_up_at(), out);
    }

    /// Gives up on a page whose elements have names that take too much memory.
    fn give_up_on_names(&mut self, out: &mut Vec<u8>) {
        self.places.seeker = None;
        let held = std::mem::take(&mut self.places.undecided);
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

    /// Lets the rest of the page flow, together with the bytes in `out` from `at` on.
    fn give_up(&mut self, error: &dyn Display, at: usize, out: &mut Vec<u8>) {
        tracing::warn!(%error, "structure rules given up: the rest of the page flows unmodified");
        self.parser = None;
        self.rest.begun = true;
        if self.rest.stage.is_some() {
            let unread = out.split_off(at.min(out.len()));
            self.pass(&unread, out);
        }
    }

    /// Passes on the bytes that come once lol_html is gone.
    fn pass(&mut self, mut bytes: &[u8], out: &mut Vec<u8>) {
        let Some(rest) = self.rest.stage.as_mut().filter(|_| self.rest.begun) else {
            return out.extend_from_slice(bytes);
        };
        let mut block = Vec::new();
        while !bytes.is_empty() && rest.push(&mut bytes, &mut block).is_ok() {
            out.append(&mut block);
        }
        out.extend_from_slice(bytes);
    }

    /// Reads on up to the place that the seeker looks for, or to the end of `bytes`.
    fn seek(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let Some(mut seeker) = self.places.seeker.take() else {
            return self.feed(bytes, out);
        };
        let seen = self.places.undecided.len();
        let mut all = Cow::Borrowed(bytes);
        if seen > 0 {
            let mut held = std::mem::take(&mut self.places.undecided);
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
            self.places.seeker = Some(seeker);
            self.places.undecided = held.to_vec();
        } else {
            self.feed(held, out);
        }
    }

    /// Looks for the next place once `found` was found.
    fn seek_next(&mut self, found: &Seeker) {
        let is_next = matches!(found, Seeker::Head(_)) && self.places.wants_body;
        self.places.seeker =
            (is_next && self.parser.is_some()).then(|| Seeker::Body(Search::default()));
    }

    /// Inserts at this place what the rules have for an element without a tag.
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

    /// Returns the markup that waits for the ends of elements.
    fn waiting(&self, open: Vec<Open>) -> impl Iterator<Item = &Inserted> {
        open.into_iter()
            .filter_map(|open| Some(self.rules.get(open.rule)?.markup_at_end(open.content)))
            .flatten()
    }

    /// Inserts what waits for the ends of elements that the document's end closes.
    fn close_open_elements(&mut self, out: &mut Vec<u8>) {
        let (open, appended) = self.progress.lock().end();
        insert(self.waiting(open), &self.progress, out);
        if self.syntax == Syntax::Html {
            let appended = appended.into_iter().filter_map(|index| {
                let markup = self.rules.get(index)?.markup_at(Position::Append)?;
                self.progress.lock().appends(index);
                Some(markup)
            });
            insert(appended, &self.progress, out);
        }
    }
}

impl Transform for RuleStage {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        let start = out.len();
        self.places.begun |= !input.is_empty();
        while !input.is_empty() && out.len() < BLOCK {
            let step = match self.parser {
                Some(_) => self.held.step(input, || self.progress.lock().may_remove()),
                None => BLOCK,
            };
            let mut slice = input.get(..step).unwrap_or(input);
            let mut over = None;
            if self.parser.is_some() {
                over = self.held.exceeds_at(slice);
                slice = over.and_then(|at| slice.get(..at)).unwrap_or(slice);
            }
            *input = input.get(slice.len()..).unwrap_or_default();
            self.seek(slice, out);
            if over.is_some() {
                self.give_up_on_names(out);
            }
        }
        self.tell_seams(start, out);
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        let start = out.len();
        while let Some(seeker) = self.places.seeker.take() {
            if self.places.begun && seeker.may_end() {
                self.imply(&seeker, out);
                self.seek_next(&seeker);
            }
        }
        let held = std::mem::take(&mut self.places.undecided);
        self.feed(&held, out);
        if self.parser.is_some() {
            self.end(out);
            if self.places.begun {
                self.close_open_elements(out);
            }
        }
        self.tell_seams(start, out);
        match &mut self.rest.stage {
            Some(rest) if self.rest.begun => rest.finish(out),
            _ => Ok(()),
        }
    }
}

fn split(bytes: &[u8], at: usize) -> (&[u8], &[u8]) {
    bytes.split_at_checked(at).unwrap_or((bytes, &[]))
}

/// Returns what the rules insert into a head that is implied, in the order that rules after one
/// another on a written one give: a later rule stands closer to the tag.
fn markup_of_head(rules: &[Arc<Rule>]) -> impl Iterator<Item = &Inserted> {
    let of_head = || rules.iter().filter(|rule| rule.target == Target::Head);
    let prepended = of_head().rev();
    let prepended = prepended.filter_map(|rule| rule.markup_at(Position::Prepend));
    prepended.chain(of_head().filter_map(|rule| rule.markup_at(Position::Append)))
}

fn insert<'a>(markup: impl Iterator<Item = &'a Inserted>, progress: &Shared, out: &mut Vec<u8>) {
    for inserted in markup {
        match progress.write(inserted) {
            Ready::Markup(markup) => out.extend_from_slice(&charset::bytes(&markup)),
            Ready::Seam(sink, mark) => sink.mark_at(out.len(), mark),
        }
    }
}
