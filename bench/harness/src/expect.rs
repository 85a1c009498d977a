//! What a right answer is: a program that is fast and wrong has no place in a table.

use anyhow::{Result, ensure};

use crate::client::{self, Response, find};
use crate::files::Page;
use crate::pages::{PUBLIC, TAG};
use crate::process::Server;

/// What a program does with a page.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Expected {
    pub(crate) maps: Maps,
    /// Whether it injects the element into `head`.
    pub(crate) injects: bool,
}

/// Which URLs a program maps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Maps {
    /// None: every byte stays.
    None,
    /// One string, wherever it stands.
    String,
    /// Some attributes.
    Attributes,
    /// All, as the gate does.
    All,
}

/// Asks a program for a page, checks the answer, and returns it.
pub(crate) fn check(
    server: &Server,
    path: &str,
    coding: Option<&str>,
    page: &Page,
    expected: Expected,
) -> Result<Response> {
    let response = client::get(server.address, path, coding)?;
    ensure!(
        response.status == 200,
        "the status is {}; {}",
        response.status,
        server.log()
    );
    if page.path.ends_with(".html") {
        let got = response.field("Content-Encoding");
        ensure!(got == coding.unwrap_or_default(), "the coding is \"{got}\"");
    }
    is_right(&response.decoded()?, page, expected)?;
    Ok(response)
}

fn is_right(got: &[u8], page: &Page, expected: Expected) -> Result<()> {
    let injected = count(got, TAG.as_bytes()).saturating_sub(count(&page.body, TAG.as_bytes()));
    ensure!(
        injected == usize::from(expected.injects),
        "the element is there {injected} times"
    );
    let got = match find(got, TAG.as_bytes()) {
        Some(at) if expected.injects => [&got[..at], &got[at + TAG.len()..]].concat(),
        _ => got.to_vec(),
    };
    let own = format!("{}/", page.origin).into_bytes();
    match expected.maps {
        Maps::None => ensure!(got == page.body, "bytes have changed"),
        Maps::String => {
            let mapped = replaced(&page.body, page.origin.as_bytes(), PUBLIC.as_bytes());
            ensure!(got == mapped, "it is no replacement of one string");
        }
        Maps::Attributes => {
            let (left, were) = (count(&got, &own), count(&page.body, &own));
            ensure!(left < were || were == 0, "{left} of {were} URLs are left");
        }
        Maps::All => ensure!(
            count(&got, &own) == 0,
            "{} URLs are left",
            count(&got, &own)
        ),
    }
    let end = &page.body[page.body.len().saturating_sub(8)..];
    ensure!(got.ends_with(end), "the end is missing");
    Ok(())
}

fn count(bytes: &[u8], wanted: &[u8]) -> usize {
    let mut rest = bytes;
    let mut count = 0;
    while let Some(at) = find(rest, wanted) {
        count += 1;
        rest = &rest[at + wanted.len()..];
    }
    count
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = bytes;
    while let Some(at) = find(rest, from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{Expected, Maps, is_right};
    use crate::files::Page;

    const PAGE: &str = "<head></head><a href=\"https://o.test/a\">https://o.test/</a></html>";

    #[test]
    fn a_wrong_answer_is_told_from_a_right_one() {
        let page = Page {
            name: "page".to_owned(),
            path: "/page.html".to_owned(),
            origin: "https://o.test".to_owned(),
            body: PAGE.into(),
        };
        let mapped = PAGE.replace("https://o.test", "https://www.example.com");
        let injected = mapped.replace("<head>", "<head><script src=\"/_sg/tag.js\"></script>");
        let attribute = PAGE.replacen("https://o.test", "https://www.example.com", 1);
        let cut = &mapped[..mapped.len() - 9];
        for (got, maps, injects, right) in [
            (PAGE, Maps::None, false, true),
            (&mapped, Maps::None, false, false),
            (&mapped, Maps::String, false, true),
            (&attribute, Maps::String, false, false),
            (&attribute, Maps::Attributes, false, true),
            (PAGE, Maps::Attributes, false, false),
            (&injected, Maps::All, true, true),
            (&injected, Maps::All, false, false),
            (&mapped, Maps::All, true, false),
            (&attribute, Maps::All, false, false),
            (cut, Maps::All, false, false),
        ] {
            let is = is_right(got.as_bytes(), &page, Expected { maps, injects });
            assert_eq!(is.is_ok(), right, "{got} {maps:?} {injects}");
        }
    }
}
