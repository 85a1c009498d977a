//! `streamgate purge`: has a running gate forget what its cache stores.

use std::net::SocketAddr;
use std::path::PathBuf;

use bytes::Bytes;
use clap::Args;
use http::header::HOST;
use http::{Method, Request};
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::LocalSet;
use url::form_urlencoded::Serializer;

use super::listen;
use super::settings::Source;
use super::terminal;

/// How `purge --help` ends.
const HELP: &str = "\
Examples:
  streamgate purge --config streamgate.toml --url https://www.example.com/news
  streamgate purge --admin 127.0.0.1:9090 --tag article-17 --tag front
  streamgate purge --admin 127.0.0.1:9090 --all

Exit status:
  0  the gate has forgotten it
  1  the gate cannot be reached, or has no cache
  2  the command line is not valid";

/// The options of `streamgate purge`.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Purge {
    /// The admin address of the gate
    #[arg(long, value_name = "ADDR", required_unless_present = "config")]
    admin: Option<SocketAddr>,
    /// The gate's configuration, which says where the admin address is
    #[arg(long, value_name = "FILE", conflicts_with = "admin")]
    config: Option<PathBuf>,
    /// A public URL, all of whose variants are forgotten
    #[arg(long, value_name = "URL", required_unless_present_any = ["tag", "all"])]
    url: Vec<String>,
    /// A tag in the Surrogate-Key or the Cache-Tag of responses that are forgotten
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Forgets everything
    #[arg(long, conflicts_with_all = ["url", "tag"])]
    all: bool,
}

impl Purge {
    /// Asks the gate.
    ///
    /// # Errors
    /// Returns a sentence for the terminal if the gate cannot be asked, or has not done so.
    pub(crate) fn run(&self) -> Result<(), String> {
        let admin = match (self.admin, &self.config) {
            (Some(admin), _) => admin,
            (None, file) => configured(file.clone())?,
        };
        let mut query = Serializer::new(String::new());
        for (name, values) in [("url", &self.url), ("tag", &self.tag)] {
            query.extend_pairs(values.iter().map(|value| (name, value)));
        }
        if self.all {
            query.append_key_only("all");
        }
        let target = format!("/cache?{}", query.finish());
        let runtime = listen::runtime().map_err(|e| format!("cannot start: {e}"))?;
        let asked = LocalSet::new().block_on(&runtime, ask(admin, &target));
        let (is_done, said) =
            asked.map_err(|e| format!("the gate at {admin} does not answer: {e}"))?;
        let said = said.trim();
        match is_done {
            true => terminal::print(format!("{said}\n").as_bytes()),
            false => Err(format!("the gate at {admin} says: {said}")),
        }
    }
}

/// Returns the admin address in a configuration.
fn configured(file: Option<PathBuf>) -> Result<SocketAddr, String> {
    let source = Source {
        file,
        origin: None,
        more: "",
    };
    let gate = source.compile(&source.read()?)?;
    let name = source.name();
    let admin = gate.config().admin.filter(|admin| admin.port() != 0);
    admin.ok_or_else(|| format!("{name}: admin.listen names no address with a port"))
}

/// Asks for a target, and returns whether that was a success, and the answer's text.
async fn ask(
    admin: SocketAddr,
    target: &str,
) -> Result<(bool, String), Box<dyn std::error::Error>> {
    let stream = TcpStream::connect(admin).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::task::spawn_local(connection);
    let request = Request::builder()
        .method(Method::DELETE)
        .uri(target)
        .header(HOST, admin.to_string())
        .body(Empty::<Bytes>::new())?;
    let response = sender.send_request(request).await?;
    let is_done = response.status().is_success();
    let text = response.into_body().collect().await?.to_bytes();
    Ok((is_done, String::from_utf8_lossy(&text).into_owned()))
}
