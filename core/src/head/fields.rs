//! Fields whose values name an origin, and the values that the browser gets instead.

mod cookie;
mod policy;
mod references;
mod tokens;

#[cfg(test)]
mod tests;

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, header};

use super::edit_line;
use crate::csp::Policies;
use crate::map::BaseUrl;
use crate::site::View;
use references::Grammar;
use tokens::replace;

/// Returns where URLs stand in the field of this name. Returns `None` if it has none. A `match` of
/// texts compares their lengths first, so it costs little for the fields that are not there.
fn urls(name: &HeaderName) -> Option<Grammar> {
    Some(match name.as_str() {
        "location" | "content-location" | "operation-location" | "odata-entityid"
        | "sourcemap" | "x-sourcemap" | "x-pingback" | "service-worker-allowed"
        // htmx.
        | "hx-redirect" | "hx-push" | "hx-push-url" | "hx-replace-url"
        // Turbo, Turbolinks, PJAX, Unpoly, Inertia and Intercooler.
        | "turbo-location" | "turbolinks-location" | "x-xhr-redirected-to" | "x-pjax-url"
        | "x-up-location" | "x-inertia-location" | "x-ic-redirect"
        // Next.js and Remix.
        | "x-nextjs-redirect" | "x-nextjs-rewrite" | "x-middleware-rewrite"
        | "x-remix-redirect" | "x-redirect" => Grammar::Whole,
        "hx-location" => Grammar::WholeOrPath,
        "x-action-redirect" => Grammar::BeforeSemicolon,
        "refresh" => Grammar::Refresh,
        "link" => Grammar::Link,
        "speculation-rules" | "reporting-endpoints" | "expect-ct" => Grammar::Strings,
        "report-to" | "nel" => Grammar::Json(b"url"),
        "use-as-dictionary" => Grammar::Parameter(b"match"),
        // Events of htmx and of Unpoly.
        "hx-trigger" | "hx-trigger-after-settle" | "hx-trigger-after-swap" | "x-up-events" => {
            Grammar::Text
        }
        _ => return None,
    })
}

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
    /// Returns what the field of this name has in it, beside those that the configuration names.
    /// Returns `None` if it stays as it is.
    fn of(name: &HeaderName) -> Option<Self> {
        urls(name).map(Self::Urls).or_else(|| {
            Some(match name.as_str() {
                "content-security-policy"
                | "content-security-policy-report-only"
                | "x-content-security-policy"
                | "x-webkit-csp" => Self::Policy,
                "set-cookie" => Self::Cookie,
                // Origins (RFC 6454 §7) have no path: each becomes a public origin.
                "access-control-allow-origin"
                | "timing-allow-origin"
                | "x-frame-options"
                | "permissions-policy"
                | "feature-policy" => Self::Origins,
                "www-authenticate" => Self::Challenges,
                // The hops of the message (RFC 9110 §7.6.3, RFC 9209), perhaps by host, and
                // `Host`, with which some servers answer.
                "via" | "proxy-status" | "host" => Self::Hops,
                _ => return None,
            })
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
/// If the browser sees other paths of a route than its origin does, references without a host, and
/// the paths of cookies, become the browser's.
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
}

/// Returns whether a field says where else the *origin* can be reached, as `Alt-Svc` does (RFC
/// 7838), where the browser is to know the public host alone.
pub(crate) fn leads_elsewhere(name: &HeaderName, view: View<'_>) -> bool {
    view.public.is_some() && name == header::ALT_SVC
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
