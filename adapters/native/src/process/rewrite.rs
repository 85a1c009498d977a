//! `streamgate rewrite`: sends standard input to standard output through the stages that a response
//! would go through.

use std::io::{self, Read, Write};
use std::path::PathBuf;

use bytes::Bytes;
use clap::Args;
use futures::{FutureExt, StreamExt};
use http::uri::PathAndQuery;
use http::{HeaderValue, Request, Response, Uri, header};
use streamgate::{BLOCK, BaseUrl, Blocking, BodyError, Gate, Pipeline};

use super::settings::{self, Source};
use super::terminal::complain;

/// The public URL where neither the configuration nor the command line names one.
pub(super) const PUBLIC: &str = "https://www.example.com";

/// How `--help` ends.
const HELP: &str = "\
Examples:
  curl -s https://origin.example.com/ | streamgate rewrite --config streamgate.toml
  streamgate rewrite --config streamgate.toml --type application/json < feed.json

Exit status:
  0  the input is written, rewritten or as it was; standard error says why it was not rewritten
  1  the configuration is not valid, or something cannot be read, rewritten or written
  2  the command line is not valid";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Rewrite {
    /// The configuration. Left out: the built-in one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// What the input is, as the origin's Content-Type says it
    #[arg(long = "type", value_name = "TYPE", default_value = "text/html")]
    media_type: HeaderValue,
    /// The path of the request
    #[arg(long, value_name = "PATH", default_value = "/")]
    path: PathAndQuery,
    /// What the browser sees. Left out: the configuration's `origin.public`, else
    /// https://www.example.com
    #[arg(long, value_name = "URL", value_parser = settings::origin_url)]
    public: Option<Uri>,
}

impl Rewrite {
    /// Rewrites each piece of the input as it comes, until the input ends or nobody reads the
    /// output any more.
    ///
    /// # Errors
    /// Returns a sentence for the terminal if the configuration is invalid, or the body cannot be
    /// read, rewritten or written.
    pub(crate) fn run(self) -> Result<(), String> {
        let source = Source {
            file: self.config,
            origin: None,
            more: "",
        };
        let mut config = source.compile(&source.read()?)?.config().clone();
        let public = self.public.or(config.origin.public);
        let public = public.unwrap_or(Uri::from_static(PUBLIC));
        config.origin.public = Some(public.clone());
        let gate = Gate::new(config).map_err(|error| error.to_string())?;
        let public = BaseUrl::try_from(&public).map_err(|error| format!("--public: {error}"))?;
        let request = Request::get(Uri::from(self.path))
            .header(header::HOST, public.authority())
            .body(())
            .map_err(|error| format!("--path: {error}"))?;
        let response = Response::builder()
            .header(header::CONTENT_TYPE, self.media_type)
            .body(())
            .map_err(|error| format!("--type: {error}"))?;
        let pipeline = gate.rewriter(&request, &response, &public);
        if pipeline.is_ok() && gate.post_processes() {
            complain("document.post_processors do not run here");
        }
        copy(pipeline.unwrap_or_else(|decision| {
            complain(&format!("not rewritten: {decision}"));
            Pipeline::default()
        }))
    }
}

/// Copies standard input to standard output. A chunk is read only when all output of the one before
/// it has been written.
fn copy(pipeline: Pipeline) -> Result<(), String> {
    let (mut input, mut output) = (io::stdin().lock(), io::stdout().lock());
    let mut buffer = vec![0; BLOCK];
    let chunks = std::iter::from_fn(|| {
        loop {
            return match input.read(&mut buffer) {
                Ok(0) => None,
                Ok(read) => Some(Ok(Bytes::copy_from_slice(buffer.get(..read)?))),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => Some(Err(BodyError::incomplete(error))),
            };
        }
    });
    let mut body = pipeline.over(Blocking::new(chunks));
    loop {
        let item = match body.next().now_or_never() {
            Some(Some(item)) => item,
            Some(None) => return Ok(()),
            // The body gave way, or is about to read. Only reading and writing ever wait here, so
            // it can go on at once.
            None => continue,
        };
        let piece = item.map_err(|error| error.to_string())?;
        match output.write_all(&piece).and_then(|()| output.flush()) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
            Err(error) => return Err(format!("standard output: {error}")),
        }
    }
}
