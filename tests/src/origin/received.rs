//! A request as the origin received it.

use std::net::SocketAddr;

use crate::failure::{Verdict, ensure, show};
use crate::fields::{Fields, find};

/// The head of a request, and what was read of its body.
#[derive(Clone, Debug)]
pub(crate) struct Received {
    /// The method.
    pub(crate) method: String,
    /// The request target, byte for byte.
    pub(crate) target: Vec<u8>,
    /// The fields.
    pub(crate) fields: Fields,
    /// What was read of the body so far.
    pub(crate) body: Vec<u8>,
    /// The trailer fields of a chunked body.
    pub(crate) trailers: Fields,
    /// Whether the body was read to the end that its framing announced.
    pub(crate) whole: bool,
    /// The address that the request was sent to.
    pub(crate) at: SocketAddr,
}

impl Received {
    /// Parses a head, including the final empty line.
    pub(super) fn parse(head: &[u8], at: SocketAddr) -> Verdict<Self> {
        let end = find(head, b"\r\n").unwrap_or(head.len());
        let line: Vec<_> = head[..end].split(|&byte| byte == b' ').collect();
        ensure!(
            line.len() == 3 && line[2] == b"HTTP/1.1",
            "the origin got the request line {}",
            show(&head[..end])
        );
        Ok(Self {
            method: String::from_utf8(line[0].to_vec())?,
            target: line[1].to_vec(),
            fields: Fields::parse(&head[end + 2..head.len() - 2])?,
            body: Vec::new(),
            trailers: Fields::default(),
            whole: false,
            at,
        })
    }

    /// Returns the segments of the path; one of them names the scenario.
    pub(super) fn segments(&self) -> impl Iterator<Item = &[u8]> {
        let ends = |byte: &u8| b"/?".contains(byte);
        self.target.split(ends).skip(1)
    }

    /// Returns whether this is the gate's own request for a fragment, whose path ends with `/f`.
    pub(crate) fn is_for_a_fragment(&self) -> bool {
        let path = self.target.split(|&byte| byte == b'?').next();
        path.is_some_and(|path| path.ends_with(b"/f"))
    }

    /// Returns the target without its first segment, which is the scenario's if the origin has no
    /// path.
    pub(crate) fn rest(&self) -> &[u8] {
        let first = self.target.split(|&byte| byte == b'/').nth(1);
        &self.target[(1 + first.unwrap_or_default().len()).min(self.target.len())..]
    }
}
