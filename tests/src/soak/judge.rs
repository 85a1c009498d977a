//! Says of a response whether it is right. There are two ways of being wrong: what should have
//! arrived did not, or what arrived is not what it seems to be.

use super::content;
use super::exchange::{Exchange, Framing, Kind, PUBLIC};
use super::fault::Ending;
use super::script::MARK;
use crate::client::{End, Response};
use crate::failure::{Failure, Verdict};

/// What became of an exchange.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It ended as it must.
    Right,
    /// There is no complete right answer where there should be one, or a fault did not end as it
    /// must.
    Lost(String),
    /// The bytes are wrong, or a body that broke off looks complete.
    Corrupted(String),
}

/// Why there is no response.
#[derive(Debug)]
pub(super) enum Missing {
    /// The connection ended before a head.
    Closed(String),
    /// Nothing more came, for longer than anything may take.
    Stuck,
    /// What came is not HTTP.
    Malformed(String),
}

/// What the client must get.
pub(super) struct Expected {
    /// The status of the answer to the exchange itself.
    pub(super) status: u16,
    /// The body, without a coding.
    pub(super) body: Vec<u8>,
    /// `Content-Range`, if a part was asked for.
    range: Option<String>,
}

impl Expected {
    /// Returns what says that the client has the representation.
    pub(super) fn not_modified() -> Self {
        Self {
            status: 304,
            body: Vec::new(),
            range: None,
        }
    }

    /// Returns what an exchange must give, if the origin is at `base`.
    pub(super) fn of(exchange: &Exchange, base: &str) -> Self {
        let mut range = None;
        let body = match exchange.kind {
            Kind::Upload | Kind::SentBack => {
                content::receipt(&content::sent_back(exchange, base)).into_bytes()
            }
            Kind::Empty
            | Kind::NotModified
            | Kind::Redirect
            | Kind::HeadOfImage
            | Kind::HeadOfPage => Vec::new(),
            Kind::Part => {
                let whole = content::expected(exchange, base);
                let (first, last) = exchange.part(whole.len());
                range = Some(format!("bytes {first}-{last}/{}", whole.len()));
                whole[first..=last].to_vec()
            }
            _ => content::expected(exchange, base),
        };
        Self {
            status: exchange.kind.status(),
            body,
            range,
        }
    }
}

/// Judges what the client got.
pub(super) fn judge(
    exchange: &Exchange,
    expected: &Expected,
    got: &Result<Response, Missing>,
) -> Outcome {
    let ending = exchange.ending();
    let response = match (got, ending) {
        // Some runtimes give out the head together with the first bytes of the body.
        (Err(Missing::Closed(_)), Ending::Broken(_)) => return Outcome::Right,
        (Err(Missing::Closed(how)), _) => return Outcome::Lost(how.clone()),
        (Err(Missing::Stuck), _) => return Outcome::Lost("nothing more came".to_owned()),
        (Err(Missing::Malformed(why)), _) => return Outcome::Lost(why.clone()),
        (Ok(response), _) => response,
    };
    let is_complete = response.end == Some(End::Complete);
    if response.status != expected.status {
        return match ending {
            Ending::Broken(status) | Ending::Status(status)
                if response.status == status && is_complete =>
            {
                Outcome::Right
            }
            _ => Outcome::Lost(format!(
                "status {} and not {} (Proxy-Status: {})",
                response.status,
                expected.status,
                response.fields.text("proxy-status").unwrap_or_default()
            )),
        };
    }
    // What has come must be right in any case.
    let started = of_this(exchange, response).and_then(|()| response.starts(&expected.body));
    if let Err(Failure(why)) = started {
        return Outcome::Corrupted(why);
    }
    match ending {
        Ending::Whole if !is_complete => Outcome::Lost(format!("the body is {:?}", response.end)),
        Ending::Whole => match whole(exchange, expected, response) {
            Ok(()) => Outcome::Right,
            Err(Failure(why)) => Outcome::Corrupted(why),
        },
        _ => match response.is_seen_as_cut() {
            Ok(_) => Outcome::Right,
            Err(Failure(why)) => Outcome::Corrupted(format!("looks complete: {why}")),
        },
    }
}

/// Checks that the response answers this exchange and no other.
fn of_this(exchange: &Exchange, response: &Response) -> Verdict {
    response.has(MARK, exchange.seed.to_string()).map(drop)
}

/// Checks a response that is complete.
fn whole(exchange: &Exchange, expected: &Expected, response: &Response) -> Verdict {
    match expected.body.is_empty() {
        // The head may name a coding all the same, as that to a HEAD does.
        true => response.has_body(b"")?,
        false => response.has_decoded(&expected.body)?,
    };
    if let Some(range) = &expected.range {
        response.has("Content-Range", range)?;
    }
    match exchange.kind {
        Kind::Redirect => {
            response.has("Location", format!("{PUBLIC}/there/{}", exchange.seed))?;
        }
        Kind::Image | Kind::Font => {
            response.has("ETag", exchange.etag())?;
            if exchange.framing == Framing::Length {
                response.has_its_length()?;
            }
        }
        Kind::NotModified => {
            response.has("ETag", exchange.etag())?;
        }
        _ => {}
    }
    Ok(())
}
