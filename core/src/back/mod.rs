//! Bodies of requests: what the gate made public in a page, and what the page sends back, becomes
//! the origin's again.
//!
//! Here the head of a request decides whether, by its fields alone. `form` and `json` are the
//! stages for bodies with values that stay, and `path` follows the pointers to them; `multipart` is
//! the one for parts; any other text goes through URL mapping as a whole. `page` tells requests of
//! pages from others, and `message` maps the messages of WebSockets.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod form;
mod json;
mod message;
mod page;
mod path;

use http::{HeaderMap, HeaderName, HeaderValue, Request, header};

use crate::config::BackConfig;
use crate::counted::Counted;
use crate::gate::Representation;
use crate::map::BaseUrl;
use crate::media_type::MediaType;
use crate::multipart::{Multipart, Parts};
use crate::pipeline::{Course, Deferred, Pipeline, Transform};
use crate::site::View;

use form::Form;
use json::Json;
pub(crate) use message::BackMap;
use page::is_of_a_page;

const FORM: &str = "application/x-www-form-urlencoded";
const FORM_IN_PARTS: &str = "multipart/form-data";

/// Parts of the names of fields that sign a request, or carry a hash of its body.
const SIGNATURES: [&str; 6] = ["signature", "digest", "md5", "sha256", "hmac", "checksum"];

/// The starts of the names of fields by which storage services sign a request and its body.
const SIGNED: [&str; 2] = ["x-amz-", "x-goog-"];

/// The schemes of `Authorization` that sign a request, perhaps with its body.
const SIGNING: [&str; 5] = ["aws4-", "oauth ", "signature ", "hmac", "digest "];

/// What makes the origin's body of the body of one request.
pub(crate) struct Back {
    pub(crate) pipeline: Pipeline,
    /// The length that the client announces. `None` if the body is chunked, or framed likewise.
    pub(crate) length: Option<u64>,
}

impl Back {
    /// Decides by the client's head whether the body of a request is mapped back. Returns `None` if
    /// it goes on as it is.
    ///
    /// It is mapped if a page of the site sends it, if its type is one of those that pages send, if
    /// nothing in the head says that it is signed, coded, or a part of something, and if it is
    /// short enough or has no announced length. An origin that is told the public host writes
    /// public URLs itself, and gets every body as it came.
    pub(crate) fn of(request: &Request<()>, view: View<'_>) -> Option<Self> {
        let config = view.route.back();
        let public = view.public?;
        let head = request.headers();
        if !config.is_on
            || view.route.origin().identity.tells_public_host()
            || is_bound(head)
            || !is_of_a_page(head, view, public)
        {
            return None;
        }
        let body = Representation::of(head);
        let media_type = body.media_type()?;
        if !media_type.is_in(&config.types)
            || !media_type.charset().is_ascii_superset()
            || (config.values.only.is_some() && !has_names(media_type))
        {
            return None;
        }
        let counted = Counted::of(Some(media_type), request.uri());
        let is_framed = head.contains_key(header::CONTENT_LENGTH);
        let fits = match body.length() {
            Some(length) => {
                length > 0 && usize::try_from(length).is_ok_and(|length| length <= config.limit)
            }
            None => !is_framed,
        };
        if !fits || counted == Counted::Always {
            return None;
        }
        Some(Self {
            pipeline: Pipeline::new(vec![stage(media_type, counted, config, view, public)]),
            length: body.length(),
        })
    }
}

/// Returns whether the head binds the body: to a signature or a hash, to a coding, or to a place in
/// something larger.
fn is_bound(head: &HeaderMap) -> bool {
    let names_a_signature = |name: &HeaderName| {
        let name = name.as_str();
        SIGNATURES.iter().any(|part| name.contains(part))
            || SIGNED.iter().any(|start| name.starts_with(start))
    };
    let signs = |value: &HeaderValue| {
        let value = String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase();
        SIGNING.iter().any(|scheme| value.starts_with(scheme))
    };
    head.contains_key(header::CONTENT_ENCODING)
        || head.contains_key(header::CONTENT_RANGE)
        || head.keys().any(names_a_signature)
        || head.get_all(header::AUTHORIZATION).iter().any(signs)
}

/// Returns whether the values in a body of this type have names.
fn has_names(media_type: &MediaType) -> bool {
    let is_form = matches!(media_type.essence(), FORM | FORM_IN_PARTS);
    is_form || media_type.is_json()
}

/// Returns the stage that maps a body of this type.
fn stage(
    media_type: &MediaType,
    counted: Counted,
    config: &BackConfig,
    view: View<'_>,
    public: &BaseUrl,
) -> Box<dyn Transform> {
    let urls = view.site.back().from(public);
    let mapper = urls.to(public);
    let values = config.values.clone();
    let stage: Box<dyn Transform> = match media_type.essence() {
        FORM => Box::new(Form::new(mapper, values)),
        FORM_IN_PARTS => Box::new(Multipart::new(
            &urls,
            public,
            media_type,
            Parts::Fields { values },
        )),
        _ if media_type.is_json() => Box::new(Json::new(mapper, values)),
        _ => Box::new(mapper),
    };
    if counted == Counted::Never {
        return stage;
    }
    let mut stage = Some(stage);
    Box::new(Deferred::new(move |start, whole| {
        Some(if counted.is(start, whole)? {
            Course::Past
        } else {
            Course::Through(stage.take().into_iter().collect())
        })
    }))
}

#[cfg(test)]
mod tests;
