//! `streamgate explain`: plays one exchange, of an origin or of a saved head, and shows what the
//! gate does with it and why.
//!
//! The exchange is served as every other one, by [`streamgate::serve()`]: `edge` is the platform,
//! which keeps what it is given. `saved` reads saved heads, `report` says what was seen, and `diff`
//! shows what became of the body.

pub(crate) mod diff;
mod edge;
mod report;
mod saved;

use std::collections::HashSet;
use std::io::{self, IsTerminal};
use std::net::{IpAddr, Ipv4Addr};
use std::path::PathBuf;

use clap::Args;
use http::header::{ACCEPT_ENCODING, HOST, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request};
use streamgate::{BaseUrl, ClientAddress, Gate, Outcome};
use tokio::task::LocalSet;

use self::edge::{Explained, Origin, Watched};
use self::report::{Body, Report};
use super::address;
use super::listen;
use super::terminal::{self, is_coloured};
use super::visit::CODINGS;

/// What the gate calls itself if no request field says another name.
const AGENT: HeaderValue = HeaderValue::from_static("streamgate-explain");

/// How `--help` ends.
const HELP: &str = "\
Examples:
  streamgate explain https://www.example.com/news
  streamgate explain --config streamgate.toml --body /news
  streamgate explain --request-header 'Range: bytes=0-99' https://www.example.com/app.css
  curl -sD- -o /dev/null https://origin.example.com/ | streamgate explain --head -

Exit status:
  0  the exchange is explained, whatever the gate does with it
  1  it cannot be: the configuration or the saved head is not valid, or cannot be read
  2  the command line is not valid";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Explain {
    /// What the browser asks for: a URL, or a path of the site. Without --config, its origin is
    /// explained as if it were the gate's
    #[arg(required_unless_present = "head")]
    url: Option<String>,
    /// The configuration. Left out: one of the URL's origin alone, or for a path the built-in one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Explain this response head in place of asking the origin: what `curl -sD-` writes. `-` is
    /// standard input. What stands behind the head is its body
    #[arg(long, value_name = "FILE")]
    head: Option<PathBuf>,
    /// The method of the request
    #[arg(long, value_name = "METHOD", default_value = "GET")]
    method: Method,
    /// A field of the request, as `Name: value`. May be repeated
    #[arg(long, value_name = "FIELD", value_parser = field)]
    request_header: Vec<(HeaderName, HeaderValue)>,
    /// Read the body, count its URLs, and show what changes in it
    #[arg(long)]
    body: bool,
    /// Print all of it as JSON
    #[arg(long)]
    json: bool,
}

impl Explain {
    /// Plays the exchange and prints what was seen, on standard output.
    ///
    /// # Errors
    /// Returns a sentence for the terminal if the configuration, the URL or the saved head is not
    /// valid or cannot be read.
    pub(crate) fn run(self) -> Result<(), String> {
        let gate = address::gate(self.url.as_deref(), self.config.as_deref())?;
        let request = self.request(&gate)?;
        let saved = self.head.as_deref().map(saved::read).transpose()?;
        let (played, mut log) = terminal::logged(|| {
            let explained = play(&gate, &request, saved, self.body)?;
            let body = self.body.then(|| changed(&gate, &request, &explained));
            Ok::<_, String>((explained, body))
        });
        let (explained, body) = played?;
        if explained.unsent.is_some() {
            log.clear(); // It is of another exchange, that of the HEAD.
        }
        // The body is rewritten once for the answer, if that has it whole, and once to be shown.
        let mut told = HashSet::new();
        log.retain(|line| told.insert(line.clone()));
        let report = Report::new(&gate, &request, &explained, body, log);
        let text = match self.json {
            true => report.json(),
            false => report.text(is_coloured(io::stdout().is_terminal())),
        };
        terminal::print(text.as_bytes())
    }

    /// Makes the client's request.
    fn request(&self, gate: &Gate) -> Result<Request<()>, String> {
        let uri = address::address(gate, self.url.as_deref())?;
        let host = uri.authority().map_or("", |authority| authority.as_str());
        let host = HeaderValue::from_str(host).map_err(|error| error.to_string())?;
        let mut request = Request::new(());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = uri;
        let fields = request.headers_mut();
        fields.insert(HOST, host);
        fields.insert(USER_AGENT, AGENT);
        fields.insert(ACCEPT_ENCODING, CODINGS);
        for (name, _) in &self.request_header {
            fields.remove(name);
        }
        for (name, value) in &self.request_header {
            fields.append(name, value.clone());
        }
        let client = ClientAddress(IpAddr::V4(Ipv4Addr::LOCALHOST));
        request.extensions_mut().insert(client);
        Ok(request)
    }
}

/// Reads a field as `Name: value`.
fn field(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, value) = text.split_once(':').ok_or("it is as \"Name: value\"")?;
    let name = HeaderName::from_bytes(name.as_bytes());
    let value = HeaderValue::from_str(value.trim());
    Ok((
        name.map_err(|error| error.to_string())?,
        value.map_err(|error| error.to_string())?,
    ))
}

/// Plays the exchange. `reads` says whether the whole body is to be read.
fn play(
    gate: &Gate,
    request: &Request<()>,
    saved: Option<saved::Saved>,
    reads: bool,
) -> Result<Explained, String> {
    let runtime = listen::runtime().map_err(|error| format!("cannot start: {error}"))?;
    let mut request = request.clone();
    let method = request.method().clone();
    let mut decision = None;
    let origin = match saved {
        None => Origin::live(gate, reads)?,
        Some(saved) => {
            // What is held whole is answered only once the body is known. The response to a HEAD
            // has the same head.
            let walk = gate.walk(&request, &saved.head, false);
            let held = walk.decision.filter(|it| it.outcome == Outcome::Buffered);
            decision = held.filter(|_| saved.body.is_none());
            if decision.is_some() {
                *request.method_mut() = Method::HEAD;
            }
            Origin::Saved(saved)
        }
    };
    let watched = Watched::default();
    let edge = edge::Watching::new(origin, watched.clone());
    let served = streamgate::serve(edge, gate, request.map(|()| None));
    let sent = LocalSet::new().block_on(&runtime, served);
    let Ok(sent) = sent;
    let explained = watched.explained(sent);
    Ok(match decision {
        Some(decision) => explained.standing_for(&method, decision),
        None => explained,
    })
}

/// Returns the body before and after the gate, decoded, if the gate rewrites it.
fn changed(gate: &Gate, request: &Request<()>, explained: &Explained) -> Result<Body, String> {
    let fetched = explained.fetched.last().ok_or("nothing was fetched")?;
    let head = fetched.response.as_ref().map_err(ToString::to_string)?;
    let bytes = fetched.body.clone().ok_or("the body is not known")?;
    let decoder = gate.decoder(head).ok_or("the body cannot be decoded")?;
    let public = request.uri().to_string();
    let public = gate
        .config()
        .origin
        .public
        .as_ref()
        .map_or(public, ToString::to_string);
    let (public, _) = address::split(&public)?;
    let public: BaseUrl = public
        .parse()
        .map_err(|error: streamgate::MapError| error.to_string())?;
    let before = decoder
        .run_to_vec(&bytes)
        .map_err(|error| error.to_string())?;
    let Ok((pipeline, counts)) = gate.counting_rewriter(request, head, &public) else {
        return Ok(Body::new(gate, &public, &before, &before));
    };
    let after = pipeline
        .run_to_vec(&bytes)
        .map_err(|error| error.to_string())?;
    Ok(Body::new(gate, &public, &before, &after).with_rules(&counts))
}
