//! The gate's own rewriting, applied to a page.

use bytes::Bytes;
use futures::{FutureExt, StreamExt, stream};
use http::{HeaderValue, Request, Response, header};
use streamgate::{BaseUrl, BodyError, Gate};

use streamgate_sight::Origin;

/// How often stages may pause before it is taken for a wait.
const TURNS: usize = 1_000_000;

/// A page to rewrite.
#[derive(Clone, Copy)]
pub(crate) struct Page<'a> {
    pub(crate) media_type: &'a str,
    pub(crate) body: &'a [u8],
    pub(crate) origins: &'a [Origin],
    pub(crate) public: &'a Origin,
}

/// The result of rewriting a page.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Rewritten {
    Body(Vec<u8>),
    /// The gate does not rewrite the page, for this reason.
    Not(&'static str),
}

/// Rewrites a page that arrives in chunks of `chunk` bytes.
///
/// # Errors
/// Returns an error if the origins do not make a valid configuration, or if a stage fails.
pub(crate) fn rewrite(page: &Page<'_>, chunk: usize) -> Result<Rewritten, String> {
    let text = configuration(page.origins, page.public);
    let gate = Gate::from_toml(&text, "the origins").map_err(|error| error.to_string())?;
    let public = page.public.to_string().parse::<BaseUrl>();
    let public = public.map_err(|error| error.to_string())?;
    let media_type = HeaderValue::from_str(page.media_type).map_err(|error| error.to_string())?;
    let mut response = Response::new(());
    response
        .headers_mut()
        .insert(header::CONTENT_TYPE, media_type);
    let pipeline = match gate.rewriter(&Request::new(()), &response, &public) {
        Ok(pipeline) => pipeline,
        Err(decision) => return Ok(Rewritten::Not(decision.reason.name())),
    };
    let chunks = page
        .body
        .chunks(chunk)
        .map(|chunk| Ok::<_, BodyError>(Bytes::copy_from_slice(chunk)));
    let chunks = chunks.collect::<Vec<_>>();
    let mut body = pipeline.over(stream::iter(chunks));
    let mut whole = Vec::with_capacity(page.body.len());
    // Stages with much to do pause, and go on when they are asked again.
    let mut turns = (0..TURNS).filter_map(|_| body.next().now_or_never());
    while let Some(item) = turns
        .next()
        .ok_or("a body that is all there is waited for")?
    {
        whole.extend_from_slice(&item.map_err(|error| error.to_string())?);
    }
    Ok(Rewritten::Body(whole))
}

/// Formats a configuration that maps the origins and does nothing else. `integrity` attributes,
/// which the gate would remove on purpose, stay.
fn configuration(origins: &[Origin], public: &Origin) -> String {
    let quoted = |origin: &Origin| format!("\"{origin}\"");
    let (first, aliases) = match origins {
        [] => (String::new(), Vec::new()),
        [first, aliases @ ..] => (quoted(first), aliases.iter().map(quoted).collect()),
    };
    format!(
        "[origin]\nurl = {first}\npublic = {}\naliases = [{}]\n\n[map]\nintegrity = \"keep\"\n",
        quoted(public),
        aliases.join(", ")
    )
}
