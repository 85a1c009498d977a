//! Which stages a response's body goes through: composed once per response, with no stage that has
//! nothing to do.
//!
//! `work` makes what rewrites a decoded body; `Stages::around` composes what decodes and encodes
//! around it.

use std::borrow::Cow;

use http::{HeaderMap, HeaderValue, Request, Response, Uri, header};

use crate::asked::{Asked, Depends};
use crate::charset::{Declaration, sniff};
use crate::coding::{AcceptEncoding, Coding, looks_coded};
use crate::config::{Integrity, Scope};
use crate::counted::Counted;
use crate::counts::Counts;
use crate::edge::Edge;
use crate::except::Except;
use crate::flight;
use crate::fragment::Seams;
use crate::gate::{Decision, Gate, Representation, decide_representation};
use crate::head::fields;
use crate::html::{AttributeMap, PageSeams};
use crate::integrity::{Page, Resources, Script};
use crate::map::{BaseUrl, UrlMap};
use crate::media_type::{Charset, MediaType};
use crate::multipart::{Multipart, Parts};
use crate::pipeline::decode::{Decoded, Limited};
use crate::pipeline::{Course, Deferred, Pipeline, Transform, decode, encode};
use crate::preload::Visit;
use crate::site::{self, View};

/// The stages for one response, and what they leave the body coded as. By default none, which leave
/// a body as it is.
#[derive(Default)]
pub(crate) struct Stages {
    /// Decoding and rewriting.
    pub(crate) rewrite: Vec<Box<dyn Transform>>,
    /// Encoding, of what `rewrite` gives.
    pub(crate) encode: Vec<Box<dyn Transform>>,
    /// The client's `Content-Encoding`; `None` for identity.
    pub(crate) content_encoding: Option<HeaderValue>,
}

impl Stages {
    /// Composes decoding, `work` and encoding. `decoded` says whether the platform reads the body
    /// decoded; either way no more than `most` bytes may come of it.
    pub(crate) fn around(
        work: Vec<Box<dyn Transform>>,
        representation: &Representation,
        decoded: bool,
        accepted: &AcceptEncoding,
        most: Option<usize>,
    ) -> Self {
        // The gate passes through what it cannot decode, so there is nothing unknown here.
        let codings = representation.codings().unwrap_or_default();
        let mut rewrite = Vec::new();
        if !decoded {
            rewrite.extend(limited(codings, most));
        } else if most.is_some() {
            rewrite.push(Limited::to(most, Box::new(Decoded)));
        }
        rewrite.extend(work);

        // What cannot be encoded is not coded, and must not be announced to be.
        let chosen = accepted.choose(codings);
        let encode = encode::stages(&chosen);
        Self {
            rewrite,
            content_encoding: Coding::field_value(&chosen).filter(|_| encode.is_some()),
            encode: encode.unwrap_or_default(),
        }
    }
}

/// Returns the stages that code a body as the head says that it is.
pub(crate) fn encoding(representation: &Representation) -> Vec<Box<dyn Transform>> {
    let codings = representation.codings().unwrap_or_default();
    encode::stages(codings).unwrap_or_default()
}

/// Returns the stages that undo `codings`, of which none may put out more than `most` bytes.
pub(crate) fn limited(
    codings: &[Coding],
    most: Option<usize>,
) -> impl Iterator<Item = Box<dyn Transform>> {
    let decoders = decode::stages(codings).into_iter();
    decoders.map(move |decoder| Limited::to(most, decoder))
}

/// Returns whether the platform decodes by itself what this head announces.
pub(crate) fn platform_decodes<E: Edge>(edge: &E, head: &HeaderMap) -> bool {
    let mut values = head.get_all(header::CONTENT_ENCODING).into_iter();
    let coding = values.next().filter(|_| values.next().is_none());
    coding.is_some_and(|coding| edge.decodes(coding))
}

impl Gate {
    /// Returns the pipeline for the body of an origin's response: the stages that decode it by its
    /// `Content-Encoding`, and those that rewrite it. The pipeline leaves the body decoded.
    /// Document post-processors are no part of it, because they need the body whole.
    ///
    /// `request` is the client's request, `response` the head of the origin's response as it came,
    /// and `public` the base URL that takes the place of the main origin's.
    ///
    /// ```
    /// use http::{Request, Response};
    /// use streamgate::{BaseUrl, Gate};
    ///
    /// let gate = Gate::from_toml("origin.url = 'https://o.example'", "streamgate.toml")?;
    /// let public: BaseUrl = "https://www.example.com".parse()?;
    /// let of_type = |media_type| Response::builder().header("content-type", media_type).body(());
    ///
    /// let pipeline = gate.rewriter(&Request::new(()), &of_type("text/html")?, &public)?;
    /// let page = pipeline.run_to_vec(b"<a href=https://o.example/a>")?;
    /// assert_eq!(page, b"<a href=https://www.example.com/a>");
    ///
    /// let image = gate.rewriter(&Request::new(()), &of_type("image/png")?, &public);
    /// let decision = image.map(drop).unwrap_err();
    /// assert_eq!(decision.to_string(), "pass-through; row=3; reason=not-processable");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// Returns the decision if the gate does not rewrite the body.
    pub fn rewriter(
        &self,
        request: &Request<()>,
        response: &Response<()>,
        public: &BaseUrl,
    ) -> Result<Pipeline, Decision> {
        let counted = self.counting_rewriter(request, response, public);
        counted.map(|(pipeline, _)| pipeline)
    }

    /// Returns what [`Gate::rewriter`] does, and the counts of what the stages do, which grow as
    /// the body goes through them.
    ///
    /// # Errors
    /// As [`Gate::rewriter`].
    pub fn counting_rewriter(
        &self,
        request: &Request<()>,
        response: &Response<()>,
        public: &BaseUrl,
    ) -> Result<(Pipeline, Counts), Decision> {
        let head = response.headers();
        let representation = Representation::of(head);
        let path = request.uri().path();
        let exchange = self.exchange(request.method(), path, response, &representation, true);
        let decision = decide_representation(&exchange);
        if !decision.reason.rewrites() {
            return Err(decision);
        }
        let requested = site::requested_host(request).ok().flatten();
        let target = request.uri();
        let view = View {
            public: Some(public),
            ..self.site().view(requested.as_ref(), target.path())
        };
        let codings = representation.codings().unwrap_or_default();
        let mut stages: Vec<_> = limited(codings, self.config().limits.max_decoded).collect();
        let counts = view.rules().counts();
        let asked = self.asked(request, requested.as_ref(), view, || None, |_| false);
        let subject = Subject {
            view,
            target,
            response,
            representation: &representation,
            asked: asked.as_deref(),
            visit: None,
        };
        let (work, _) = work(self, &subject, Part::Page(None), &counts);
        stages.extend(work);
        Ok((Pipeline::new(stages), counts))
    }
}

/// Returns the resources whose integrity metadata pages lose. Returns `None` if pages keep it all.
pub(crate) fn changed_resources(gate: &Gate, view: View<'_>) -> Option<Resources> {
    let config = gate.config();
    let public = view.public?;
    if config.map.scope != Scope::Everywhere || config.map.integrity != Integrity::Remove {
        return None;
    }
    let page = view.seen.unwrap_or(public).clone();
    Resources::new(page, view.site.hosts(public), &config.gate.processable)
}

/// What is to be rewritten.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    /// The site, as the request sees it.
    pub(crate) view: View<'a>,
    /// The target of the client's request.
    pub(crate) target: &'a Uri,
    /// The head of the origin's response, as it came.
    pub(crate) response: &'a Response<()>,
    pub(crate) representation: &'a Representation,
    /// What is known of the request, if rules need it.
    pub(crate) asked: Option<&'a Asked>,
    /// The request for a page that may be learned from.
    pub(crate) visit: Option<&'a Visit>,
}

/// What a body is to the page that a browser makes of it.
pub(crate) enum Part {
    /// All of it, with the seams of its fragments, if it has some. What the gate was built with is
    /// then for [`after_seams`].
    Page(Option<PageSeams>),
    /// A fragment, on which structure rules act if it `is_ruled`.
    Fragment { is_ruled: bool },
}

/// Returns the stages that the gate was built with, for a page with its fragments, which go past
/// it if the page itself cannot be rewritten.
pub(crate) fn after_seams(
    gate: &Gate,
    path: &str,
    head: &HeaderMap,
    seams: &Seams,
) -> Vec<Box<dyn Transform>> {
    let transforms = gate.transforms(path, head);
    if transforms.is_empty() {
        return Vec::new();
    }
    let (seams, mut transforms) = (seams.clone(), Some(transforms));
    vec![Box::new(Deferred::new(move |_, _| {
        Some(match transforms.take().filter(|_| seams.is_rewritten()) {
            Some(transforms) => Course::Through(transforms),
            None => Course::Past,
        })
    }))]
}

/// Returns the stages that rewrite a decoded body of a processable type: URL mapping together with
/// the removal of integrity metadata, then the structure rules, which see what the browser will
/// see, and at last what the gate was built with. They are one stage around them, which leaves a
/// body alone whose start shows that it cannot be rewritten. Returns none if nothing is to be
/// rewritten.
///
/// What the stages do is counted in `counts`. Returned with the stages is what it depends on that
/// they are these.
pub(crate) fn work(
    gate: &Gate,
    subject: &Subject<'_>,
    part: Part,
    counts: &Counts,
) -> (Vec<Box<dyn Transform>>, Depends) {
    let Subject {
        view,
        target,
        response,
        asked,
        representation,
        visit,
    } = *subject;
    let path = target.path();
    let head = response.headers();
    let Some(public) = view.public else {
        return Default::default();
    };
    let config = gate.config();
    let media_type = representation.media_type();
    let stated = representation.charset();
    let everywhere = config.map.scope == Scope::Everywhere;
    let maps_attributes = !everywhere && media_type.is_some_and(MediaType::is_html);
    let mut depends = Depends::default();
    let seams = match &part {
        Part::Page(Some(page)) => Some(page.seams()),
        Part::Page(None) | Part::Fragment { .. } => None,
    };
    let is_extended = matches!(part, Part::Page(None));
    let rules = media_type.and_then(|media_type| {
        let rules = view.rules().on_page(path, media_type, response, asked);
        depends = rules.depends().clone();
        let rules = match part {
            Part::Page(seams) => rules
                .with_handlers(gate.start_tags())
                .with_seams(seams, head),
            Part::Fragment { is_ruled } => rules.of_part(is_ruled),
        };
        let rules = rules.counted(counts);
        (!rules.is_empty() || maps_attributes).then_some(rules)
    });
    let transforms = gate.transforms(path, head);
    // What comes behind the seams may still remove what the page shows here.
    let is_last = is_extended || transforms.is_empty();
    let transforms = match is_extended {
        true => transforms,
        false => Vec::new(),
    };
    let visit = visit.filter(|_| is_last && !depends.is_any());
    let watch = visit.and_then(|visit| visit.watch(head));
    let is_idle = !everywhere && rules.is_none() && transforms.is_empty();
    if !stated.is_ascii_superset() {
        return Default::default();
    }
    if is_idle {
        return (Vec::new(), depends);
    }
    let limit = config.gate.buffer_limit;
    let urls = &view.site.urls().counting(counts);
    let changed = changed_resources(gate, view);
    let mapping: Box<dyn Transform> = match media_type {
        Some(media_type) if media_type.essence() == "multipart/mixed" => {
            Box::new(Multipart::new(urls, public, media_type, Parts::Json))
        }
        Some(page) if page.is_page() && everywhere => {
            let page = Page::new(
                flight::page_mapper(urls, public, limit, page),
                changed,
                fields::policies(head, view),
                page.is_html(),
                limit,
            );
            match config.map.except_tags.as_slice() {
                [] => Box::new(page),
                selectors => Box::new(Except::new(Box::new(page), selectors, limit)),
            }
        }
        Some(script) if script.is_javascript() && changed.is_some() => Box::new(Script::new(
            flight::stage(urls, public, limit, media_type),
            path,
        )),
        _ => flight::stage(urls, public, limit, media_type),
    };
    let (mapper, attributes, rest) = match config.map.scope {
        Scope::Everywhere => (Some(mapping), None, None),
        // Where attributes cannot be told from the rest any more, the origin is better mapped
        // everywhere than shown.
        Scope::Attributes if maps_attributes => {
            (None, Some(attribute_map(urls, public)), Some(mapping))
        }
        Scope::Attributes => (None, None, None),
    };
    let heads = Heads {
        is_misnamed: representation.is_misnamed(),
        counted: Counted::of(media_type, target),
        stated,
        declaration: Declaration::of(media_type),
    };
    let compose = move |charset: Charset| {
        let charset = match charset {
            Charset::Known(encoding) => Some(encoding),
            Charset::Unstated | Charset::Unknown => None,
        };
        if let Some(seams) = seams {
            seams.tell_charset(charset);
        }
        let mut stages: Vec<Box<dyn Transform>> = Vec::new();
        stages.extend(mapper);
        stages.extend(rules.and_then(|rules| rules.rewriter(charset, attributes, rest)));
        stages.extend(transforms);
        // What the rules remove is not there any more, and URLs are public.
        stages.extend(watch.map(|watch| Box::new(watch) as Box<dyn Transform>));
        stages
    };
    let mut compose = Some(compose);
    let work: Box<dyn Transform> = Box::new(Deferred::new(move |start, whole| {
        Some(match heads.charset(start, whole)? {
            Ok(charset) => Course::Through(compose.take().map_or_else(Vec::new, |it| it(charset))),
            Err(reason) => {
                tracing::info!(reason, "the body passes unmodified");
                Course::Past
            }
        })
    }));
    (vec![work], depends)
}

/// What the heads leave open about whether a body can be rewritten.
#[derive(Clone, Copy)]
struct Heads {
    is_misnamed: bool,
    counted: Counted,
    stated: Charset,
    declaration: Declaration,
}

impl Heads {
    /// Returns the charset of a body, or why the body cannot be rewritten. Returns `None` if
    /// `start` is too short to tell.
    fn charset(self, start: &[u8], whole: bool) -> Option<Result<Charset, String>> {
        if self.is_misnamed && looks_coded(start, whole)? {
            return Some(Err("it is coded, in no coding that its head names".into()));
        }
        if self.counted.is(start, whole)? {
            return Some(Err("its parts carry their length".into()));
        }
        let charset = sniff(start, self.stated, self.declaration, whole)?;
        Some(if charset.is_ascii_superset() {
            Ok(charset)
        } else {
            let name = charset.encoding().name();
            Err(format!("its charset, {name}, is no superset of ASCII"))
        })
    }
}

/// URL mapping of one attribute's value.
fn attribute_map(urls: &UrlMap, public: &BaseUrl) -> AttributeMap {
    let (urls, public) = (urls.clone(), public.clone());
    Box::new(move |value| match urls.map_bytes(&public, value) {
        Cow::Borrowed(_) => None,
        Cow::Owned(mapped) => Some(mapped),
    })
}
