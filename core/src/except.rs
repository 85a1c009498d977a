//! Leaves the tags of some elements of a page as they are, and their texts with them: state that is
//! signed, or compared with what it was.

use crate::map::PageMapper;
use crate::markup::{Initials, Selector, State, Tokens};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// Maps a page by another stage, which does not see the tags that stay. What is in an element
/// between its tags is mapped, unless it is text to a browser's parser, such as that of a script.
pub(crate) struct Except {
    mapper: Box<dyn PageMapper>,
    selectors: Vec<Selector>,
    /// The most bytes of a tag that are held. A longer one is mapped.
    limit: usize,
    tokens: Tokens,
    place: Place,
    /// What may be a tag that stays, from its `<` on.
    held: Vec<u8>,
    /// What the mapper gave.
    mapped: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In what is mapped.
    Mapped,
    /// In what is held.
    Held,
    /// In the text of an element whose tag stayed, or in its end tag.
    Kept,
}

impl Except {
    pub(crate) fn new(mapper: Box<dyn PageMapper>, selectors: &[Selector], limit: usize) -> Self {
        Self {
            mapper,
            selectors: selectors.to_owned(),
            limit,
            tokens: Tokens::default(),
            place: Place::Mapped,
            held: Vec::new(),
            mapped: Vec::new(),
        }
    }

    fn piece(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        // Of the piece, what is between these has its place, but is not put out yet.
        let (mut done, mut at) = (0, 0);
        while let Some(rest) = piece.get(at..).filter(|rest| !rest.is_empty()) {
            let before = self.tokens.state();
            let skipped = match before {
                State::Data => {
                    let may_stay = |name: &[u8]| self.selectors.iter().any(|it| it.may_mean(name));
                    Tokens::skip_data(rest, Initials::all(), |name| !may_stay(name))
                }
                _ => self.tokens.skip(rest),
            };
            let Some(&byte) = rest.get(skipped) else {
                break;
            };
            at += skipped;
            let after = self.tokens.step(byte);
            match self.place {
                // Of several `<`, the last one begins a tag.
                Place::Mapped | Place::Held if after == State::TagOpen => {
                    self.put(piece.get(done..at).unwrap_or_default(), out)?;
                    self.release(out)?;
                    done = at;
                    self.place = Place::Held;
                }
                Place::Held if !matches!(after, State::Tag(_)) && !after.is_open() => {
                    self.put(piece.get(done..=at).unwrap_or_default(), out)?;
                    done = at + 1;
                    self.judge(matches!(before, State::Tag(_)), after, out)?;
                }
                Place::Held if self.tokens.is_end_tag() && matches!(after, State::Tag(_)) => {
                    self.put(piece.get(done..at).unwrap_or_default(), out)?;
                    done = at;
                    self.release(out)?;
                }
                Place::Kept if after == State::Data => {
                    out.extend_from_slice(piece.get(done..=at).unwrap_or_default());
                    done = at + 1;
                    self.place = Place::Mapped;
                }
                _ => {}
            }
            at += 1;
        }
        self.put(piece.get(done..).unwrap_or_default(), out)?;
        if self.held.len() > self.limit {
            tracing::warn!(
                limit = self.limit,
                "a tag is over the limit: it is mapped, whatever map.except_tags says"
            );
            self.release(out)?;
        }
        Ok(())
    }

    /// Puts a piece to where its place is.
    fn put(&mut self, piece: &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        match self.place {
            Place::Mapped => self.map(piece, out)?,
            Place::Held => self.held.extend_from_slice(piece),
            Place::Kept => out.extend_from_slice(piece),
        }
        Ok(())
    }

    /// Judges what is held, where it ends. `after` is the state behind it.
    fn judge(
        &mut self,
        is_tag: bool,
        after: State,
        out: &mut Vec<u8>,
    ) -> Result<(), TransformError> {
        let stays = is_tag && self.held.len() <= self.limit;
        if !stays || !self.selectors.iter().any(|it| it.means(&self.held)) {
            return self.release(out);
        }
        self.mapped.clear();
        self.mapper.pause(&mut self.mapped)?;
        out.append(&mut self.mapped);
        out.append(&mut self.held);
        self.place = match after {
            State::Text(_) | State::Plaintext => Place::Kept,
            _ => Place::Mapped,
        };
        Ok(())
    }

    /// Maps what is held, and goes on mapping.
    fn release(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.place = Place::Mapped;
        let held = std::mem::take(&mut self.held);
        self.map(&held, out)
    }

    /// Maps a piece, however much `out` holds.
    fn map(&mut self, mut piece: &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !piece.is_empty() {
            self.mapped.clear();
            self.mapper.push(&mut piece, &mut self.mapped)?;
            out.append(&mut self.mapped);
        }
        Ok(())
    }
}

impl Transform for Except {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            let (piece, rest) = input.split_at_checked(BLOCK).unwrap_or((input, &[]));
            self.piece(piece, out)?;
            *input = rest;
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.release(out)?;
        self.mapper.finish(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::{BaseUrl, Origin, Scheme, UrlMap};

    const LIMIT: usize = 200;

    /// Maps a page in pieces of every length, which all must come out alike.
    fn mapped(selectors: &[&str], page: &str) -> String {
        let origin = Origin::new(Scheme::Https, "origin.example.com").expect("an origin");
        let public = BaseUrl::new(Scheme::Https, "www.example.com").expect("a public URL");
        let urls = UrlMap::new([origin]);
        let selectors: Vec<Selector> = selectors
            .iter()
            .map(|text| Selector::parse(text).expect(text))
            .collect();
        let through = |chunk: usize| {
            let mut stage = Except::new(Box::new(urls.to(&public)), &selectors, LIMIT);
            let mut whole = Vec::new();
            for mut chunk in page.as_bytes().chunks(chunk) {
                while !chunk.is_empty() {
                    stage.push(&mut chunk, &mut whole).expect("no input fails");
                }
            }
            stage.finish(&mut whole).expect("no input fails");
            String::from_utf8(whole).expect("UTF-8")
        };
        let whole = through(page.len());
        for chunk in 1..page.len() {
            assert_eq!(through(chunk), whole, "in pieces of {chunk}");
        }
        whole
    }

    /// Checks what becomes of a page in which `{o}` stays, and `{p}` is mapped.
    fn check(selectors: &[&str], page: &str) {
        let origin = "https://origin.example.com";
        let fill = |mapped| page.replace("{o}", origin).replace("{p}", mapped);
        assert_eq!(
            mapped(selectors, &fill(origin)),
            fill("https://www.example.com"),
            "{selectors:?}"
        );
    }

    #[test]
    fn a_tag_that_is_selected_stays_and_what_is_between_its_tags_does_not() {
        for (selectors, page) in [
            (
                &[r"[wire\:snapshot]"][..],
                r#"{p}<div a={o} wire:snapshot='{"u":"{o}/a"}' b="{o}>{o}"><a href="{p}/x">{p}</a></div>{p}"#,
            ),
            (
                &["#s"],
                "<a id=x href={p}/><a href={o}/ id=s>{p}</a href={p}/>",
            ),
            (
                &["input.state", "b"],
                "<input class='a state' value={o}><B a={o}><i a={p}><input a={p}>",
            ),
            (&["b"], "<!-- <b a={p}> --><b a='{o}'<!-- <b {o}>"),
            (&["b"], "{p}<<b a={o}/>{p}< b a={p}><1 {p}></b {p}><b"),
            (&["b"], "<textarea><b a={p}></textarea><b a={o}>"),
            // A tag that does not end is none.
            (&["b"], "{p}<b a='{p}"),
        ] {
            check(selectors, page);
        }
    }

    #[test]
    fn the_text_of_an_element_that_is_selected_stays() {
        for (selectors, page) in [
            (
                &["#state"][..],
                "<script>'{p}'</script><script id=state>{\"u\":\"{o}<b>\"}</script {o}>{p}",
            ),
            (
                &["textarea"],
                "<textarea a={o}>{o}<p {o}></textarea><p a={p}>",
            ),
            (
                &["script"],
                "<script>a('{o}')//<!--<script>{o}</script>{o}</script>{p}",
            ),
            (&["title"], "<title>{o}"),
            (&["plaintext"], "<plaintext>{o}</plaintext>{o}"),
        ] {
            check(selectors, page);
        }
    }

    #[test]
    fn a_tag_over_the_limit_is_mapped() {
        let long = "x".repeat(LIMIT);
        check(&["b"], &format!("<b a='{long} {{p}}'>{{p}}<b a='{{o}}'>"));
        check(&["script"], &format!("<script>{long}{{o}}</script>{{p}}"));
    }
}
