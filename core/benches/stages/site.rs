//! A page with what the gate knows of its origin, and gates with and without rules before it.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use futures::executor::block_on;
use futures::{StreamExt, stream};
use http::{Request, Response, header};
use streamgate::internals::{Origin, UrlMap};
use streamgate::{BaseUrl, BodyError, Gate, serve};

use crate::cases::Fault;
use crate::memory::{Body, Memory};
use crate::pages::{PUBLIC, TAG};

/// The length of the pieces in which a body comes, as sockets have them.
const CHUNK: usize = 16 * 1024;

/// A rule that is done once it has met `head`.
pub(crate) const ONCE: Rules = Rules("select = 'head'\nprepend = '<TAG>'\nonce = true");
/// A rule that looks at the whole page.
pub(crate) const STAYS: Rules = Rules("select = 'img'\nset = { loading = 'lazy' }");
/// The rule `ONCE`, with a value of the request in its element.
pub(crate) const VALUE: Rules = Rules(
    "select = 'head'\nonce = true\nvalues = true\n\
     prepend = '<script src=\"/_sg/tag.js\" data-agent=\"{header.user-agent}\"></script>'",
);
/// The rule `ONCE`, under a condition that looks at the request's cookies, and is true.
pub(crate) const CONDITION: Rules = Rules(
    "select = 'head'\nprepend = '<TAG>'\nonce = true\nwhen = { not = { cookie = 'session' } }",
);
/// No rule.
pub(crate) const NONE: Rules = Rules("");

/// The keys of one structure rule, or none.
#[derive(Clone, Copy)]
pub(crate) struct Rules(&'static str);

/// A body of an origin.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) name: String,
    /// Scheme and host.
    pub(crate) origin: String,
    pub(crate) media_type: &'static str,
    pub(crate) body: Bytes,
}

impl Site {
    pub(crate) fn new(name: &str, origin: &str, body: impl Into<Bytes>) -> Self {
        Self {
            name: name.to_owned(),
            origin: origin.to_owned(),
            media_type: "text/html; charset=utf-8",
            body: body.into(),
        }
    }

    /// Reads the pages of a folder whose origins its `hosts.tsv` names, the longest first.
    pub(crate) fn of_corpus(folder: &Path) -> Result<Vec<Self>, Fault> {
        let list = fs::read_to_string(folder.join("hosts.tsv"))?;
        let lines = list.lines().filter(|line| !line.starts_with('#'));
        let columns = lines.filter_map(|line| line.split_once('\t'));
        let mut all = Vec::new();
        for (page, rest) in columns {
            let origin = rest.split('\t').next().unwrap_or_default();
            let name = page.strip_suffix(".html").unwrap_or(page);
            all.push(Self::new(name, origin, fs::read(folder.join(page))?));
        }
        all.sort_by_key(|site| std::cmp::Reverse(site.body.len()));
        Ok(all)
    }

    /// Returns the map of the origin's URLs, and what they become.
    pub(crate) fn map(&self) -> Result<(UrlMap, BaseUrl), Fault> {
        let base: BaseUrl = self.origin.parse()?;
        Ok((
            UrlMap::new([Origin::new(base.scheme(), base.authority())?]),
            PUBLIC.parse()?,
        ))
    }

    /// Compiles a gate before this origin.
    pub(crate) fn gate(&self, rules: Rules) -> Result<Gate, Fault> {
        let rule = match rules.0 {
            "" => String::new(),
            keys => format!("[[html]]\n{}\n", keys.replace("<TAG>", TAG)),
        };
        let text = format!(
            "[origin]\nurl = '{}'\npublic = '{PUBLIC}'\n{rule}",
            self.origin
        );
        Ok(Gate::from_toml(&text, "streamgate.toml")?)
    }

    /// Returns a call that runs the body, in chunks, through the stages that rewrite it.
    pub(crate) fn rewriting(
        &self,
        rules: Rules,
    ) -> Result<impl FnMut() -> Result<usize, Fault> + use<>, Fault> {
        let gate = self.gate(rules)?;
        let public: BaseUrl = PUBLIC.parse()?;
        let request = Request::new(());
        let response = Response::builder().header(header::CONTENT_TYPE, self.media_type);
        let response = response.body(())?;
        let chunks = chunks(&self.body);
        Ok(move || {
            let pipeline = gate.rewriter(&request, &response, &public);
            let pipeline = pipeline.map_err(|decision| decision.to_string())?;
            let chunks: Vec<_> = chunks.iter().cloned().map(Ok::<_, BodyError>).collect();
            let mut body = pipeline.over(stream::iter(chunks));
            let mut length = 0;
            while let Some(chunk) = block_on(body.next()) {
                length += chunk?.len();
            }
            Ok(length)
        })
    }

    /// Returns a call that serves one exchange, whose body comes and goes in this coding.
    pub(crate) fn exchange(
        &self,
        rules: Rules,
        coding: Option<&'static str>,
    ) -> Result<impl FnMut() -> Result<usize, Fault> + use<>, Fault> {
        let gate = self.gate(rules)?;
        let chunks = chunks(&self.body);
        let mut head = Response::builder()
            .header(header::CONTENT_TYPE, self.media_type)
            .header(header::CONTENT_LENGTH, self.body.len())
            .header(header::DATE, "Wed, 01 Apr 2026 10:00:00 GMT")
            .header(header::LAST_MODIFIED, "Wed, 01 Apr 2026 09:00:00 GMT")
            .header(header::ETAG, "\"69cc9f10-400\"")
            .header(header::CACHE_CONTROL, "max-age=60")
            .header(header::SERVER, "nginx");
        let mut request = Request::get(format!("{PUBLIC}/news/"))
            .header(header::HOST, "www.example.com")
            .header(header::ACCEPT, "*/*")
            .header(header::USER_AGENT, "stages/1.0");
        if let Some(coding) = coding {
            head = head.header(header::CONTENT_ENCODING, coding);
            request = request.header(header::ACCEPT_ENCODING, coding);
        }
        let (head, request) = (head.body(())?, request.body(())?);
        Ok(move || {
            let edge = Memory {
                fetch: |_: &_, _| {
                    Ok(head.clone().map(|()| Body {
                        chunks: chunks.clone(),
                        broken: None,
                    }))
                },
            };
            let Ok(response) = block_on(serve(edge, &gate, request.clone().map(|()| None)));
            let body = response.into_body();
            match body.broken {
                Some(reason) => Err(reason.into()),
                None => Ok(body.chunks.iter().map(Bytes::len).sum()),
            }
        })
    }
}

/// Cuts a body into pieces.
pub(crate) fn chunks(body: &Bytes) -> Vec<Bytes> {
    let starts = (0..body.len()).step_by(CHUNK);
    starts
        .map(|start| body.slice(start..body.len().min(start + CHUNK)))
        .collect()
}
