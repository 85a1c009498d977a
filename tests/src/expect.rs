//! Checks of what a client must observe, which read like the specification.

use crate::client::{End, Response};
use crate::failure::{Verdict, ensure, same_bytes, show};

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
        ensure!(
            got == [wanted.clone()],
            "expected {name}: {wanted}, got {}",
            listed(&got)
        );
        Ok(self)
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

    /// Checks that there is no field `name`.
    pub(crate) fn lacks(&self, name: &str) -> Verdict<&Self> {
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
            as_said,
            "expected the gate to decide {outcome}; row={row}, it said {said:?}"
        );
        Ok(self)
    }

    /// Checks that the gate says that it decided on this outcome, by whichever row.
    pub(crate) fn outcome(&self, outcome: &str) -> Verdict<&Self> {
        let said = self.fields.text("streamgate").unwrap_or_default();
        ensure!(
            said.split(';').next() == Some(outcome),
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
        let start = &expected[..decoded.len().min(expected.len())];
        same_bytes("the body's start", start, &decoded)?;
        Ok(self)
    }

    /// Checks the bytes of the complete body as they arrived.
    pub(crate) fn has_body(&self, body: impl AsRef<[u8]>) -> Verdict<&Self> {
        same_bytes("the body", body.as_ref(), &self.body)?;
        self.is_complete()
    }

    /// Checks the bytes of the complete body after decoding.
    pub(crate) fn has_decoded(&self, body: impl AsRef<[u8]>) -> Verdict<&Self> {
        same_bytes("the decoded body", body.as_ref(), &self.decoded()?)?;
        self.is_complete()
    }
}

fn listed(values: &[String]) -> String {
    if values.is_empty() {
        "none".to_owned()
    } else {
        values.join(" and ")
    }
}
