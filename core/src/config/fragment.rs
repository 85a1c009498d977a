//! `[[fragment]]`: what is put into a page late, and what makes it valid.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use super::checked::{Placed, Size, Time, checked, unplaced};
use super::raw_when::WhenEntry;
use super::rule;
use crate::condition::When;
use crate::value::Template;

/// `[[fragment]]`: markup that is fetched by itself, and put into the page as it comes.
#[derive(Debug, Clone, Hash)]
pub(crate) struct FragmentConfig {
    /// `select`, `comment` or `esi`: where the page waits for it.
    pub(crate) seam: SeamConfig,
    /// `place`.
    pub(crate) place: Place,
    /// `src`: path and query at the public host. Empty if the page names it.
    pub(crate) src: String,
    /// `fetch`.
    pub(crate) start: Start,
    /// `deadline`: how long after its request it may begin, and how long it may take after that.
    pub(crate) deadline: Duration,
    /// `fallback`: the markup that stands in for it. May be empty.
    pub(crate) fallback: String,
    /// `max_size` in bytes, decoded.
    pub(crate) max_size: usize,
    /// `cookies`: the names of the client's cookies that its request has.
    pub(crate) cookies: Vec<String>,
    /// `client_address`: whether its request tells who the client is.
    pub(crate) client_address: bool,
    /// `rewrite`.
    pub(crate) rewrite: Rewrite,
    /// `out_of_order`: whether the page goes on at the seam without waiting.
    pub(crate) out_of_order: bool,
    /// `values`: `src` and `fallback` have values of the request in them.
    pub(crate) values: bool,
    /// `when`: on which pages, and for which requests.
    pub(crate) when: When,
}

impl FragmentConfig {
    /// `deadline`, where it is left out.
    const DEADLINE: Duration = Duration::from_secs(1);
    /// `max_size`, where it is left out.
    const MAX_SIZE: usize = 256 << 10;

    /// Returns the values in `src` and in `fallback`. Returns `None` if there are none.
    ///
    /// # Errors
    /// Returns what is wrong with a value.
    pub(crate) fn templates(&self) -> Result<Option<FragmentTemplates>, String> {
        if !self.values {
            return Ok(None);
        }
        let src = Template::of_url(&self.src).map_err(|what| format!("src: {what}"))?;
        let fallback = Template::of_markup(&self.fallback);
        let fallback = fallback.map_err(|what| format!("fallback: {what}"))?;
        if fallback.has_nonces() {
            return Err("fallback: {nonce} cannot stand there".to_owned());
        }
        if !src.has_values() && !fallback.has_values() {
            return Err("values has nothing to act on: no text has a value in it".to_owned());
        }
        Ok(Some(FragmentTemplates { src, fallback }))
    }
}

/// The values of a fragment's texts.
#[derive(Debug, Clone)]
pub(crate) struct FragmentTemplates {
    pub(crate) src: Template,
    pub(crate) fallback: Template,
}

/// Writes where the fragment comes from, and where it goes.
impl fmt::Display for FragmentConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.seam {
            SeamConfig::Element(selector) => write!(f, "{} at {selector}", self.src),
            SeamConfig::Comment(text) => write!(f, "{} at <!-- {text} -->", self.src),
            SeamConfig::Include => f.write_str("each <esi:include>"),
        }
    }
}

/// Where in a page a fragment belongs.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum SeamConfig {
    /// `select`: the first element that a CSS selector finds.
    Element(String),
    /// `comment`: the first comment that says this.
    Comment(String),
    /// `esi`: each `<esi:include>`, which names what it wants.
    Include,
}

/// The place of a fragment at its seam.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Place {
    /// `before`: before the start tag.
    Before,
    /// `prepend`: right after the start tag.
    Prepend,
    /// `inner`: in place of the content.
    Inner,
    /// `append`: right before the end tag.
    Append,
    /// `after`: after the end tag.
    After,
    /// `replace`: in place of the element with its content, or of the comment.
    Replace,
}

/// When a fragment is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Start {
    /// `eager`: with the request for what seems to be a page.
    Eager,
    /// `lazy`: once the head of the response says that it is a page.
    Lazy,
}

/// What is done to a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Rewrite {
    /// `none`: nothing.
    Nothing,
    /// `map`: the origin's URLs in it become public ones.
    Map,
    /// `page`: that, and the structure rules act on it.
    Page,
}

/// Elements that have no content (HTML standard §13.1.2).
const VOID: &[&str] = &[
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
];

#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(with = "RawFragment")
)]
#[derive(Deserialize)]
#[serde(try_from = "RawFragment")]
pub(super) struct CheckedFragment(pub(super) FragmentConfig);

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
struct RawFragment {
    /// Selects the element at which the fragment is put into the page, by a CSS selector: the first
    /// that it finds.
    select: Option<Selector>,
    /// Names the comment at which the fragment is put into the page, by its text without the spaces
    /// around it: the first such comment.
    comment: Option<Marker>,
    /// Puts a fragment in the place of each `<esi:include>`, which names its `src` itself. Default:
    /// false.
    #[serde(default)]
    esi: bool,
    /// Says where at the element or the comment the fragment stands. Default: `append`; with
    /// `comment`, `replace`.
    place: Option<RawPlace>,
    /// Names what is fetched: a path at the public host, perhaps with a query, as
    /// `/fragments/cart`.
    src: Option<Source>,
    /// Says when the fragment is fetched. Default: `eager`; with `esi`, as soon as its tag is seen.
    fetch: Option<RawStart>,
    /// Limits how long the fragment may take to begin after its request, and to end after it has
    /// begun. Default: 1 s.
    deadline: Option<Time>,
    /// Gives the markup that stands in for a fragment that cannot be had. Default: none.
    #[serde(default)]
    fallback: String,
    /// Limits the length of the fragment, decoded. Default: 256 KiB.
    max_size: Option<Size>,
    /// Names the cookies of the client that the request for the fragment has. Default: none.
    #[serde(default)]
    cookies: Vec<Placed<CookieName>>,
    /// Tells the origin of the fragment the address of the client, as pages tell it. Default:
    /// false.
    #[serde(default)]
    client_address: bool,
    /// Says what is done to the fragment. Default: `map`.
    rewrite: Option<RawRewrite>,
    /// Lets the page go on without waiting, and puts the fragment into its place by a script at the
    /// end of the page. Default: false.
    #[serde(default)]
    out_of_order: bool,
    /// Puts values of the request, as `{cookie.name|guest}`, into `src` and `fallback`. Default:
    /// false.
    #[serde(default)]
    values: bool,
    /// Says on which pages the fragment stands, and for which requests. Default: on all that are
    /// `text/html`.
    #[serde(default)]
    when: WhenEntry,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawPlace {
    /// Before the element or the comment.
    Before,
    /// At the start of the element.
    Prepend,
    /// In the place of the element's content.
    Inner,
    /// At the end of the element.
    Append,
    /// After the element or the comment.
    After,
    /// In the place of the element or the comment.
    Replace,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawStart {
    /// With the request of the client, if that seems to be for a page.
    Eager,
    /// Once the head of the response says that it is a page.
    Lazy,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawRewrite {
    /// Nothing.
    None,
    /// Makes the origin's URLs public ones.
    Map,
    /// Does that, and applies the structure rules.
    Page,
}

checked!(Selector(String), rule::selector);
checked!(Marker(String), marker);
checked!(Source(String), source, "pattern" = "^/");
checked!(CookieName(String), cookie_name);

/// Checks the text of a comment.
fn marker(text: &str) -> Result<String, String> {
    let marker = text.trim();
    if marker.is_empty() {
        Err("the comment is empty".to_owned())
    } else if marker.contains(['<', '>']) || marker.contains("--") || !marker.is_ascii() {
        Err(format!(
            "{text:?} is no text of a comment: it is ASCII without '<', '>' and \"--\""
        ))
    } else {
        Ok(marker.to_owned())
    }
}

/// Checks a path at the public host.
fn source(text: &str) -> Result<String, String> {
    let is_path = text.starts_with('/') && !text.starts_with("//") && !text.contains('#');
    match text.parse::<http::uri::PathAndQuery>() {
        Ok(_) if is_path => Ok(text.to_owned()),
        _ => Err(format!(
            "{text:?} is no path: it is as \"/fragments/cart\", at the public host"
        )),
    }
}

/// Checks the name of a cookie (RFC 6265 §4.1.1).
fn cookie_name(text: &str) -> Result<String, String> {
    let valid = |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte);
    if !text.is_empty() && text.bytes().all(valid) {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is no name of a cookie"))
    }
}

impl TryFrom<RawFragment> for CheckedFragment {
    type Error = String;

    fn try_from(raw: RawFragment) -> Result<Self, String> {
        let seam = match (raw.select, raw.comment, raw.esi) {
            (Some(Selector(selector)), None, false) => SeamConfig::Element(selector),
            (None, Some(Marker(text)), false) => SeamConfig::Comment(text),
            (None, None, true) => SeamConfig::Include,
            _ => return Err("the fragment needs one of select, comment and esi = true".to_owned()),
        };
        let place = place(&seam, raw.place.as_ref())?;
        let src = match (&seam, raw.src) {
            (SeamConfig::Include, Some(_)) => {
                return Err("src cannot stand beside esi: the tags name what they want".to_owned());
            }
            (SeamConfig::Include, None) => String::new(),
            (_, Some(Source(src))) => src,
            (_, None) => return Err("the fragment needs src, the path that it has".to_owned()),
        };
        let start = match (&seam, raw.fetch) {
            (SeamConfig::Include, Some(_)) => {
                return Err("fetch cannot stand beside esi: a tag must be seen first".to_owned());
            }
            (SeamConfig::Include, None) | (_, Some(RawStart::Lazy)) => Start::Lazy,
            (_, None | Some(RawStart::Eager)) => Start::Eager,
        };
        let when = raw.when.0;
        if !when.media_types.is_empty() {
            return Err(
                "when.media_type cannot stand here: fragments are for text/html".to_owned(),
            );
        }
        let fragment = FragmentConfig {
            seam,
            place,
            src,
            start,
            deadline: raw.deadline.map_or(FragmentConfig::DEADLINE, |time| time.0),
            fallback: raw.fallback,
            max_size: raw.max_size.map_or(FragmentConfig::MAX_SIZE, |size| size.0),
            cookies: unplaced(raw.cookies).map(|name| name.0).collect(),
            client_address: raw.client_address,
            rewrite: match raw.rewrite {
                Some(RawRewrite::None) => Rewrite::Nothing,
                None | Some(RawRewrite::Map) => Rewrite::Map,
                Some(RawRewrite::Page) => Rewrite::Page,
            },
            out_of_order: raw.out_of_order,
            values: raw.values,
            when,
        };
        fragment.templates()?;
        Ok(Self(fragment))
    }
}

/// Returns the place of a fragment, which must be one that its seam has.
fn place(seam: &SeamConfig, place: Option<&RawPlace>) -> Result<Place, String> {
    let place = match place {
        None => match seam {
            SeamConfig::Element(_) => Place::Append,
            SeamConfig::Comment(_) | SeamConfig::Include => Place::Replace,
        },
        Some(RawPlace::Before) => Place::Before,
        Some(RawPlace::Prepend) => Place::Prepend,
        Some(RawPlace::Inner) => Place::Inner,
        Some(RawPlace::Append) => Place::Append,
        Some(RawPlace::After) => Place::After,
        Some(RawPlace::Replace) => Place::Replace,
    };
    let is_inside = matches!(place, Place::Prepend | Place::Inner | Place::Append);
    match seam {
        SeamConfig::Comment(_) if is_inside => {
            Err("a comment has no content: place is before, after or replace".to_owned())
        }
        SeamConfig::Include if place != Place::Replace => {
            Err("place cannot stand beside esi: a fragment replaces its tag".to_owned())
        }
        SeamConfig::Element(selector) if is_inside && selects_void(selector) => Err(format!(
            "{selector:?} selects elements without content: place is before, after or replace"
        )),
        SeamConfig::Element(selector)
            if place == Place::Replace && matches!(selector.trim(), "html" | "head" | "body") =>
        {
            Err(format!("{selector:?} cannot be replaced by a fragment"))
        }
        _ => Ok(place),
    }
}

/// Returns whether all that a selector selects has no content, by the name at its end. Returns
/// `false` for a selector with escapes or quotes, which is not read here.
fn selects_void(selector: &str) -> bool {
    if selector.contains(['\\', '"', '\'']) {
        return false;
    }
    selector.split(',').all(|one| {
        let last = one
            .split(|char: char| matches!(char, '>' | '+' | '~') || char.is_whitespace())
            .rfind(|part| !part.is_empty());
        let name = last.and_then(|last| last.split(['.', '#', ':', '[']).next());
        name.is_some_and(|name| VOID.iter().any(|void| void.eq_ignore_ascii_case(name)))
    })
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn read(fragment: &str) -> Result<FragmentConfig, String> {
        let text = format!("origin.url = 'https://o.example'\n[[fragment]]\n{fragment}");
        match Config::from_toml(&text, "f") {
            Ok(config) => Ok(config.fragments[0].clone()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn what_is_left_out_has_its_default() {
        let fragment = read("select = '#cart'\nsrc = '/cart?x=1'").unwrap();
        assert_eq!(fragment.seam, SeamConfig::Element("#cart".to_owned()));
        assert_eq!(fragment.place, Place::Append);
        assert_eq!(fragment.start, Start::Eager);
        assert_eq!(fragment.deadline, Duration::from_secs(1));
        assert_eq!(fragment.max_size, 256 << 10);
        assert_eq!(fragment.rewrite, Rewrite::Map);
        assert!(fragment.cookies.is_empty() && !fragment.client_address);
        let fragment = read("comment = ' cart '\nsrc = '/cart'").unwrap();
        assert_eq!(fragment.seam, SeamConfig::Comment("cart".to_owned()));
        assert_eq!(fragment.place, Place::Replace);
        let fragment = read("esi = true").unwrap();
        assert_eq!(
            (fragment.start, fragment.place),
            (Start::Lazy, Place::Replace)
        );
    }

    #[test]
    fn what_cannot_stand_is_refused_with_its_reason() {
        for (fragment, why) in [
            ("src = '/a'", "one of select, comment and esi"),
            ("select = 'p'\nesi = true", "one of select, comment and esi"),
            ("select = 'p'", "needs src"),
            ("esi = true\nsrc = '/a'", "src cannot stand beside esi"),
            (
                "esi = true\nplace = 'after'",
                "place cannot stand beside esi",
            ),
            (
                "esi = true\nfetch = 'eager'",
                "fetch cannot stand beside esi",
            ),
            ("select = 'p'\nsrc = 'a'", "\"a\" is no path"),
            ("select = 'p'\nsrc = '//a/b'", "\"//a/b\" is no path"),
            ("select = 'p'\nsrc = '/a#b'", "is no path"),
            ("select = 'p>'\nsrc = '/a'", "is no selector"),
            ("comment = 'a--b'\nsrc = '/a'", "is no text of a comment"),
            ("comment = ' '\nsrc = '/a'", "the comment is empty"),
            (
                "comment = 'a'\nsrc = '/a'\nplace = 'inner'",
                "a comment has no content",
            ),
            (
                "select = 'main > img.a, hr'\nsrc = '/a'\nplace = 'inner'",
                "selects elements without content",
            ),
            (
                "select = 'body'\nsrc = '/a'\nplace = 'replace'",
                "cannot be replaced",
            ),
            (
                "select = 'p'\nsrc = '/a'\ncookies = ['a=b']",
                "is no name of a cookie",
            ),
            (
                "select = 'p'\nsrc = '/a'\nwhen = { media_type = '+xml' }",
                "fragments are for text/html",
            ),
        ] {
            let fault = read(fragment).unwrap_err();
            assert!(fault.contains(why), "{fragment}: {fault}");
        }
        assert!(read("select = 'img, p'\nsrc = '/a'").is_ok());
        assert!(read("select = 'img'\nsrc = '/a'\nplace = 'after'").is_ok());
    }
}
