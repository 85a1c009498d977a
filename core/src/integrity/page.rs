//! The stage that maps a page without breaking what its policy and its hashes say.

use super::remover::Remover;
use super::resources::Resources;
use crate::csp::{Policies, Purpose};
use crate::map::PageMapper;
use crate::markup::{Initials, Tags};
use crate::pipeline::{BLOCK, Transform, TransformError};
use crate::script_type::ScriptType;

/// The elements that may stand in a head before a policy and have no policy themselves. Any other
/// start tag ends the search for policies, as the parser ends the head there.
const IN_HEAD: [&[u8]; 10] = [
    b"base",
    b"basefont",
    b"bgsound",
    b"html",
    b"link",
    b"noframes",
    b"noscript",
    b"style",
    b"template",
    b"title",
];

/// What the names begin with that are wanted behind the head.
static TEXTS: Initials = Initials::of(&[b"script", b"style"]);

/// Maps the URLs of a page, and removes the integrity metadata that mapping makes wrong.
///
/// A script or a style that the page's policies allow, if at all, by its hash stays as it is: the
/// head with the hashes goes out before the text is known, and mapped, it would not run. One whose
/// hash is not listed does not run anyway.
pub(crate) struct Page {
    mapper: Box<dyn PageMapper>,
    remover: Option<Remover>,
    policies: Policies,
    /// Reads the page as long as policies, or texts under them, can follow.
    tags: Option<Tags>,
    /// Whether the next byte can be in the page's head.
    in_head: bool,
    /// Whether the next byte is in a text that stays as it is.
    in_untouched: bool,
    /// Whether the log has a line about such a text.
    has_told: bool,
    /// What the mapper gave.
    mapped: Vec<u8>,
}

/// What a tag means for what follows it.
enum Next {
    Nothing,
    /// A policy, as the tag's attribute has it.
    Policy(String),
    /// A text that stays as it is.
    Untouched,
}

impl Page {
    /// Makes the stage. `policies` are those of the response's head, and `resources` those whose
    /// metadata goes. Only in HTML are texts looked at, and policies in `meta` elements. Of an
    /// import map at most `limit` bytes are held.
    pub(crate) fn new(
        mapper: Box<dyn PageMapper>,
        resources: Option<Resources>,
        policies: Policies,
        is_html: bool,
        limit: usize,
    ) -> Self {
        Self {
            mapper,
            remover: resources.map(|resources| Remover::new(resources, limit)),
            policies,
            tags: is_html.then(Tags::default),
            in_head: true,
            in_untouched: false,
            has_told: false,
            mapped: Vec::new(),
        }
    }

    fn piece(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        let (mut done, mut at) = (0, 0);
        while let Some(rest) = piece.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(tags) = &mut self.tags else { break };
            let in_head = self.in_head;
            let initials = if in_head { Initials::all() } else { &TEXTS };
            let (read, is_tag) = tags.next(rest, initials, |name| is_wanted(name, in_head));
            if self.in_untouched && !tags.in_text() {
                self.in_untouched = false;
                out.extend_from_slice(piece.get(done..at).unwrap_or_default());
                done = at;
            }
            at += read;
            if !is_tag {
                continue;
            }
            let next = self.judge();
            if matches!(next, Next::Nothing) {
                continue;
            }
            self.map(piece.get(done..at).unwrap_or_default(), out)?;
            self.pause(out)?;
            done = at;
            match next {
                Next::Nothing => {}
                Next::Policy(content) => self.policies.add_meta(&content),
                Next::Untouched => self.in_untouched = true,
            }
        }
        let rest = piece.get(done..).unwrap_or_default();
        if self.in_untouched {
            out.extend_from_slice(rest);
            return Ok(());
        }
        self.map(rest, out)
    }

    /// Judges a wanted tag that has just ended.
    fn judge(&mut self) -> Next {
        let Some(tags) = &self.tags else {
            return Next::Nothing;
        };
        let text = |name| tags.value(name).map(String::from_utf8_lossy);
        // The attributes of most tags need not be read.
        let asks = |purpose| {
            !self.policies.is_empty()
                && self
                    .policies
                    .ask_for_hash(purpose, text("nonce").as_deref())
        };
        let next = match tags.name() {
            _ if tags.is_end_tag() => Next::Nothing,
            b"meta" if is_policy(text("http-equiv").as_deref()) => match text("content") {
                Some(content) => Next::Policy(content.into_owned()),
                None => Next::Nothing,
            },
            // In foreign content, such a tag has no text.
            _ if tags.is_self_closing() => Next::Nothing,
            b"script" if asks(Purpose::Script) && is_inline_script(tags) => Next::Untouched,
            b"style" if asks(Purpose::Style) => Next::Untouched,
            _ => Next::Nothing,
        };
        let ends_head = match tags.name() {
            b"head" => tags.is_end_tag(),
            b"meta" | b"script" => false,
            name => !tags.is_end_tag() && !IN_HEAD.contains(&name),
        };
        self.in_head &= !ends_head;
        if !self.in_head && self.policies.is_empty() {
            self.tags = None;
        }
        if matches!(next, Next::Untouched) && !self.has_told {
            self.has_told = true;
            tracing::info!(
                "inline scripts or styles stay as they are: the page's policy allows them by hash"
            );
        }
        next
    }

    /// Maps a piece that need not be looked at.
    fn map(&mut self, mut piece: &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !piece.is_empty() {
            if out.len() < BLOCK {
                // What has no metadata stays where the mapper put it.
                let start = out.len();
                out.reserve(piece.len());
                self.mapper.push(&mut piece, out)?;
                if let Some(remover) = &mut self.remover {
                    remover.check(out, start, &self.policies);
                }
                continue;
            }
            self.mapped.clear();
            self.mapper.push(&mut piece, &mut self.mapped)?;
            self.remove(out);
        }
        Ok(())
    }

    /// Appends what the mapper gave, without the metadata that goes.
    fn remove(&mut self, out: &mut Vec<u8>) {
        match &mut self.remover {
            Some(remover) => remover.push(&self.mapped, &self.policies, out),
            None => out.extend_from_slice(&self.mapped),
        }
    }
}

impl Transform for Page {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let (piece, rest) = input.split_at_checked(BLOCK).unwrap_or((input, &[]));
            self.piece(piece, out)?;
            *input = rest;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.mapped.clear();
        self.mapper.finish(&mut self.mapped)?;
        self.remove(out);
        if let Some(remover) = &mut self.remover {
            remover.pause(&self.policies, out);
        }
        Ok(())
    }
}

impl PageMapper for Page {
    fn pause(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.mapped.clear();
        self.mapper.pause(&mut self.mapped)?;
        self.remove(out);
        if let Some(remover) = &mut self.remover {
            remover.pause(&self.policies, out);
        }
        Ok(())
    }
}

/// Returns whether a tag matters: for the place of the head's end and for policies, and behind the
/// head for texts alone.
fn is_wanted(name: &[u8], in_head: bool) -> bool {
    let is = |one: &[u8]| one.eq_ignore_ascii_case(name);
    let is_text = || is(b"script") || is(b"style");
    // Most names begin with none of these letters, and are not compared.
    match name.first().map(u8::to_ascii_lowercase) {
        Some(b's') => is_text() || in_head,
        Some(b'b' | b'h' | b'l' | b'n' | b't') => in_head && !IN_HEAD.into_iter().any(is),
        _ => in_head,
    }
}

fn is_policy(pragma: Option<&str>) -> bool {
    pragma.is_some_and(|pragma| pragma.eq_ignore_ascii_case("content-security-policy"))
}

/// Returns whether a script has its text in the page, and a type for which policies ask.
fn is_inline_script(tags: &Tags) -> bool {
    tags.value("src").is_none()
        && ScriptType::of(tags.value("type"), tags.value("language")) != ScriptType::Data
}
