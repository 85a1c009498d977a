//! The codings that a client accepts (RFC 9110 §12.5.3), and the codings that it is sent.

use std::fmt;

use http::header::ACCEPT_ENCODING;
use http::{HeaderMap, HeaderValue};

use super::{Coding, elements};

/// The codings that the client accepts: its `Accept-Encoding` (RFC 9110 §12.5.3).
///
/// A request without that field accepts identity only. The RFC lets a server send any coding then,
/// but a client that does not ask mostly cannot decode, and identity is always right. A malformed
/// element counts as absent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct AcceptEncoding {
    /// The codings in the client's order, each once.
    listed: Vec<(Coding, Weight)>,
    identity: Option<Weight>,
    /// The weight of `*`, which stands for every coding that is not listed.
    any: Option<Weight>,
}

impl AcceptEncoding {
    /// Reads all `Accept-Encoding` field lines of a request. Of a coding listed twice the first
    /// counts.
    #[must_use]
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        let mut accept = Self::default();
        for element in elements(headers, &ACCEPT_ENCODING) {
            let mut parts = element.split(|&byte| byte == b';').map(<[u8]>::trim_ascii);
            let token = parts.next().unwrap_or_default();
            let Some(weight) = Weight::of_parameters(parts) else {
                continue;
            };
            if token == b"*" {
                accept.any.get_or_insert(weight);
            } else if token.eq_ignore_ascii_case(b"identity") {
                accept.identity.get_or_insert(weight);
            } else if let Some(coding) = Coding::from_token(token)
                && !accept.lists(coding)
            {
                accept.listed.push((coding, weight));
            }
        }
        accept
    }

    /// Returns whether the client accepts a body in this coding.
    #[must_use]
    pub(crate) fn accepts(&self, coding: Coding) -> bool {
        self.weight(coding) > Weight::ZERO
    }

    /// Returns the `Accept-Encoding` to send to the origin: the client's, cut to the codings that
    /// can be decoded here, with their weights. `*` becomes those codings by name, since it stands
    /// for others too. Returns `identity` if nothing is left or the client sent none: without the
    /// field an origin could choose any coding.
    #[must_use]
    pub(crate) fn cut(&self) -> HeaderValue {
        let listed = self.listed.iter().copied();
        let unlisted = self.any.filter(|&any| any > Weight::ZERO).map(|any| {
            let rest = Coding::ALL.iter().copied();
            let rest = rest.filter(|&coding| !self.lists(coding));
            rest.map(move |coding| (coding, any))
        });
        let identity = self
            .identity
            .or(self.any.filter(|&any| any == Weight::ZERO));
        let elements: Vec<String> = listed
            .chain(unlisted.into_iter().flatten())
            .map(|(coding, weight)| format!("{coding}{weight}"))
            .chain(identity.map(|weight| format!("identity{weight}")))
            .collect();
        HeaderValue::from_str(&elements.join(", "))
            .ok()
            .filter(|value| !value.is_empty())
            .unwrap_or(const { HeaderValue::from_static("identity") })
    }

    /// Returns the codings in which to send a body that came from the origin in the codings
    /// `origin`; both are in the order of application. They are the same codings if the client
    /// accepts them all and they can be encoded; else, of the codings that can be encoded, the one
    /// that the client likes best; else none. A body that came without a coding leaves without one.
    #[must_use]
    pub(crate) fn choose(&self, origin: &[Coding]) -> Vec<Coding> {
        let possible = |&coding: &Coding| coding.encodes() && self.accepts(coding);
        if origin.iter().all(possible) {
            return origin.to_vec();
        }
        // `max_by_key` returns the last of several equal elements.
        let best = Coding::ALL
            .iter()
            .copied()
            .rev()
            .filter(possible)
            .max_by_key(|&coding| self.weight(coding));
        Vec::from_iter(best)
    }

    fn lists(&self, coding: Coding) -> bool {
        self.listed.iter().any(|&(listed, _)| listed == coding)
    }

    fn weight(&self, coding: Coding) -> Weight {
        self.listed
            .iter()
            .find(|&&(listed, _)| listed == coding)
            .map(|&(_, weight)| weight)
            .or(self.any)
            .unwrap_or(Weight::ZERO)
    }
}

/// A weight in thousandths (RFC 9110 §12.4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Weight(u16);

impl Weight {
    const ZERO: Self = Self(0);
    const ONE: Self = Self(1000);

    /// Returns the `q` among the parameters of an element, by default 1, or `None` if it is
    /// malformed. Other parameters have no meaning here.
    fn of_parameters<'a>(parameters: impl Iterator<Item = &'a [u8]>) -> Option<Self> {
        for parameter in parameters {
            if let [b'q' | b'Q', b'=', value @ ..] = parameter {
                return Self::parse(value);
            }
        }
        Some(Self::ONE)
    }

    fn parse(value: &[u8]) -> Option<Self> {
        let (&whole @ (b'0' | b'1'), rest) = value.split_first()? else {
            return None;
        };
        let decimals = match rest {
            [] => rest,
            [b'.', decimals @ ..] if decimals.len() <= 3 => decimals,
            _ => return None,
        };
        let mut thousandths = u16::from(whole - b'0') * 1000;
        for (&digit, worth) in decimals.iter().zip([100, 10, 1]) {
            if !digit.is_ascii_digit() {
                return None;
            }
            thousandths += u16::from(digit - b'0') * worth;
        }
        (thousandths <= 1000).then_some(Self(thousandths))
    }
}

/// Formats the weight as a parameter: nothing for 1, else for example `;q=0.8`.
impl fmt::Display for Weight {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            1000 => Ok(()),
            0 => f.write_str(";q=0"),
            thousandths => {
                let decimals = format!("{thousandths:03}");
                write!(f, ";q=0.{}", decimals.trim_end_matches('0'))
            }
        }
    }
}

#[cfg(all(test, feature = "zstd"))] // The tables have all codings.
#[allow(clippy::unwrap_used)] // A panic is how a test fails.
mod tests {
    use super::*;

    type Lines = &'static [&'static [u8]];

    fn accept(lines: &[&[u8]]) -> AcceptEncoding {
        let lines = lines
            .iter()
            .map(|line| (ACCEPT_ENCODING, HeaderValue::from_bytes(line).unwrap()));
        AcceptEncoding::from_headers(&lines.collect())
    }

    #[test]
    fn a_client_takes_what_it_lists_with_a_weight_above_zero() {
        // Which of gzip, deflate, br, zstd and identity are accepted, and what the origin is asked
        // for.
        let table: &[(Lines, [bool; 4], &str)] = &[
            (&[], [false, false, false, false], "identity"),
            (&[b""], [false, false, false, false], "identity"),
            (&[b"gzip"], [true, false, false, false], "gzip"),
            (&[b"x-gzip"], [true, false, false, false], "gzip"),
            (
                &[b"gzip, deflate, br, zstd"],
                [true, true, true, true],
                "gzip, deflate, br, zstd",
            ),
            (
                &[b"GZIP;Q=0.50", b"br ; q=1.000"],
                [true, false, true, false],
                "gzip;q=0.5, br",
            ),
            (
                &[b"gzip;q=0.000, br;q=0.001"],
                [false, false, true, false],
                "gzip;q=0, br;q=0.001",
            ),
            (&[b"*"], [true, true, true, true], "zstd, br, gzip, deflate"),
            (
                &[b"br, *;q=0.1"],
                [true, true, true, true],
                "br, zstd;q=0.1, gzip;q=0.1, deflate;q=0.1",
            ),
            (
                &[b"gzip, *;q=0"],
                [true, false, false, false],
                "gzip, identity;q=0",
            ),
            (
                &[b"gzip;q=0.2, identity;q=0.4, *;q=0"],
                [true, false, false, false],
                "gzip;q=0.2, identity;q=0.4",
            ),
            (
                &[b"identity;q=0"],
                [false, false, false, false],
                "identity;q=0",
            ),
            (&[b"compress, dcz, br"], [false, false, true, false], "br"),
            (&[b"compress"], [false, false, false, false], "identity"),
            // Malformed elements count as absent.
            (&[b"gzip;q=1.1"], [false, false, false, false], "identity"),
            (
                &[b"gzip;q=0.1234"],
                [false, false, false, false],
                "identity",
            ),
            (&[b"gzip;q=.5"], [false, false, false, false], "identity"),
            (
                &[b"gzip;q=x, br;q="],
                [false, false, false, false],
                "identity",
            ),
            (&[b"gz\xffip;q=1"], [false, false, false, false], "identity"),
            // The first of two counts; other parameters do not.
            (
                &[b"gzip;q=0, gzip"],
                [false, false, false, false],
                "gzip;q=0",
            ),
            (&[b"gzip;level=9"], [true, false, false, false], "gzip"),
        ];
        for &(lines, taken, cut) in table {
            let accept = accept(lines);
            let codings = [Coding::Gzip, Coding::Deflate, Coding::Br, Coding::Zstd];
            let found = codings.map(|coding| accept.accepts(coding));
            assert_eq!(found, taken, "{lines:?}");
            assert_eq!(accept.cut(), cut, "{lines:?}");
        }
    }

    #[cfg(feature = "br-encode")]
    #[test]
    fn a_body_is_encoded_as_it_came_or_as_the_client_likes_best() {
        use Coding::{Br, Deflate, Gzip, Zstd};
        let table: &[(&[u8], &[Coding], &[Coding])] = &[
            (b"gzip, br", &[], &[]),
            (b"identity;q=0, gzip", &[], &[]),
            (b"gzip, br", &[Gzip], &[Gzip]),
            (b"gzip;q=0.1, br", &[Gzip], &[Gzip]),
            (b"gzip, br", &[Gzip, Br], &[Gzip, Br]),
            (b"gzip", &[Br], &[Gzip]),
            (b"gzip", &[Gzip, Br], &[Gzip]),
            (b"deflate, gzip, br", &[Zstd], &[Br]),
            (b"deflate, gzip;q=0.9, br;q=0.8", &[Zstd], &[Deflate]),
            (b"gzip, deflate", &[Br], &[Gzip]),
            (b"*;q=0.5, br;q=0", &[Br], &[Gzip]),
            (b"zstd", &[Zstd], &[]),
            (b"zstd, br;q=0.1", &[Gzip, Zstd], &[Br]),
            (b"", &[Gzip], &[]),
            (b"compress", &[Br], &[]),
            (b"identity;q=0", &[Gzip], &[]),
        ];
        for &(line, origin, expected) in table {
            assert_eq!(
                accept(&[line]).choose(origin),
                expected,
                "{line:?} {origin:?}"
            );
        }
        assert_eq!(AcceptEncoding::default().choose(&[Gzip]), []);
    }
}
