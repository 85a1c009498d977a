//! A random exchange: what a client sends, and what the origin answers.

use super::parts::{
    ACCEPTED, ANSWER_FIELDS, CODINGS, Kind, METHODS, MISNOMERS, ODD_HOSTS, ODD_TARGETS,
    PLAIN_TARGETS, REQUEST_FIELDS, STATUSES, TYPES,
};
use crate::client::{FRONT_FIELD, PUBLIC_HOST, chunk};
use crate::codings::encode;
use crate::dice::Dice;
use crate::fields::contains;
use crate::origin::{Answer, answer};
use crate::setup::Setup;

/// Fields as lines.
pub(super) type Lines = Vec<(String, Vec<u8>)>;

/// An exchange.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Case {
    /// The configuration of the gate.
    pub(super) setup: Setup,
    /// The method.
    pub(super) method: String,
    /// The target after the first segment.
    pub(super) target: Vec<u8>,
    /// The lines of `Host`.
    pub(super) hosts: Vec<String>,
    /// The fields of the request, other than `Host` and framing.
    pub(super) fields: Lines,
    /// The request's body.
    pub(super) upload: Upload,
    /// The origin's answer.
    pub(super) reply: Reply,
}

/// The body of a request.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Upload {
    /// There is none, and nothing announces one.
    None,
    /// It has a `Content-Length`.
    Length(Vec<u8>),
    /// It comes in chunks, whose sizes these lines follow.
    Chunks(Vec<Vec<u8>>, &'static str),
    /// It comes in chunks, the last of which has no size.
    Broken(Vec<Vec<u8>>),
}

/// The answer of the origin.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Reply {
    /// An interim response that precedes the final one.
    pub(super) interim: Option<u16>,
    /// The status.
    pub(super) status: u16,
    /// The fields, other than those that the following parts make.
    pub(super) fields: Lines,
    /// The media type.
    pub(super) media_type: Option<&'static str>,
    /// `Content-Encoding`.
    pub(super) coding: Option<&'static str>,
    /// The body before its coding.
    pub(super) body: Vec<u8>,
    /// The framing of the body.
    pub(super) framing: Framing,
    /// After how many thousandths of the body the origin goes away.
    pub(super) cut: Option<usize>,
    /// What the origin sends behind its answer.
    pub(super) behind: &'static str,
}

/// The framing of an answer's body.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Framing {
    /// `Content-Length`, so many times.
    Length(usize),
    /// Two lengths, the second of which is wrong.
    Lengths,
    /// So many chunks, whose sizes the line follows.
    Chunks(usize, &'static str),
    /// Chunks, and trailers.
    Trailers,
    /// The end of the connection.
    Close,
}

impl Case {
    /// Makes the exchange of a seed.
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed);
        let setup = *dice.one_of(&[Setup::Map, Setup::Map, Setup::Rules]);
        let method = (*dice.one_of(&METHODS)).to_owned();
        let target = match dice.once_in(8) {
            true => dice.one_of(&ODD_TARGETS).to_vec(),
            false => dice.one_of(&PLAIN_TARGETS).to_vec(),
        };
        let mut hosts = vec![PUBLIC_HOST.to_owned()];
        if dice.once_in(15) {
            hosts = vec![(*dice.one_of(&ODD_HOSTS)).to_owned()];
        } else if dice.once_in(40) {
            hosts.push(PUBLIC_HOST.to_owned());
        }
        let most = dice.below(5);
        let mut fields = lines(&mut dice, REQUEST_FIELDS, most);
        if dice.once_in(2) {
            let accepted = dice.one_of(&ACCEPTED).as_bytes().to_vec();
            fields.push(("Accept-Encoding".to_owned(), accepted));
        }
        let upload = upload(&mut dice, &method);
        let mut reply = Reply::thrown(&mut dice);
        if method == "HEAD" {
            // workerd takes the interim response for the whole answer, and the answer for that of
            // the next exchange (docs/cloudflare.md).
            reply.interim = None;
        }
        Self {
            setup,
            method,
            target,
            hosts,
            fields,
            upload,
            reply,
        }
    }

    /// Returns the bytes that the gate gets. `id` is the first segment of the path. `by_a_front`:
    /// whether a proxy passes them on that tells the host in [`FRONT_FIELD`].
    pub(super) fn request(&self, id: &str, by_a_front: bool) -> Vec<u8> {
        let mut bytes = format!("{} /{id}", self.method).into_bytes();
        bytes.extend(&self.target);
        bytes.extend(b" HTTP/1.1\r\n");
        for host in &self.hosts {
            bytes.extend(format!("Host: {host}\r\n").bytes());
            if by_a_front {
                bytes.extend(format!("{FRONT_FIELD}: {host}\r\n").bytes());
            }
        }
        let closes = ("Connection".to_owned(), b"close".to_vec());
        for (name, value) in [closes].iter().chain(&self.fields) {
            if by_a_front && name.eq_ignore_ascii_case(FRONT_FIELD) {
                continue;
            }
            bytes.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        match &self.upload {
            Upload::None => bytes.extend(b"\r\n"),
            Upload::Length(body) => {
                bytes.extend(format!("Content-Length: {}\r\n\r\n", body.len()).bytes());
                bytes.extend(body);
            }
            Upload::Chunks(chunks, extension) => {
                bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
                chunks
                    .iter()
                    .for_each(|one| bytes.extend(extended(one, extension)));
                bytes.extend(b"0\r\n\r\n");
            }
            Upload::Broken(chunks) => {
                bytes.extend(b"Transfer-Encoding: chunked\r\n\r\n");
                chunks.iter().for_each(|one| bytes.extend(chunk(one)));
                bytes.extend(b"zz\r\nxx\r\n");
            }
        }
        bytes
    }

    /// Returns whether the origin goes away between the last chunk and the end of the trailers.
    pub(super) fn is_cut_behind_its_last_chunk(&self) -> bool {
        let answer = self.reply.answer(&self.method);
        let written = answer.written().collect::<Vec<_>>().concat();
        let end = written
            .len()
            .saturating_sub(b"\r\n0\r\nX-Trailer: 1\r\n\r".len());
        self.reply.cut.is_some() && contains(&written[end..], b"\r\n0\r\n")
    }

    /// Returns exchanges that have less to them, one thing each.
    pub(super) fn simpler(&self) -> Vec<Self> {
        let mut all = Vec::new();
        let mut add = |change: &dyn Fn(&mut Self)| {
            let mut other = self.clone();
            change(&mut other);
            if other != *self {
                all.push(other);
            }
        };
        add(&|case| case.fields.clear());
        add(&|case| case.reply.fields.clear());
        add(&|case| case.upload = Upload::None);
        add(&|case| case.target = b"/".to_vec());
        add(&|case| case.hosts = vec![PUBLIC_HOST.to_owned()]);
        add(&|case| case.setup = Setup::Map);
        add(&|case| case.reply.interim = None);
        add(&|case| case.reply.cut = None);
        add(&|case| case.reply.behind = "");
        add(&|case| case.reply.coding = None);
        add(&|case| case.reply.framing = Framing::Length(1));
        add(&|case| case.reply.status = 200);
        add(&|case| case.method = "GET".to_owned());
        add(&|case| case.reply.media_type = Some("text/html"));
        add(&|case| case.reply.body.truncate(40));
        for at in 0..self.fields.len() {
            add(&|case| drop(case.fields.remove(at)));
        }
        for at in 0..self.reply.fields.len() {
            add(&|case| drop(case.reply.fields.remove(at)));
        }
        all
    }
}

fn lines(dice: &mut Dice, from: &[&[(&str, &[u8])]], most: usize) -> Lines {
    let mut lines = Lines::new();
    for _ in 0..most {
        let field = *dice.one_of(from);
        if !lines.iter().any(|(name, _)| name == field[0].0) {
            let owned = |(name, value): &(&str, &[u8])| ((*name).to_owned(), value.to_vec());
            lines.extend(field.iter().map(owned));
        }
    }
    lines
}

fn upload(dice: &mut Dice, method: &str) -> Upload {
    let usual = matches!(method, "POST" | "PUT" | "PATCH" | "PROPFIND");
    if !usual && !dice.once_in(12) {
        return Upload::None;
    }
    let length = *dice.one_of(&[0, 1, 5, 300, 70_000]);
    let body: Vec<u8> = b"body of a form "
        .iter()
        .copied()
        .cycle()
        .take(length)
        .collect();
    let pieces = body
        .chunks(1 + dice.below(40_000))
        .map(<[u8]>::to_vec)
        .collect();
    match dice.below(10) {
        0 => Upload::None,
        1..=5 => Upload::Length(body),
        6 => Upload::Chunks(pieces, ";a=b"),
        7 if !body.is_empty() => Upload::Broken(pieces),
        _ => Upload::Chunks(pieces, ""),
    }
}

fn extended(data: &[u8], extension: &str) -> Vec<u8> {
    [
        format!("{:x}{extension}\r\n", data.len()).as_bytes(),
        data,
        b"\r\n",
    ]
    .concat()
}

impl Reply {
    fn thrown(dice: &mut Dice) -> Self {
        let (media_type, kind) = *dice.one_of(&TYPES);
        let length = *dice.one_of(&[0, 1, 400, 400, 400, 5_000, 90_000]);
        let mut body: Vec<u8> = kind.unit().bytes().cycle().take(length).collect();
        if kind == Kind::Noise {
            body.iter_mut().step_by(7).for_each(|byte| *byte = 0xff);
        }
        let coding = match dice.below(10) {
            0..=2 => Some(*dice.one_of(&CODINGS)),
            3 if dice.once_in(2) => Some(*dice.one_of(&MISNOMERS)),
            _ => None,
        };
        let framing = match dice.below(12) {
            0 if dice.once_in(2) => Framing::Length(2),
            0 => Framing::Lengths,
            1 if dice.once_in(2) => Framing::Trailers,
            1 => Framing::Chunks(2, ";a=b"),
            2 => Framing::Close,
            3..=6 => Framing::Chunks(1 + dice.below(5), ""),
            _ => Framing::Length(1),
        };
        let most = dice.below(6);
        Self {
            interim: dice.once_in(30).then(|| *dice.one_of(&[100, 103])),
            status: *dice.one_of(&STATUSES),
            fields: lines(dice, ANSWER_FIELDS, most),
            media_type,
            coding,
            body,
            framing,
            cut: dice.once_in(10).then(|| dice.below(1000)),
            behind: match dice.once_in(25) {
                true => *dice.one_of(&["\n", "HTTP/1.1 200 OK\r\n\r\nother"]),
                false => "",
            },
        }
    }

    /// Returns whether the answer to this method has no body, whatever its head says.
    pub(super) fn is_bodiless(&self, method: &str) -> bool {
        method == "HEAD" || matches!(self.status, 204 | 304)
    }

    /// Returns what the origin does. It closes its connection, and says so: what one exchange
    /// leaves on a connection must not reach the next.
    pub(super) fn answer(&self, method: &str) -> Answer {
        let coded = match self.coding {
            Some(coding) if CODINGS.contains(&coding) => {
                encode(&coding.replace("x-gzip", "gzip"), &self.body)
            }
            _ => self.body.clone(),
        };
        let mut head = answer(self.status).field("Connection", "close");
        if let Some(media_type) = self.media_type {
            head = head.of_type(media_type);
        }
        if let Some(coding) = self.coding {
            head = head.field("Content-Encoding", coding);
        }
        for (name, value) in &self.fields {
            head = head.field(name, value);
        }
        if self.status == 206 {
            let range = format!("bytes 0-{}/100000", coded.len().saturating_sub(1));
            head = head.field("Content-Range", range);
        }
        let length = coded.len().to_string();
        let chunks = |count: usize| coded.chunks(coded.len().div_ceil(count).max(1));
        let (head, pieces): (_, Vec<Vec<u8>>) = match self.framing {
            Framing::Length(lines) => (
                (0..lines).fold(head, |head, _| head.field("Content-Length", &length)),
                vec![coded.clone()],
            ),
            Framing::Lengths => (
                head.field("Content-Length", &length)
                    .field("Content-Length", "7"),
                vec![coded.clone()],
            ),
            Framing::Chunks(count, extension) => {
                let mut pieces: Vec<_> =
                    chunks(count).map(|one| extended(one, extension)).collect();
                pieces.push(b"0\r\n\r\n".to_vec());
                (head.field("Transfer-Encoding", "chunked"), pieces)
            }
            Framing::Trailers => {
                let mut pieces: Vec<_> = chunks(2).map(chunk).collect();
                pieces.push(b"0\r\nX-Trailer: 1\r\n\r\n".to_vec());
                (head.field("Transfer-Encoding", "chunked"), pieces)
            }
            Framing::Close => (head, vec![coded.clone()]),
        };
        let mut told = head.bare();
        if let Some(interim) = self.interim {
            let interim = format!("HTTP/1.1 {interim} Interim\r\n\r\n");
            told = told.first(crate::origin::Step::Raw(interim.into_bytes()));
        }
        if !self.is_bodiless(method) {
            let whole: usize = pieces.iter().map(Vec::len).sum();
            let mut left = self
                .cut
                .map_or(whole, |thousandths| whole * thousandths / 1000);
            for piece in pieces {
                let here = left.min(piece.len());
                told = told.send(&piece[..here]);
                left -= here;
            }
        }
        if self.cut.is_none() {
            told = told.send(self.behind);
        }
        told.close()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_makes_the_same_exchange_again() {
        for seed in 0..200 {
            assert_eq!(Case::new(seed), Case::new(seed));
        }
        assert_ne!(Case::new(1), Case::new(2));
    }

    #[test]
    fn simpler_exchanges_differ_and_end() {
        for seed in 0..50 {
            let mut case = Case::new(seed);
            for _ in 0..100 {
                let simpler = case.simpler();
                assert!(!simpler.contains(&case));
                match simpler.into_iter().next() {
                    Some(one) => case = one,
                    None => break,
                }
            }
            assert_eq!(case.simpler(), [], "seed {seed}");
        }
    }
}
