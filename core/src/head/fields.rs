//! Fields whose values name an origin, and the values that the browser gets instead.

mod cookie;
mod policy;
mod references;
mod tokens;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, header};

use super::{edit_line, remove};
use crate::csp::Policies;
use crate::map::BaseUrl;
use crate::site::View;
use references::Grammar;
use tokens::replace;

/// The fields with URLs in them, and where the URLs stand, beside those that the configuration
/// names.
static URLS: [(HeaderName, Grammar); 38] = [
    (header::LOCATION, Grammar::Whole),
    (header::CONTENT_LOCATION, Grammar::Whole),
    (header::REFRESH, Grammar::Refresh),
    (header::LINK, Grammar::Link),
    (named("sourcemap"), Grammar::Whole),
    (named("x-sourcemap"), Grammar::Whole),
    (named("x-pingback"), Grammar::Whole),
    (named("service-worker-allowed"), Grammar::Whole),
    (named("speculation-rules"), Grammar::Strings),
    (named("reporting-endpoints"), Grammar::Strings),
    (named("report-to"), Grammar::Json(b"url")),
    (named("nel"), Grammar::Json(b"url")),
    (named("expect-ct"), Grammar::Strings),
    (named("use-as-dictionary"), Grammar::Parameter(b"match")),
    // htmx.
    (named("hx-location"), Grammar::WholeOrPath),
    (named("hx-redirect"), Grammar::Whole),
    (named("hx-push"), Grammar::Whole),
    (named("hx-push-url"), Grammar::Whole),
    (named("hx-replace-url"), Grammar::Whole),
    (named("hx-trigger"), Grammar::Text),
    (named("hx-trigger-after-settle"), Grammar::Text),
    (named("hx-trigger-after-swap"), Grammar::Text),
    // Turbo, Turbolinks, PJAX, Unpoly, Inertia and Intercooler.
    (named("turbo-location"), Grammar::Whole),
    (named("turbolinks-location"), Grammar::Whole),
    (named("x-xhr-redirected-to"), Grammar::Whole),
    (named("x-pjax-url"), Grammar::Whole),
    (named("x-up-location"), Grammar::Whole),
    (named("x-up-events"), Grammar::Text),
    (named("x-inertia-location"), Grammar::Whole),
    (named("x-ic-redirect"), Grammar::Whole),
    // Next.js and Remix.
    (named("x-action-redirect"), Grammar::BeforeSemicolon),
    (named("x-nextjs-redirect"), Grammar::Whole),
    (named("x-nextjs-rewrite"), Grammar::Whole),
    (named("x-middleware-rewrite"), Grammar::Whole),
    (named("x-remix-redirect"), Grammar::Whole),
    (named("x-redirect"), Grammar::Whole),
    // Azure and OData.
    (named("operation-location"), Grammar::Whole),
    (named("odata-entityid"), Grammar::Whole),
];

const fn named(name: &'static str) -> HeaderName {
    HeaderName::from_static(name)
}

/// The fields with origins in them (RFC 6454 §7), which have no path: each becomes a public origin.
static ORIGINS: [HeaderName; 5] = [
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    HeaderName::from_static("timing-allow-origin"),
    header::X_FRAME_OPTIONS,
    HeaderName::from_static("permissions-policy"),
    HeaderName::from_static("feature-policy"),
];

/// The fields that list the hops of the message (RFC 9110 §7.6.3, RFC 9209), perhaps by host, and
/// `Host`, with which some servers answer.
static HOPS: [HeaderName; 3] = [header::VIA, named("proxy-status"), header::HOST];

/// The fields that are content security policies.
static POLICIES: [HeaderName; 4] = [
    header::CONTENT_SECURITY_POLICY,
    header::CONTENT_SECURITY_POLICY_REPORT_ONLY,
    HeaderName::from_static("x-content-security-policy"),
    HeaderName::from_static("x-webkit-csp"),
];

/// What a field has in it that is mapped.
enum Content {
    Urls(Grammar),
    Policy,
    Cookie,
    Origins,
    Challenges,
    Hops,
}

impl Content {
    /// Returns what the field of this name has in it. Returns `None` if it stays as it is.
    fn of(name: &HeaderName) -> Option<Self> {
        if let Some((_, grammar)) = URLS.iter().find(|(known, _)| known == name) {
            return Some(Self::Urls(*grammar));
        }
        Some(match name {
            name if POLICIES.contains(name) => Self::Policy,
            &header::SET_COOKIE => Self::Cookie,
            name if ORIGINS.contains(name) => Self::Origins,
            &header::WWW_AUTHENTICATE => Self::Challenges,
            name if HOPS.contains(name) => Self::Hops,
            _ => return None,
        })
    }

    fn map<'v>(&self, value: &'v [u8], view: View<'_>) -> Cow<'v, [u8]> {
        match (self, view.public) {
            (Self::Urls(grammar), _) => map_urls(*grammar, value, view),
            (Self::Policy, _) => policy::map(value, view),
            (Self::Cookie, _) => cookie::map(value, view),
            (Self::Origins, Some(public)) => map_origins(value, view, public),
            (Self::Challenges, Some(public)) => map_challenges(value, view, public),
            (Self::Hops, Some(public)) => map_hops(value, view, public),
            (Self::Origins | Self::Challenges | Self::Hops, None) => Cow::Borrowed(value),
        }
    }
}

/// Maps every field of a response head that names an origin, whether or not the body is rewritten.
/// `Alt-Svc` is removed: it says where else the *origin* can be reached (RFC 7838). If the browser
/// sees other paths of a route than its origin does, references without a host, and the paths of
/// cookies, become the browser's.
pub(crate) fn map(head: &mut HeaderMap, view: View<'_>) {
    // A head has few fields, and each of them is looked up: that costs less than to look up in the
    // head each field that may have something in it.
    for (name, line) in head.iter_mut() {
        let content = Content::of(name);
        let is_named = view.site.response_fields().contains(name);
        if is_named && !matches!(content, Some(Content::Urls(_))) {
            edit_line(line, |value| map_urls(Grammar::Whole, value, view));
        }
        if let Some(content) = content {
            edit_line(line, |value| content.map(value, view));
        }
    }
    if view.public.is_some() {
        remove(head, |name| name == header::ALT_SVC);
    }
}

/// Maps references without a host, then those that only browsers read as an origin's, then URLs.
fn map_urls<'v>(grammar: Grammar, value: &'v [u8], view: View<'_>) -> Cow<'v, [u8]> {
    let value = references::edit(grammar, value, |reference| view.route.outside(reference));
    let Some(public) = view.public else {
        return value;
    };
    let value = then(value, |value| as_it_is_read(grammar, value, view, public));
    then(value, |value| view.site.urls().map_bytes(public, value))
}

/// Maps a value that may have been mapped before.
fn then<'v>(
    value: Cow<'v, [u8]>,
    map: impl for<'a> Fn(&'a [u8]) -> Cow<'a, [u8]>,
) -> Cow<'v, [u8]> {
    match value {
        Cow::Borrowed(value) => map(value),
        Cow::Owned(value) => Cow::Owned(map(&value).into_owned()),
    }
}

/// Returns the Content Security Policies that a page with this head of the origin is under, as the
/// browser gets them.
pub(crate) fn policies(head: &HeaderMap, view: View<'_>) -> Policies {
    let mut policies = Policies::default();
    for value in head.get_all(header::CONTENT_SECURITY_POLICY) {
        if let Ok(value) = std::str::from_utf8(&policy::map(value.as_bytes(), view)) {
            policies.add_field(value);
        }
    }
    policies
}

/// Returns a URL as browsers read it, if only that reading makes it an origin's.
fn as_it_is_read<'v>(
    grammar: Grammar,
    value: &'v [u8],
    view: View<'_>,
    public: &BaseUrl,
) -> Cow<'v, [u8]> {
    let grammar = grammar.of(value);
    if !matches!(grammar, Grammar::Whole | Grammar::BeforeSemicolon) {
        return Cow::Borrowed(value);
    }
    references::edit(grammar, value, |reference| {
        references::as_it_is_read(reference).filter(|read| is_mapped(read, view, public))
    })
}

/// Returns whether the host of a URL is an origin's, and its path is mapped.
fn is_mapped(url: &[u8], view: View<'_>, public: &BaseUrl) -> bool {
    let end = url.iter().position(|byte| matches!(byte, b'?' | b'#'));
    let place = url.get(..end.unwrap_or(url.len())).unwrap_or_default();
    matches!(view.site.urls().map_bytes(public, place), Cow::Owned(_))
}

/// Maps the URLs that are parameters of challenges (RFC 9110 §11.6.1), such as a realm or the place
/// to get a token, and for `Basic` the bare host too. In other schemes a name that is no URL stays,
/// for clients give it back; so does everything beside a `Digest`, whose realm is part of the
/// hashed data (RFC 7616 §3.4.2).
fn map_challenges<'v>(value: &'v [u8], view: View<'_>, public: &BaseUrl) -> Cow<'v, [u8]> {
    let is_of = |challenge: &[u8], scheme: &[u8]| {
        let start = challenge.trim_ascii().get(..scheme.len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let mut challenges = value.split(|&byte| byte == b',');
    if challenges.any(|challenge| is_of(challenge, b"digest ")) {
        return Cow::Borrowed(value);
    }
    let basic = is_of(value, b"basic ");
    references::edit(Grammar::Strings, value, |string| {
        let is_url = string.windows(3).any(|bytes| bytes == b"://");
        match view.site.urls().map_bytes(public, string) {
            Cow::Owned(mapped) if is_url || basic => Some(mapped),
            _ => None,
        }
    })
}

/// Maps the hosts of origins that stand for hops.
fn map_hops<'v>(value: &'v [u8], view: View<'_>, public: &BaseUrl) -> Cow<'v, [u8]> {
    replace(value, b" \t,;=()\"", |token| {
        let token = std::str::from_utf8(token).ok()?;
        let host = view.site.names().host(token, public)?;
        Some(host.as_bytes().to_vec())
    })
}

/// Maps the origins in a list, whatever separates them.
fn map_origins<'v>(value: &'v [u8], view: View<'_>, public: &BaseUrl) -> Cow<'v, [u8]> {
    replace(value, b" \t,;=()\"", |token| {
        let token = std::str::from_utf8(token).ok()?;
        // A host alone is no origin.
        let names = token.contains("://").then(|| view.site.names())?;
        // If several sources could be meant, the first must do: the field's grammar may allow no
        // list.
        let origin = names.sources(token, public).into_iter().next()?;
        Some(origin.into_bytes())
    })
}
