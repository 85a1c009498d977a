//! A body on its way through the stages of a gate, at the pace of the page.

use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use http::{Request, Response, Uri, header};
use streamgate::{BaseUrl, Config, Gate, Pipeline, Rewritten};
use wasm_bindgen::prelude::wasm_bindgen;

use crate::NAME;
use crate::feed::{Fed, Feed};

/// The public URL where the configuration names none.
const PUBLIC: &str = "https://www.example.com";

/// How often the body must be found pending until everything has left that the stages do not hold
/// back: a pipeline flushes when its input stays pending.
const SETTLED: usize = 4;

/// A body that is rewritten as the gate would rewrite the response of an origin.
#[wasm_bindgen]
pub struct Rewriting {
    feed: Feed,
    body: Rewritten<Fed>,
    decision: String,
    is_rewritten: bool,
}

#[wasm_bindgen]
impl Rewriting {
    /// Begins to rewrite the body of a response that has this `Content-Type`, to a `GET` of a path.
    ///
    /// # Errors
    /// Returns a sentence if the configuration, the type or the path is not valid.
    #[wasm_bindgen(constructor)]
    pub fn new(configuration: &str, media_type: &str, path: &str) -> Result<Self, String> {
        let config = Config::from_toml(configuration, NAME);
        let mut config = config.map_err(|error| error.to_string())?;
        let public = config
            .origin
            .public
            .get_or_insert(Uri::from_static(PUBLIC))
            .clone();
        let gate = Gate::new(config).map_err(|error| error.to_string())?;
        let public = BaseUrl::try_from(&public).map_err(|error| error.to_string())?;
        let request = Request::get(path)
            .header(header::HOST, public.authority())
            .body(())
            .map_err(|error| format!("the path: {error}"))?;
        let response = Response::builder()
            .header(header::CONTENT_TYPE, media_type)
            .body(())
            .map_err(|error| format!("the type: {error}"))?;
        let pipeline = gate.rewriter(&request, &response, &public);
        let is_rewritten = pipeline.is_ok();
        let decision = match &pipeline {
            Err(decision) => decision.to_string(),
            Ok(_) => {
                let decided = gate.walk(&request, &response, false).decision;
                decided.map_or_else(String::new, |decision| decision.to_string())
            }
        };
        let feed = Feed::default();
        Ok(Self {
            body: pipeline
                .unwrap_or_else(|_| Pipeline::default())
                .over(feed.body()),
            feed,
            decision,
            is_rewritten,
        })
    }

    /// Returns what the gate decides, in the words of the `Streamgate` field.
    #[wasm_bindgen(getter)]
    #[must_use]
    pub fn decision(&self) -> String {
        self.decision.clone()
    }

    /// Returns whether the body is rewritten. If not, it comes out as it goes in.
    #[wasm_bindgen(getter, js_name = isRewritten)]
    #[must_use]
    pub fn is_rewritten(&self) -> bool {
        self.is_rewritten
    }

    /// Puts a chunk in, and returns what comes out of it at once: all but what the stages cannot
    /// decide yet.
    ///
    /// # Errors
    /// Returns a sentence if a stage cannot continue.
    pub fn push(&mut self, chunk: &[u8]) -> Result<Vec<u8>, String> {
        self.feed.push(Bytes::copy_from_slice(chunk));
        self.take()
    }

    /// Ends the body, and returns the rest.
    ///
    /// # Errors
    /// Returns a sentence if a stage cannot continue.
    pub fn finish(&mut self) -> Result<Vec<u8>, String> {
        self.feed.end();
        self.take()
    }

    /// Takes what comes out until more must be put in.
    fn take(&mut self) -> Result<Vec<u8>, String> {
        let mut out = Vec::new();
        loop {
            match self.body.next().now_or_never() {
                Some(Some(piece)) => out.extend(piece.map_err(|error| error.to_string())?),
                Some(None) => return Ok(out),
                None if self.feed.asked() >= SETTLED => return Ok(out),
                // The body gives way to other tasks, of which there are none, or is about to flush.
                None => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIGURATION: &str = "origin.url = 'https://o.example'\n\
        [[html]]\nselect = 'body'\nappend = '<i>seen</i>'\n";

    const PAGE: &str = "<body><p>A page<a href=https://o.example/a>link</a>, its end</body>";

    #[test]
    fn what_comes_out_does_not_depend_on_how_it_is_cut() {
        let expected =
            "<body><p>A page<a href=https://www.example.com/a>link</a>, its end<i>seen</i></body>";
        for size in [1, 7, 1000] {
            let mut rewriting = Rewriting::new(CONFIGURATION, "text/html", "/").expect("a gate");
            let mut out = Vec::new();
            for chunk in PAGE.as_bytes().chunks(size) {
                out.extend(rewriting.push(chunk).expect("a page"));
            }
            out.extend(rewriting.finish().expect("a page"));
            assert_eq!(String::from_utf8_lossy(&out), expected, "{size}");
            assert!(rewriting.is_rewritten());
            assert_eq!(rewriting.decision(), "stream; row=12; reason=processable");
        }
    }

    #[test]
    fn what_can_be_decided_leaves_with_its_chunk() {
        let mut rewriting = Rewriting::new(CONFIGURATION, "text/html", "/").expect("a gate");
        let first = rewriting
            .push(b"<body><p>first</p><a href='https://o.exa")
            .expect("a page");
        assert_eq!(first, b"<body><p>first</p><a href='");
        let second = rewriting.push(b"mple/a'>").expect("a page");
        assert_eq!(second, b"https://www.example.com/a'>");
    }

    #[test]
    fn what_is_not_rewritten_passes_and_says_why() {
        let mut rewriting = Rewriting::new(CONFIGURATION, "image/png", "/").expect("a gate");
        assert!(!rewriting.is_rewritten());
        assert_eq!(
            rewriting.decision(),
            "pass-through; row=3; reason=not-processable"
        );
        assert_eq!(
            rewriting.push(b"https://o.example").expect("pixels"),
            b"https://o.example"
        );
        assert!(rewriting.finish().expect("the end").is_empty());
    }

    #[test]
    fn what_is_not_valid_is_told() {
        for (configuration, media_type, path, part) in [
            (
                "origin.url = 'x'",
                "text/html",
                "/",
                "streamgate.toml:1: origin.url",
            ),
            (CONFIGURATION, "text\n", "/", "the type"),
            (CONFIGURATION, "text/html", "a b", "the path"),
        ] {
            let refused = Rewriting::new(configuration, media_type, path).err();
            let refused = refused.expect("a refusal");
            assert!(refused.contains(part), "{refused}");
        }
    }
}
