//! Recognises bodies whose parts carry their length, which a mapped URL would make wrong. Such a
//! body is left as it is.
//!
//! The formats are those that frameworks send as text:
//!
//! ```text
//! delta     = 1*( length "|" type "|" id "|" content "|" )   ; ASP.NET, of an UpdatePanel
//! payload   = 1*( length ":" packet )                        ; Engine.IO 3, by polling
//! functions = 1*( ";0x" 8HEXDIG ";" script )                 ; SolidStart, of a server function
//! ```
//!
//! React's rows, whose lengths are corrected, are left to [`crate::flight`].

use http::Uri;

use crate::media_type::{JAVASCRIPT, MediaType};
use crate::pipeline::START;

/// The types of a delta's parts (ASP.NET AJAX, `MicrosoftAjaxWebForms.js`, `_parseDelta`).
const DELTA_TYPES: [&str; 22] = [
    "#",
    "updatePanel",
    "hiddenField",
    "arrayDeclaration",
    "scriptBlock",
    "scriptStartupBlock",
    "scriptDispose",
    "expando",
    "onSubmit",
    "asyncPostBackControlIDs",
    "asyncPostBackTimeout",
    "postBackControlIDs",
    "updatePanelIDs",
    "childUpdatePanelIDs",
    "panelsToRefreshIDs",
    "formAction",
    "dataItem",
    "dataItemJson",
    "pageRedirect",
    "pageTitle",
    "focus",
    "error",
];

/// The most digits of a length.
const DIGITS: usize = 9;

/// What the heads of an exchange say about the format of the response's body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Counted {
    /// Its parts carry no length.
    Never,
    /// Its start tells whether its parts carry their length.
    Perhaps,
    /// It is a payload of Engine.IO 3.
    Always,
}

impl Counted {
    /// Reads the response's media type, and the target of the request.
    pub(crate) fn of(media_type: Option<&MediaType>, target: &Uri) -> Self {
        let essence = media_type.map_or("", MediaType::essence);
        let mut parameters = target.query().unwrap_or_default().split('&');
        match essence {
            "text/plain" if parameters.any(|parameter| parameter == "EIO=3") => Self::Always,
            "text/plain" => Self::Perhaps,
            _ if JAVASCRIPT.contains(&essence) => Self::Perhaps,
            _ => Self::Never,
        }
    }

    /// Returns whether the parts of a body that starts with `start` carry their length. Returns
    /// `None` if `start` is too short to tell, which it never is from [`START`] bytes on or if it
    /// is the `whole` body.
    pub(crate) fn is(self, start: &[u8], whole: bool) -> Option<bool> {
        if self != Self::Perhaps {
            return Some(self == Self::Always);
        }
        let is_enough = whole || start.len() >= START;
        let start = start.get(..START).unwrap_or(start);
        let formats = [functions(start), delta(start), payload(start, whole)];
        if formats.contains(&Ok(())) {
            return Some(true);
        }
        let is_open = formats.contains(&Err(Miss::Cut)) && !is_enough;
        (!is_open).then_some(false)
    }
}

/// Why a body is not known to have a format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Miss {
    /// It has another format.
    Not,
    /// Its start ends too early to tell.
    Cut,
}

fn functions(start: &[u8]) -> Result<(), Miss> {
    let rest = behind(start, b";0x")?;
    let digits = rest.get(..8).unwrap_or(rest);
    if !digits.iter().all(u8::is_ascii_hexdigit) {
        return Err(Miss::Not);
    }
    let rest = rest.get(8..).ok_or(Miss::Cut)?;
    behind(rest, b";").map(drop)
}

fn delta(start: &[u8]) -> Result<(), Miss> {
    let (_, rest) = length(start)?;
    let rest = behind(rest, b"|")?;
    let of_type = |name: &&str| behind(rest, name.as_bytes()).and_then(|rest| behind(rest, b"|"));
    let mut found = DELTA_TYPES.iter().map(|name| of_type(name).map(drop));
    match found.clone().find(Result::is_ok) {
        Some(found) => found,
        None if found.any(|found| found == Err(Miss::Cut)) => Err(Miss::Cut),
        None => Err(Miss::Not),
    }
}

/// Reads the first packet, whose length must be right.
fn payload(start: &[u8], whole: bool) -> Result<(), Miss> {
    let (length, rest) = length(start)?;
    let packet = behind(rest, b":")?;
    // The type of the packet, of which there are seven.
    if !matches!(packet.first(), Some(b'0'..=b'6') | None) {
        return Err(Miss::Not);
    }
    match behind_units(packet, length)? {
        [] if whole => Ok(()),
        rest => {
            let (_, rest) = self::length(rest)?;
            behind(rest, b":").map(drop)
        }
    }
}

/// Returns what follows `text` behind `expected`.
fn behind<'a>(text: &'a [u8], expected: &[u8]) -> Result<&'a [u8], Miss> {
    match text.strip_prefix(expected) {
        Some(rest) => Ok(rest),
        None if expected.starts_with(text) => Err(Miss::Cut),
        None => Err(Miss::Not),
    }
}

/// Returns the decimal number at the front of `text`, and what follows.
fn length(text: &[u8]) -> Result<(usize, &[u8]), Miss> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (digits, rest) = text.split_at_checked(digits).ok_or(Miss::Not)?;
    match rest {
        _ if digits.len() > DIGITS => Err(Miss::Not),
        [] => Err(Miss::Cut),
        _ => {
            let number = str::from_utf8(digits).ok().and_then(|it| it.parse().ok());
            Ok((number.ok_or(Miss::Not)?, rest))
        }
    }
}

/// Returns what follows the first `units` UTF-16 code units of a text in UTF-8, if it has as many.
pub(crate) fn behind_utf16(text: &[u8], units: usize) -> Option<&[u8]> {
    behind_units(text, units).ok()
}

/// Returns what follows the first `units` UTF-16 code units of a text in UTF-8.
fn behind_units(text: &[u8], units: usize) -> Result<&[u8], Miss> {
    let mut left = units;
    let mut rest = text;
    while left > 0 {
        let &first = rest.first().ok_or(Miss::Cut)?;
        let (bytes, units) = match first {
            0..0x80 => (1, 1),
            0xc0..0xe0 => (2, 1),
            0xe0..0xf0 => (3, 1),
            0xf0.. => (4, 2),
            0x80..0xc0 => return Err(Miss::Not),
        };
        left = left.checked_sub(units).ok_or(Miss::Not)?;
        rest = rest.get(bytes..).ok_or(Miss::Cut)?;
    }
    Ok(rest)
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;
    use http::{HeaderMap, HeaderValue};

    use super::*;

    fn of(essence: &'static str, target: &'static str) -> Counted {
        let mut head = HeaderMap::new();
        head.insert(CONTENT_TYPE, HeaderValue::from_static(essence));
        Counted::of(MediaType::of(&head).as_ref(), &Uri::from_static(target))
    }

    /// Returns whether a body is counted, and checks that every way to cut it says the same.
    fn is_counted(body: &str) -> bool {
        let known = |len: usize| {
            let start = body.as_bytes().get(..len).expect("a start of the body");
            Counted::Perhaps.is(start, false)
        };
        let whole = Counted::Perhaps.is(body.as_bytes(), true);
        let whole = whole.expect("the body is whole");
        let mut is_known = false;
        for len in 0..=body.len() {
            let known = known(len);
            assert!(known.is_none_or(|known| known == whole), "{body} at {len}");
            assert!(known.is_some() || !is_known, "{body} at {len}");
            is_known = known.is_some();
        }
        whole
    }

    #[test]
    fn a_body_with_lengths_is_recognised_by_its_start() {
        for body in [
            "1#||4|44|updatePanel|UpdatePanel1|<p>x</p>|",
            "1|#||4|44|updatePanel|UpdatePanel1|<p>x</p>|",
            "44|updatePanel|UpdatePanel1|<p>x</p>|",
            "0|pageRedirect||/login|",
            "6:4hello2:40",
            "6:4hello",
            "2:40",
            "9:42[\"é😀\"]",
            "97:0{\"sid\":\"Y3Ts0DTYzXtgNCTrAAAA\",\"upgrades\":[\"websocket\"],\"pingInterval\":25000,\"pingTimeout\":60000}2:40",
            ";0x0000000b;((self.$R={}))",
            ";0x000000ff;x",
        ] {
            assert_eq!(is_counted(body), !body.starts_with("1#"), "{body}");
        }
    }

    #[test]
    fn a_text_that_only_begins_with_a_number_or_a_semicolon_is_not_counted() {
        for body in [
            "",
            "1",
            "12|",
            "12|a|b|c|",
            "12|updatePanels|x",
            "12:30 Meeting at https://origin.example.com/",
            "12:4",
            "12:4 o'clock",
            "2:1 for them",
            "5:4\n3:4\n",
            "1234567890:4x",
            ";0x12;x",
            ";(function(){})()",
            ";0xZZZZZZZZ;",
            "User-agent: *\nSitemap: https://origin.example.com/sitemap.xml\n",
        ] {
            assert!(!is_counted(body), "{body}");
        }
    }

    #[test]
    fn a_packet_that_is_longer_than_the_start_is_known_by_the_request_only() {
        let long = format!("5001:4{}2:40", "x".repeat(5000));
        assert_eq!(Counted::Perhaps.is(long.as_bytes(), false), Some(false));
        assert_eq!(Counted::Always.is(long.as_bytes(), false), Some(true));
        for (essence, target, expected) in [
            (
                "text/plain; charset=UTF-8",
                "/engine.io/?EIO=3&transport=polling",
                Counted::Always,
            ),
            (
                "text/plain",
                "/socket.io/?transport=polling&EIO=3",
                Counted::Always,
            ),
            (
                "text/plain",
                "/socket.io/?EIO=4&transport=polling",
                Counted::Perhaps,
            ),
            ("application/javascript", "/_server/", Counted::Perhaps),
            ("text/html", "/?EIO=3", Counted::Never),
            ("application/json", "/", Counted::Never),
        ] {
            assert_eq!(of(essence, target), expected, "{essence} {target}");
        }
    }
}
