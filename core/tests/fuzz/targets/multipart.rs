//! Parts: each part of JSON is mapped for itself, all others stay, and no cut changes that. A
//! simple reading of the whole body says which parts there are.

use std::sync::LazyLock;

use http::Request;
use streamgate::Gate;
use streamgate::internals::{Origin, UrlMap};
use streamgate::{BaseUrl, Scheme};

use super::common::{cut, run};
use super::edge::response;
use super::input::{Input, show};

const DELIMITER: &[u8] = b"\n--b";

/// More bytes than a head has whose part is mapped.
const LONG: usize = 8 * 1024;

static GATE: LazyLock<Gate> =
    LazyLock::new(|| Gate::from_toml("origin.url = 'https://origin.example.com'", "fuzz").unwrap());

static URLS: LazyLock<UrlMap> =
    LazyLock::new(|| UrlMap::new([Origin::new(Scheme::Https, "origin.example.com").unwrap()]));

pub(crate) fn multipart(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let lengths = input.lengths();
    let body = input.rest();
    let public: BaseUrl = "https://www.example.com".parse().unwrap();
    let head = response(200, b"content-type: multipart/mixed; boundary=b");
    let through = |lengths: &[usize]| {
        let pipeline = GATE.rewriter(&Request::new(()), &head, &public).unwrap();
        run(pipeline, cut(body, lengths)).unwrap()
    };
    let whole = through(&[usize::MAX]);
    for lengths in [&[1][..], &lengths] {
        assert_eq!(show(&through(lengths)), show(&whole), "by {lengths:?}");
    }
    check(body, &whole, &public);
}

/// Checks a body against what it was, piece by piece.
fn check(before: &[u8], after: &[u8], public: &BaseUrl) {
    let mut rest = after;
    for piece in pieces(before) {
        let mapped = URLS.map_bytes(public, piece.bytes);
        rest = match (rest.strip_prefix(&*mapped), rest.strip_prefix(piece.bytes)) {
            (Some(rest), _) if piece.is_json && !piece.is_described => rest,
            (_, Some(rest)) => rest,
            _ => panic!("{:?} of {:?}", show(rest), show(piece.bytes)),
        };
    }
    assert_eq!(show(rest), "");
}

/// A piece of a body.
struct Piece<'a> {
    bytes: &'a [u8],
    /// Whether it is the content of a part whose head has a type that may be JSON.
    is_json: bool,
    /// Whether the head says something of the bytes.
    is_described: bool,
}

impl<'a> Piece<'a> {
    fn kept(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            is_json: false,
            is_described: false,
        }
    }
}

fn pieces(body: &[u8]) -> Vec<Piece<'_>> {
    let (mut rest, mut pieces) = (body, Vec::new());
    let find = |bytes: &[u8], what: &[u8]| bytes.windows(what.len()).position(|it| it == what);
    if !body.starts_with(&DELIMITER[1..]) {
        let end = find(rest, DELIMITER).unwrap_or(rest.len());
        pieces.push(Piece::kept(&body[..end]));
        rest = &body[end..];
    }
    while !rest.is_empty() {
        let start = DELIMITER.len() - usize::from(rest.len() == body.len() && pieces.is_empty());
        let delimiter = &rest[..start];
        rest = &rest[start..];
        pieces.push(Piece::kept(delimiter));
        if rest.starts_with(b"--") {
            pieces.push(Piece::kept(rest));
            break;
        }
        let line = rest.iter().position(|&byte| byte == b'\n');
        let line = line.map_or(rest.len(), |end| end + 1);
        pieces.push(Piece::kept(&rest[..line]));
        rest = &rest[line..];
        let length = head(rest);
        let head = &rest[..length];
        rest = &rest[length..];
        let end = find(rest, DELIMITER).unwrap_or(rest.len());
        let text = String::from_utf8_lossy(head).to_ascii_lowercase();
        pieces.push(Piece::kept(head));
        pieces.push(Piece {
            bytes: &rest[..end],
            is_json: text.contains("json") && length < LONG,
            is_described: text.lines().any(describes),
        });
        rest = &rest[end..];
    }
    pieces
}

/// Returns whether a line of a head says something of the bytes behind it.
fn describes(line: &str) -> bool {
    let name = line.split(':').next().unwrap_or_default().trim();
    name == "content-length" || name == "content-encoding"
}

/// Returns the length of the head of a part: up to its first empty line, or what is taken for it.
fn head(part: &[u8]) -> usize {
    let mut length = 0;
    for line in part.split_inclusive(|&byte| byte == b'\n') {
        length += line.len();
        if length >= LONG {
            return LONG;
        }
        if line == b"\n" || line == b"\r\n" {
            break;
        }
    }
    length
}
