//! Parameters of queries with URLs of the site, which the gate made public in a page and which come
//! back: to an image optimiser, to an oEmbed endpoint, to a page that leads on after a login.

use std::borrow::Cow;

use http::Uri;

use super::urls::own_page;
use crate::config::{QueryParameter, fits};
use crate::map::BaseUrl;
use crate::site::View;

/// The parameters that well-known applications have URLs of their own pages and pictures in: the
/// pattern of the path, and the name.
const KNOWN: [(&str, &str); 8] = [
    // Image optimisers: Next.js, Vercel, Astro, Netlify.
    ("*/_next/image", "url"),
    ("*/_vercel/image", "url"),
    ("*/_image", "href"),
    ("*/.netlify/images", "url"),
    // oEmbed (https://oembed.com): WordPress, Drupal, and those that name the endpoint by it.
    ("*/wp-json/oembed/1.0/*", "url"),
    ("*/oembed", "url"),
    // WordPress: the page to go to after signing in or out.
    ("*/wp-login.php", "redirect_to"),
    // Discourse: the page that comments belong to.
    ("*/embed/comments", "embed_url"),
];

/// Parts of the names of parameters that sign the others. A signed query stays as it is: the origin
/// would refuse another one.
const SIGNATURES: [&str; 4] = ["sig", "hmac", "hash", "token"];

/// Replaces public URLs in the parameters that the configuration names, or else in those of known
/// applications, by the origins' URLs, unless the origin is to read the public ones. Returns `None`
/// if the query stays as it is.
///
/// A value keeps the encoding that it has, and everything behind the replaced host its bytes.
pub(super) fn map(client: &Uri, view: View<'_>) -> Option<String> {
    let query = client.query()?;
    let public = view.public?;
    if view.route.origin().identity.tells_public_host() {
        return None;
    }
    let path = client.path();
    let is_mapped = |name: &[u8]| match view.site.queries() {
        Some(parameters) => parameters
            .iter()
            .any(|QueryParameter { path: at, name: of }| of.as_bytes() == name && fits(at, path)),
        None => KNOWN
            .iter()
            .any(|(at, of)| of.as_bytes() == name && fits(at, path)),
    };
    let mut changed = false;
    let mapped: Vec<Cow<'_, str>> = query
        .split('&')
        .map(|parameter| {
            let own = parameter.split_once('=').and_then(|(name, value)| {
                let value = is_mapped(&decoded(name)).then(|| own_value(value, view, public))?;
                Some(format!("{name}={}", value?))
            });
            changed |= own.is_some();
            own.map_or(Cow::Borrowed(parameter), Cow::Owned)
        })
        .collect();
    let stays = !changed || (view.site.queries().is_none() && is_signed(query));
    (!stays).then(|| mapped.join("&"))
}

/// Returns whether a parameter is there that looks like a signature of the query.
fn is_signed(query: &str) -> bool {
    query.split('&').any(|parameter| {
        let name = parameter.split('=').next().unwrap_or_default();
        let name = name.to_ascii_lowercase();
        SIGNATURES.iter().any(|part| name.contains(part))
    })
}

/// Returns the value of a parameter as the origin has it. Returns `None` if the value is no URL of
/// the site.
fn own_value(value: &str, view: View<'_>, public: &BaseUrl) -> Option<String> {
    let url = decoded(value);
    let own = own_page(&url, view, public)?;
    let same = url.iter().rev().zip(own.iter().rev());
    let same = same.take_while(|(old, new)| old == new).count();
    let front = own.get(..own.len().checked_sub(same)?)?;
    let behind = value.get(place(value, url.len().checked_sub(same)?)..)?;
    Some(encoded(front, value) + behind)
}

/// Encodes bytes of a URL as `model` encodes its own: with or without escapes for the delimiters,
/// in upper or lower case.
fn encoded(bytes: &[u8], model: &str) -> String {
    let plain = model.contains("://");
    let lower = model.contains("%3a") || model.contains("%2f");
    bytes.iter().fold(String::new(), |text, &byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
            text + char::from(byte).encode_utf8(&mut [0; 4])
        }
        b':' | b'/' if plain => text + char::from(byte).encode_utf8(&mut [0; 4]),
        _ if lower => text + &format!("%{byte:02x}"),
        _ => text + &format!("%{byte:02X}"),
    })
}

/// Undoes percent-encoding (RFC 3986 §2.1). What is no escape stays.
fn decoded(text: &str) -> Vec<u8> {
    characters(text).map(|(byte, _)| byte).collect()
}

/// Returns the position in `text` of the character with this number once it is decoded.
fn place(text: &str, number: usize) -> usize {
    characters(text)
        .take(number)
        .map(|(_, length)| length)
        .sum()
}

/// Returns each byte that a percent-encoded text stands for, and the bytes that it takes there.
fn characters(text: &str) -> impl Iterator<Item = (u8, usize)> {
    let mut rest = text.as_bytes();
    std::iter::from_fn(move || {
        let (byte, length) = match rest {
            [b'%', high, low, ..] => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high * 16 + low, 3),
                _ => (b'%', 1),
            },
            [byte, ..] => (*byte, 1),
            [] => return None,
        };
        rest = rest.get(length..)?;
        Some((byte, length))
    })
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16)?.try_into().ok()
}
