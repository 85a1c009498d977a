//! Checks of what a client must observe, which read like the specification.

use crate::blocks::Blocks;
use crate::client::{End, Response};
use crate::failure::{Verdict, ensure, same_bytes, show};
use crate::fields::contains;

impl Response {
    /// Checks that the status is `status`.
    pub(crate) fn has_status(&self, status: u16) -> Verdict<&Self> {
        ensure!(
            self.status == status,
            "expected status {status}, got {} (Proxy-Status: {}; body: {})",
            self.status,
            self.fields.text("proxy-status").unwrap_or_default(),
            show(&self.body)
        );
        Ok(self)
    }

    /// Checks that there is exactly one field `name`, with the value `value`.
    pub(crate) fn has(&self, name: &str, value: impl AsRef<[u8]>) -> Verdict<&Self> {
        let got: Vec<_> = self.fields.all(name).map(show).collect();
        let wanted = show(value.as_ref());
        let excused = got.is_empty() && self.may_lack(name, value.as_ref());
        ensure!(
            excused || got == [wanted.clone()],
            "expected {name}: {wanted}, got {}",
            listed(&got)
        );
        Ok(self)
    }

    /// Returns whether a field tells nothing that the client of a peer has to know: the length of a
    /// body that has an end of its own, or that there are no ranges.
    fn may_lack(&self, name: &str, value: &[u8]) -> bool {
        let length = self.body.len().to_string();
        let is_whole = self.end == Some(End::Complete) && value == length.as_bytes();
        !self.explains
            && match name {
                "Content-Length" => is_whole,
                "Accept-Ranges" => value == b"none",
                _ => false,
            }
    }

    /// Checks that the values of the field, combined as one list, are `value`.
    pub(crate) fn has_list(&self, name: &str, value: impl AsRef<[u8]>) -> Verdict<&Self> {
        let got = self.fields.list(name);
        ensure!(
            got.as_deref() == Some(value.as_ref()),
            "expected {name}: {}, got {}",
            show(value.as_ref()),
            got.as_deref().map_or("none".to_owned(), show)
        );
        Ok(self)
    }

    /// Checks that there is no field `name`. A length that is right is no fault of a peer, which
    /// may know it.
    pub(crate) fn lacks(&self, name: &str) -> Verdict<&Self> {
        if !self.explains && name == "Content-Length" && self.has_its_length().is_ok() {
            return Ok(self);
        }
        let got: Vec<_> = self.fields.all(name).map(show).collect();
        ensure!(got.is_empty(), "expected no {name}, got {}", listed(&got));
        Ok(self)
    }

    /// Checks that `Content-Length` is exactly the number of bytes that arrived.
    pub(crate) fn has_its_length(&self) -> Verdict<&Self> {
        self.has("Content-Length", self.body.len().to_string())
    }

    /// Checks that the gate says that it decided on this outcome by this row (`[gate] explain`).
    pub(crate) fn decided(&self, outcome: &str, row: u32) -> Verdict<&Self> {
        let said = self.fields.text("streamgate").unwrap_or_default();
        let mut parts = said.split(';').map(str::trim);
        let as_said = parts.next() == Some(outcome) && parts.next() == Some(&format!("row={row}"));
        ensure!(
            as_said || !self.explains,
            "expected the gate to decide {outcome}; row={row}, it said {said:?}"
        );
        Ok(self)
    }

    /// Checks that the gate says that it decided on this outcome, by whichever row.
    pub(crate) fn outcome(&self, outcome: &str) -> Verdict<&Self> {
        let said = self.fields.text("streamgate").unwrap_or_default();
        ensure!(
            said.split(';').next() == Some(outcome) || !self.explains,
            "expected the outcome {outcome}, the gate said {said:?}"
        );
        Ok(self)
    }

    /// Checks that the body ended as announced.
    pub(crate) fn is_complete(&self) -> Verdict<&Self> {
        ensure!(
            self.end == Some(End::Complete),
            "expected a complete body, got {:?}",
            self.end
        );
        Ok(self)
    }

    /// Checks that the client can tell that the body is incomplete, either by its framing or
    /// because its coding has no end.
    pub(crate) fn is_seen_as_cut(&self) -> Verdict<&Self> {
        let cut = matches!(self.end, Some(End::Truncated(_))) || self.decoded().is_err();
        ensure!(
            cut,
            "expected a body that is seen to be cut, got {:?} after {} bytes",
            self.end,
            self.body.len()
        );
        Ok(self)
    }

    /// Checks that the part of the body that arrived, decoded as far as possible, is a start of
    /// `expected`.
    pub(crate) fn starts(&self, expected: &[u8]) -> Verdict<&Self> {
        let decoded = self.decoded_start();
        if !self.explains && unquoted(expected).starts_with(&unquoted(&decoded)) {
            return Ok(self);
        }
        let start = &expected[..decoded.len().min(expected.len())];
        self.same("the body's start", start, &decoded)?;
        Ok(self)
    }

    /// Checks bytes of the body. A peer may quote attributes in its own way.
    pub(crate) fn same(&self, what: &str, expected: &[u8], got: &[u8]) -> Verdict {
        if !self.explains && unquoted(expected) == unquoted(got) {
            return Ok(());
        }
        same_bytes(what, expected, got)
    }

    /// Checks the bytes of the body, which may be long.
    pub(crate) fn is_made_of(&self, blocks: &Blocks) -> Verdict {
        blocks.check(&self.body).or_else(|failure| {
            let expected = blocks.pieces().collect::<Vec<_>>().concat();
            match !self.explains && unquoted(&expected) == unquoted(&self.body) {
                true => Ok(()),
                false => Err(failure),
            }
        })
    }

    /// Returns whether a part of the body has arrived, decoded as far as possible.
    pub(crate) fn shows(&self, part: &[u8]) -> bool {
        let decoded = self.decoded_start();
        contains(&decoded, part)
            || (!self.explains && contains(&unquoted(&decoded), &unquoted(part)))
    }

    /// Checks the bytes of the complete body as they arrived.
    pub(crate) fn has_body(&self, body: impl AsRef<[u8]>) -> Verdict<&Self> {
        self.same("the body", body.as_ref(), &self.body)?;
        self.is_complete()
    }

    /// Checks the bytes of the complete body after decoding.
    pub(crate) fn has_decoded(&self, body: impl AsRef<[u8]>) -> Verdict<&Self> {
        self.same("the decoded body", body.as_ref(), &self.decoded()?)?;
        self.is_complete()
    }
}

/// What [`unquoted`] leaves out.
const QUOTES: [&[u8]; 4] = [b"\"", b"'", b"&quot;", b"&#39;"];

/// Returns markup without what a program that writes tags anew may change: quotes, and the space
/// before the end of a tag.
fn unquoted(markup: &[u8]) -> Vec<u8> {
    let mut rest = markup;
    let mut text = Vec::with_capacity(markup.len());
    while let Some((&byte, after)) = rest.split_first() {
        if let Some(quote) = QUOTES.iter().find(|quote| rest.starts_with(quote)) {
            rest = &rest[quote.len()..];
        } else if rest.starts_with(b" />") {
            rest = after;
        } else {
            text.push(byte);
            rest = after;
        }
    }
    text
}

fn listed(values: &[String]) -> String {
    if values.is_empty() {
        "none".to_owned()
    } else {
        values.join(" and ")
    }
}

#[cfg(test)]
mod tests {
    use super::unquoted;

    #[test]
    fn only_how_a_tag_is_written_is_left_out() {
        for (as_sent, as_written_anew) in [
            ("<a href='x'>", "<a href=\"x\">"),
            ("<a href=x />", "<a href=\"x\"/>"),
            ("<a title='\"'>", "<a title=\"&quot;\">"),
        ] {
            let [one, other] = [as_sent, as_written_anew].map(|tag| unquoted(tag.as_bytes()));
            assert_eq!(one, other);
        }
        assert_ne!(unquoted(b"<a href='x'>"), unquoted(b"<a href='y'>"));
    }
}
