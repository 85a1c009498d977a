//! The demo: a small news site as an origin of its own, in the same process, and a list of what
//! there is to see.

mod conditional;
mod origin;
mod site;

use std::net::{SocketAddr, TcpListener};

use futures::FutureExt;
use futures::future::LocalBoxFuture;

use crate::process::settings::{self, Source};
use crate::process::{self, Companion, Listen, terminal};
use crate::view;

/// The pages worth opening, and what each shows.
const SIGHTS: &[(&str, &str)] = &[
    ("/", "HTML, streamed: links mapped, a <meta> injected"),
    ("/archive", "a gzip page: decoded, mapped, encoded again"),
    ("/about", "the same with Brotli"),
    (
        "/live",
        "a page that takes six seconds: each paragraph arrives when it is sent",
    ),
    (
        "/seam",
        "late fragments: the page is there, and two seams in it fill",
    ),
    ("/style.css", "a style sheet with mapped url()s"),
    ("/api/latest.json", "JSON with escaped slashes"),
    (
        "/images/harbour.jpg",
        "an image: passed through, Content-Length, ranges and all",
    ),
    ("/moved", "a redirect: Location mapped"),
    (
        "/nowhere",
        "a 404: buffered, mapped, with an exact Content-Length",
    ),
    ("/broken", "a 500"),
    ("/cut", "an origin that breaks off: the client can tell"),
];

/// The demo origin, listening.
struct Demo {
    listener: TcpListener,
    address: SocketAddr,
}

/// Runs the demo origin at `address`, the gate in front of it, and the live view at `ui`, or where
/// it is by default, until told to stop.
///
/// # Errors
/// Returns a sentence for the terminal if the origin or the gate cannot start.
pub(crate) fn run(address: SocketAddr, to: &Listen, ui: Option<SocketAddr>) -> Result<(), String> {
    let refused = |e| process::refused(address, "--origin-listen", &e);
    let listener = process::bind(address, 1).map_err(refused)?.remove(0);
    let address = listener.local_addr().map_err(refused)?;
    let source = Source {
        file: None,
        origin: Some(settings::origin_url(&format!("http://{address}"))?),
        more: include_str!("../../demo/fragments.toml"),
    };
    let ui = ui.or_else(|| view::beside(to.address()));
    process::run(&source, to, ui, Some(Box::new(Demo { listener, address })))
}

impl Companion for Demo {
    /// Tells the terminal what to open.
    fn announce(&self, gate: SocketAddr) {
        let mut text = String::from("streamgate, in front of its demo origin. Open:\n\n");
        for (path, what) in SIGHTS {
            let url = format!("http://{gate}{path}");
            text.push_str(&format!("  {url:<43}{what}\n"));
        }
        text.push_str(&format!(
            "\nThe origin itself, to compare: http://{}/\n\
             Your own: cargo run --release -- serve --origin https://…\n\
             Below, one line for each request: what the gate decided, by which row of its truth table, and why.\n",
            self.address
        ));
        terminal::say(&text);
    }

    fn run(self: Box<Self>) -> LocalBoxFuture<'static, ()> {
        origin::serve(self.listener, self.address).boxed_local()
    }
}
