//! The walk over the truth table as it can be shown: which rows were tried for a response, why each
//! matched or did not, and which stages its body goes through.
//!
//! The walk is that of [`decide_watched`], so it cannot differ from what is decided. Only the
//! sentences are made here, from what the rows looked at.

use http::{Method, Request, Response};

use super::decision::{Exchange, decide_watched, forbids_transformation};
use super::{Decision, Gate, Reason, Representation, Ruling};
use crate::coding::{AcceptEncoding, Coding};
use crate::config::{NoTransform, Scope};
use crate::html::{About, AboutFragment};
use crate::map::{BaseUrl, UrlCount};
use crate::media_type::{Charset, MediaType};
use crate::pipeline::{Pipeline, Transform};
use crate::site::{self, View};
use crate::stages;

/// How a gate decides on a response, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Walk {
    /// The rows that were tried, in the order of the table. The last one matches.
    pub rows: Vec<TriedRow>,
    /// Of a response that has no body: the rows that the response to a `GET` with this head would
    /// have met, by which its head is edited. Otherwise empty.
    pub as_get: Vec<TriedRow>,
    /// The decision, by the head alone. `None`: the origin is asked again, for the whole.
    pub decision: Option<Decision>,
    /// What a body that is rewritten goes through, in this order.
    pub stages: Vec<String>,
    /// The conditions and the values of the rules for the page, rule by rule, as sentences.
    pub rules: Vec<String>,
}

/// A row of the truth table that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TriedRow {
    /// The reason that stands in the row; [`Reason::row`] is its number.
    pub reason: Reason,
    /// Whether the row matches.
    pub matches: bool,
    /// Why it matches, or does not.
    pub why: String,
}

impl Gate {
    /// Returns how the gate decides on a response, and why. `request` is the client's request, as
    /// for [`crate::serve()`], and `response` the head of the origin's response as it came.
    /// `asks_again` says whether the request was for a part, and can be sent again for the whole.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use streamgate::Gate;
    ///
    /// let gate = Gate::from_toml("origin.url = 'https://o.example'", "streamgate.toml")?;
    /// let request = Request::get("https://www.example.com/a.png").body(())?;
    /// let image = Response::builder().header("content-type", "image/png").body(())?;
    /// let walk = gate.walk(&request, &image, false);
    /// let rows = walk.rows.iter().map(|row| (row.reason.row(), row.why.as_str()));
    /// let rows: Vec<_> = rows.collect();
    /// assert_eq!(
    ///     rows,
    ///     [
    ///         (1, "the status is 200, not 101"),
    ///         (2, "the response to a GET with status 200 may have a body"),
    ///         (3, "image/png is not in gate.processable, and the status 200 is a success"),
    ///     ]
    /// );
    /// let decision = walk.decision.unwrap();
    /// assert_eq!(decision.to_string(), "pass-through; row=3; reason=not-processable");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn walk(&self, request: &Request<()>, response: &Response<()>, asks_again: bool) -> Walk {
        let requested = site::requested_host(request).ok().flatten();
        let path = request.uri().path();
        let view = self.site().view(requested.as_ref(), path);
        let representation = Representation::of(response.headers());
        let is_known = view.public.is_some();
        let exchange = self.exchange(request.method(), path, response, &representation, is_known);
        let mut rows = Vec::new();
        let ruling = decide_watched(&exchange, asks_again.then_some(()), |reason, matches| {
            rows.push(TriedRow {
                reason,
                matches,
                why: why(&exchange, reason, matches),
            });
        });
        rows.sort_by_key(|row| row.reason.row());
        let decision = match ruling {
            Ruling::Final(decision) => Some(decision),
            Ruling::Refetch(()) => None,
        };
        let is_bodiless = |row: &TriedRow| row.reason == Reason::Bodiless && row.matches;
        let as_get = match rows.iter().position(is_bodiless) {
            Some(at) => rows.split_off(at.saturating_add(1)),
            None => Vec::new(),
        };
        let rewrites = decision.is_some_and(|decision| decision.reason.rewrites());
        let asked = self.asked(request, requested.as_ref(), view, || None, |_| false);
        let rules = representation.media_type().filter(|_| rewrites);
        let rules: Vec<About> = rules.map_or_else(Vec::new, |media_type| {
            let status = response.status();
            let rules = view
                .rules()
                .about(path, media_type, status, asked.as_deref());
            rules.collect()
        });
        let is_page = representation.media_type().is_some_and(MediaType::is_html)
            && response.status().is_success();
        let fragments = match rewrites && is_page {
            true => {
                let fragments = self.site().fragments();
                fragments.about(path, asked.as_deref(), response.status())
            }
            false => Vec::new(),
        };
        let stages = match rewrites {
            true => self.stages_of(request, view, &representation, &rules, &fragments),
            false => Vec::new(),
        };
        Walk {
            rows,
            as_get,
            decision,
            stages,
            rules: rules
                .iter()
                .flat_map(said)
                .chain(fragments.iter().filter_map(said_of_fragment))
                .collect(),
        }
    }

    /// Returns the pipeline that undoes the codings of a response, of which `response` is the head,
    /// and does nothing else. Returns `None` if the gate cannot decode it.
    #[must_use]
    pub fn decoder(&self, response: &Response<()>) -> Option<Pipeline> {
        let representation = Representation::of(response.headers());
        let codings = representation.codings().ok()?;
        let stages: Vec<Box<dyn Transform>> =
            stages::limited(codings, self.config().limits.max_decoded).collect();
        Some(Pipeline::new(stages))
    }

    /// Counts the URLs of the site's origins in a decoded body, by kind and by escaping. In the
    /// body of a rewritten response, they are those that were left.
    ///
    /// ```
    /// use streamgate::{BaseUrl, Gate, UrlKind};
    ///
    /// let gate = Gate::from_toml("origin.url = 'https://o.example.com'", "streamgate.toml")?;
    /// let public: BaseUrl = "https://www.example.com".parse()?;
    /// let body = br#"<a href="https://o.example.com/a">{"u":"https:\/\/o.example.com\/"}</a>"#;
    /// let counts = gate.count_urls(&public, body);
    /// let counts = counts.iter().map(|it| (it.kind, it.escaping.as_str(), it.count));
    /// let counts: Vec<_> = counts.collect();
    /// assert_eq!(counts, [(UrlKind::Absolute, "/", 1), (UrlKind::Absolute, r"\/", 1)]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn count_urls(&self, public: &BaseUrl, body: &[u8]) -> Vec<UrlCount> {
        self.site().urls().count(public, body)
    }

    /// Names the stages of a body that is rewritten.
    fn stages_of(
        &self,
        request: &Request<()>,
        view: View<'_>,
        representation: &Representation,
        rules: &[About],
        fragments: &[AboutFragment],
    ) -> Vec<String> {
        let config = self.config();
        let codings = representation.codings().unwrap_or_default();
        let media_type = representation.media_type();
        let decoded = codings
            .iter()
            .rev()
            .map(|coding| format!("decode {coding}"));
        let mut stages: Vec<String> = decoded.collect();
        stages.push(match config.map.scope {
            Scope::Everywhere => "map URLs".to_owned(),
            Scope::Attributes => "map URLs in attributes".to_owned(),
        });
        let has_integrity =
            |media_type: &MediaType| media_type.is_page() || media_type.is_javascript();
        if media_type.is_some_and(has_integrity) && stages::changed_resources(self, view).is_some()
        {
            stages.push("remove integrity metadata".to_owned());
        }
        if let Some(media_type) = media_type {
            let acting = rules.iter().filter(|rule| rule.acts);
            stages.extend(
                acting.map(|rule| format!("structure rule {}: {}", rule.index, rule.select)),
            );
            if media_type.is_html() {
                let acting = fragments.iter().filter(|fragment| fragment.acts);
                stages.extend(
                    acting
                        .map(|fragment| format!("fragment {}: {}", fragment.index, fragment.what)),
                );
                let names = config.document.post_processors.iter();
                stages.extend(names.map(|name| format!("post-process: {name}")));
            }
        }
        let chosen = AcceptEncoding::from_headers(request.headers()).choose(codings);
        stages.extend(chosen.iter().map(|coding| format!("encode {coding}")));
        stages
    }
}

/// Says of a rule by which conditions it acts or does not, and what its values are.
fn said(rule: &About) -> Vec<String> {
    let index = rule.index;
    let when = rule.when.as_ref().map(|when| {
        let acts = if rule.acts { "acts" } else { "does not act" };
        format!("rule {index} {acts} by {when}")
    });
    let values = rule.values.iter().map(|(name, value)| match value {
        Some(value) => format!("rule {index} has {{{name}}}: {value:?}"),
        None if name == "nonce" => format!("rule {index} has {{nonce}}, which the page says"),
        None => format!("rule {index} has {{{name}}}, which is not set"),
    });
    when.into_iter().chain(values).collect()
}

/// Says of a fragment by which conditions it stands in the page or does not.
fn said_of_fragment(fragment: &AboutFragment) -> Option<String> {
    let when = fragment.when.as_ref()?;
    let acts = if fragment.acts {
        "acts"
    } else {
        "does not act"
    };
    Some(format!("fragment {} {acts} by {when}", fragment.index))
}

/// Returns why a row matches a response, or does not.
fn why(exchange: &Exchange<'_>, reason: Reason, matches: bool) -> String {
    let status = exchange.response.status().as_u16();
    let method = exchange.method;
    match (reason, matches) {
        (Reason::Upgrade, true) => format!("the status is {status}"),
        (Reason::Upgrade, false) => format!("the status is {status}, not 101"),
        (Reason::Bodiless, true) if method == Method::HEAD => {
            "the response to a HEAD has no body".to_owned()
        }
        (Reason::Bodiless, true) => format!("a response with status {status} has no body"),
        (Reason::Bodiless, false) => {
            format!("the response to a {method} with status {status} may have a body")
        }
        (Reason::NotProcessable | Reason::NotProcessableError, _) => {
            let (media_type, is_processable) = processable(exchange);
            match exchange.response.status().is_success() {
                _ if is_processable => media_type,
                true => format!("{media_type}, and the status {status} is a success"),
                false => format!("{media_type}, and the status {status} is no success"),
            }
        }
        (Reason::NoTransform, true) => "Cache-Control has no-transform".to_owned(),
        (Reason::NoTransform, false) => {
            let is_ignored = exchange.config.no_transform == NoTransform::Ignore
                && forbids_transformation(exchange.response.headers());
            match is_ignored {
                true => "Cache-Control has no-transform, which gate.no_transform ignores",
                false => "Cache-Control has no no-transform",
            }
            .to_owned()
        }
        (Reason::PublicHostUnknown, true) => {
            "the request names no host, and origin.public is not set".to_owned()
        }
        (Reason::PublicHostUnknown, false) => "the public host is known".to_owned(),
        (Reason::UnknownCoding, _) => coding(exchange.representation),
        (Reason::UnsupportedCharset, _) => charset(exchange.representation.charset()),
        (Reason::Partial, true) => "the status is 206".to_owned(),
        (Reason::Partial, false) => format!("the status is {status}, not 206"),
        (Reason::ProcessableError, true) => format!("the status {status} is no success"),
        (Reason::ProcessableError, false) => format!("the status {status} is a success"),
        (Reason::PostProcessed, true) => "document.post_processors has names".to_owned(),
        (Reason::PostProcessed, false) if exchange.post_processed => {
            "the type is not text/html".to_owned()
        }
        (Reason::PostProcessed, false) => "there is no document post-processor".to_owned(),
        (Reason::Processable, _) => "no row before it matches".to_owned(),
    }
}

/// Says of a media type whether it is processable, and why not.
fn processable(exchange: &Exchange<'_>) -> (String, bool) {
    let Some(media_type) = exchange.representation.media_type() else {
        return ("there is no valid Content-Type".to_owned(), false);
    };
    let essence = media_type.essence();
    if exchange.processable().is_some() {
        return (format!("{essence} is processable"), true);
    }
    let why = if !media_type.is_in(&exchange.config.processable) {
        format!("{essence} is not in gate.processable")
    } else if exchange.excepted {
        "the path is one of map.except".to_owned()
    } else {
        format!("{essence} is no HTML, which map.scope = \"attributes\" leaves alone")
    };
    (why, false)
}

fn coding(representation: &Representation) -> String {
    match representation.codings() {
        Err(error) => error.to_string(),
        Ok([]) => "the body is not coded".to_owned(),
        Ok(codings) => {
            let names: Vec<_> = codings.iter().map(Coding::to_string).collect();
            format!("{} can be decoded", names.join(", "))
        }
    }
}

fn charset(charset: Charset) -> String {
    match charset {
        Charset::Unstated => "the head names no charset".to_owned(),
        Charset::Unknown => "the head names a charset that is unknown".to_owned(),
        Charset::Known(encoding) => {
            let is = match charset.is_ascii_superset() {
                true => "is a superset of ASCII",
                false => "is no superset of ASCII",
            };
            format!("the charset {} {is}", encoding.name())
        }
    }
}

#[cfg(test)]
mod tests;
