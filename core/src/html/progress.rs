//! What the rules have done to one response so far, shared by the handlers inside of lol_html and
//! the stage around it.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::inserted::{Inserted, Ready, SeamOf};
use super::markup::Markup;
use super::nonce::Nonces;
use super::rule::{Rule, Target};
use super::sink::Sink;
use crate::config::Position;
use crate::counts::Counts;
use crate::csp::Purpose;
use crate::fragment::Mark;

/// A [`Progress`] with many owners. lol_html's handlers must be `Send`, hence the lock; nobody ever
/// waits for it.
#[derive(Clone)]
pub(super) struct Shared(Arc<Mutex<Progress>>);

impl Shared {
    pub(super) fn new(rules: Arc<[Arc<Rule>]>, tally: Tally, nonces: Nonces) -> Self {
        let fired = vec![false; rules.len()];
        Self(Arc::new(Mutex::new(Progress {
            live: rules.len(),
            rules,
            fired,
            tally,
            open: Vec::new(),
            templates: 0,
            cuts_template: None,
            body: Body::Unseen,
            nonces,
            sink: Sink::default(),
            fallback: false,
            start_tag: None,
            end_tag: None,
        })))
    }

    /// Returns where lol_html writes.
    pub(super) fn sink(&self) -> Sink {
        self.lock().sink.clone()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Progress> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what is inserted, with the nonces that are known by now.
    pub(super) fn write<'m>(&self, inserted: &'m Inserted) -> Ready<'m> {
        match inserted {
            Inserted::Markup(markup) => Ready::Markup(self.text(markup)),
            Inserted::Seam(seam) => {
                let (sink, mark) = self.mark(*seam, None);
                Ready::Seam(sink, mark)
            }
        }
    }

    /// Returns markup, with the nonces that are known by now.
    pub(super) fn text<'m>(&self, markup: &'m Markup) -> Cow<'m, str> {
        if markup.has_places() {
            markup.with(&self.lock().nonces)
        } else {
            markup.with(&Nonces::default())
        }
    }

    /// Returns the mark of a seam, at which the page itself names `src`, and where it is noted.
    pub(super) fn mark(&self, seam: SeamOf, src: Option<Cow<'_, str>>) -> (Sink, Mark) {
        let progress = self.lock();
        let nonce = progress.nonces.of(Purpose::Script);
        let mark = Mark {
            fragment: seam.fragment,
            src: src.map(Cow::into_owned),
            nonce: nonce.filter(|_| seam.nonce).map(str::to_owned),
        };
        (progress.sink.clone(), mark)
    }
}

/// Counts on how many elements the rules of a page act.
pub(super) struct Tally {
    counts: Counts,
    /// The place of each rule in its table of the configuration.
    places: Vec<usize>,
}

impl Tally {
    pub(super) fn new(counts: Counts, places: Vec<usize>) -> Self {
        Self { counts, places }
    }

    /// Counts an element on which rule `index` acts: of a rule that acts once, the first alone, in
    /// however many places it acts.
    pub(super) fn count(&self, index: usize, once: bool) {
        if let Some(&place) = self.places.get(index)
            && !(once && self.counts.has_acted(place))
        {
            self.counts.rule(place);
        }
    }
}

pub(super) struct Progress {
    rules: Arc<[Arc<Rule>]>,
    /// Which rules have acted, by their index.
    fired: Vec<bool>,
    tally: Tally,
    /// How many rules may still act on elements to come.
    live: usize,
    /// Elements at whose end a rule acts, in the order in which they opened.
    open: Vec<Open>,
    /// How many `template` elements are open.
    templates: usize,
    /// The end tag, by where it stands, that came last of those which are not a template's and end
    /// one for lol_html.
    cuts_template: Option<usize>,
    body: Body,
    /// The nonces of the policies that apply by now.
    pub(super) nonces: Nonces,
    /// Where lol_html writes.
    sink: Sink,
    /// Whether an element is open whose content is for browsers that cannot do what it is about.
    pub(super) fallback: bool,
    /// The tags that were met last: where they stand, and their names as they came.
    start_tag: Option<(usize, String)>,
    end_tag: Option<(usize, String)>,
}

/// The state of the document's body.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Body {
    Unseen,
    Seen,
    /// It has no tag of its own; one that still comes only adds attributes.
    Implied,
    /// The document has a frameset in its place.
    Never,
}

/// An element at whose end a rule acts.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    /// Where the element's start tag stands, in bytes of the input, which tells elements apart.
    pub(super) element: usize,
    /// The rule's index.
    pub(super) rule: usize,
    /// Whether the element's content is kept, so that something can be appended to it.
    pub(super) content: bool,
}

impl Progress {
    /// Returns whether nothing is left to do for any element to come, nor for one that is open.
    pub(super) fn is_done(&self) -> bool {
        self.live == 0 && self.open.is_empty()
    }

    /// Returns whether content of the page is being removed, or may be from the next element on.
    pub(super) fn may_remove(&self) -> bool {
        // Nothing opens inside of what is removed.
        let innermost = self.open.last().map(|open| open.element);
        let is_open = |index| {
            let open = self.open.iter().rev();
            open.take_while(|open| Some(open.element) == innermost)
                .any(|open| open.rule == index)
        };
        let mut rules = self.rules.iter().zip(&self.fired).enumerate();
        rules.any(|(index, (rule, fired))| {
            let is_live = !(*fired && rule.acts_once());
            rule.removes_content() && (is_live || is_open(index))
        })
    }

    /// Returns whether rule `index` acts on an element that its selector matches now. `removed`
    /// says whether an earlier rule removed the element.
    pub(super) fn admit(&mut self, index: usize, removed: bool) -> bool {
        let Some(rule) = self.rules.get(index).map(Arc::clone) else {
            return false;
        };
        let acts_once = rule.acts_once();
        match rule.target {
            Target::Elements if removed => return false,
            // A `body` tag inside of a template is dropped by the parser (HTML standard
            // §13.2.6.4.22).
            Target::Body if self.templates > 0 => return false,
            _ => {}
        }
        let Some(fired) = self.fired.get_mut(index) else {
            return false;
        };
        if acts_once && *fired {
            return false;
        }
        if !*fired && acts_once {
            self.live = self.live.saturating_sub(1);
        }
        *fired = true;
        if !removed {
            self.tally.count(index, acts_once);
        }
        !removed
    }

    fn retire(&mut self, target: Target) {
        for index in 0..self.rules.len() {
            if self
                .rules
                .get(index)
                .is_some_and(|rule| rule.target == target)
            {
                self.admit(index, true);
            }
        }
    }

    /// Notes that the document's head is implied: its rules will find no tag.
    pub(super) fn head_is_implied(&mut self) {
        for (index, rule) in self.rules.iter().enumerate() {
            let inserts = |at| rule.markup_at(at).is_some();
            if rule.target == Target::Head
                && (inserts(Position::Prepend) || inserts(Position::Append))
            {
                self.tally.count(index, true);
            }
        }
        self.retire(Target::Head);
    }

    /// Notes that a rule of the body acts where the body ends without a tag.
    pub(super) fn appends(&self, index: usize) {
        self.tally.count(index, true);
    }

    pub(super) fn enter_template(&mut self) {
        self.templates += 1;
    }

    /// Notes that lol_html ends a template at the end tag at `at`, whether that is its own or not.
    pub(super) fn leave_template(&mut self, at: usize, name: String) {
        self.templates = self.templates.saturating_sub(1);
        if self.name_of_end(at, name) != "template" {
            self.cuts_template = Some(at);
        }
    }

    /// Returns whether the end tag at `at` stands in a template. The parser drops it there, so it
    /// ends neither the head nor the body (HTML standard §13.2.6.4.22), and what waits for their
    /// end goes on waiting.
    pub(super) fn drops_end(&self, rule: &Rule, at: usize) -> bool {
        let stands_in_template = self.templates > 0 || self.cuts_template == Some(at);
        // What removes content does that, in lol_html, up to this tag.
        rule.target != Target::Elements && !rule.removes_content() && stands_in_template
    }

    /// Notes a `frameset` tag, which stands for the body unless that has begun.
    pub(super) fn enter_frameset(&mut self) {
        if self.body == Body::Unseen && self.templates == 0 {
            self.body = Body::Never;
            self.retire(Target::Body);
        }
    }

    /// Notes a `body` tag. Returns what still waits for the end of the head, which is here at the
    /// latest.
    pub(super) fn enter_body(&mut self) -> Vec<Open> {
        if self.body != Body::Unseen || self.templates > 0 {
            return Vec::new();
        }
        self.body = Body::Seen;
        self.end_head()
    }

    /// Notes that the document's body begins without a tag. Returns what still waits for the end of
    /// the head, and which rules prepend to the body.
    pub(super) fn imply_body(&mut self) -> (Vec<Open>, Vec<usize>) {
        if self.body != Body::Unseen {
            return (Vec::new(), Vec::new());
        }
        self.body = Body::Implied;
        let mut prepending = Vec::new();
        for index in 0..self.rules.len() {
            let Some(rule) = self.rules.get(index).map(Arc::clone) else {
                continue;
            };
            if rule.target == Target::Body && rule.markup_at(Position::Prepend).is_some() {
                prepending.push(index);
                self.tally.count(index, true);
                if rule.only_prepends() {
                    self.admit(index, true);
                }
            }
        }
        (self.end_head(), prepending)
    }

    /// Returns whether the body has begun without a tag, so that everything prepended to it is
    /// there already.
    pub(super) fn body_is_implied(&self) -> bool {
        self.body == Body::Implied
    }

    /// Returns whether a policy counts in a `meta` element that stands here (HTML standard
    /// §4.2.5.3).
    pub(super) fn takes_policies(&self) -> bool {
        self.body == Body::Unseen && self.templates == 0
    }

    fn end_head(&mut self) -> Vec<Open> {
        let rules = &self.rules;
        let of_head = |open: &Open| {
            rules
                .get(open.rule)
                .is_some_and(|rule| rule.target == Target::Head && !rule.removes_content())
        };
        // A head whose content is removed goes on, for lol_html, up to its parent's end.
        let (head, rest) = self.open.drain(..).partition(of_head);
        self.open = rest;
        head
    }

    /// Returns the name of a start tag as the page has it, whatever rules have made of it.
    pub(super) fn name_of_start(&mut self, at: usize, name: String) -> String {
        let name = first_name(&mut self.start_tag, at, name);
        name.to_owned()
    }

    /// Returns the name of an end tag as the page has it.
    pub(super) fn name_of_end(&mut self, at: usize, name: String) -> &str {
        first_name(&mut self.end_tag, at, name)
    }

    /// Returns whether rule `index` acts on an element that is open.
    pub(super) fn is_open(&self, index: usize) -> bool {
        self.open.iter().rev().any(|open| open.rule == index)
    }

    pub(super) fn open(&mut self, open: Open) {
        self.open.push(open);
    }

    /// Returns an element's content was removed: what was appended to it is gone too.
    pub(super) fn drop_content(&mut self, element: usize) {
        for open in self
            .open
            .iter_mut()
            .rev()
            .take_while(|open| open.element == element)
        {
            open.content = false;
        }
    }

    /// Returns an element's end has come for a rule. `None` if it had come before.
    pub(super) fn close(&mut self, element: usize, rule: usize) -> Option<Open> {
        let position = self
            .open
            .iter()
            .rposition(|open| (open.element, open.rule) == (element, rule))?;
        Some(self.open.remove(position))
    }

    /// Returns the document's end: what waits for the ends of elements that are still open,
    /// innermost first, and then which rules append to a body that is implied.
    pub(super) fn end(&mut self) -> (Vec<Open>, Vec<usize>) {
        let mut open = std::mem::take(&mut self.open);
        open.sort_by_key(|open| Reverse(open.element));
        let unfired = self.fired.iter().zip(self.rules.iter()).enumerate();
        let appended = unfired
            .filter(|(_, (fired, rule))| !**fired && rule.target == Target::Body)
            .map(|(index, _)| index)
            .collect();
        (open, appended)
    }
}

/// Returns the name that a tag had when it was met first.
fn first_name(met: &mut Option<(usize, String)>, at: usize, name: String) -> &str {
    match met {
        Some((known, _)) if *known == at => {}
        _ => *met = Some((at, name)),
    }
    met.as_ref().map_or("", |(_, name)| name)
}
