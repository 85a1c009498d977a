//! What the gate tells the origin about the client: `Forwarded` (RFC 7239) and `X-Forwarded-*`.

use super::requests::{saw, seen};
use crate::client::Request;
use crate::driver::Runtime;
use crate::failure::{Verdict, ensure};
use crate::origin::Received;
use crate::scenario::{Scenario, scenario};
use crate::setup::Setup;
use crate::stage::Stage;

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "the-origin-learns-the-public-host-and-scheme",
            Setup::Map,
            |stage| {
                let request = seen(stage, &stage.get("/x"))?;
                names_the_public_host(&request)
            },
        ),
        scenario(
            "a-clients-claims-about-host-and-scheme-do-not-reach-the-origin",
            Setup::Map,
            |stage| {
                let request = stage
                    .get("/x")
                    .field("Forwarded", "for=192.0.2.1;host=evil.test;proto=gopher")
                    .field("X-Forwarded-Host", "evil.test")
                    .field("X-Forwarded-Proto", "gopher");
                let request = seen(stage, &request)?;
                names_the_public_host(&request)?;
                for name in ["Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto"] {
                    let told = request.fields.list(name).unwrap_or_default();
                    let told = String::from_utf8_lossy(&told);
                    ensure!(
                        !told.contains("evil") && !told.contains("gopher"),
                        "the origin got {name}: {told}"
                    );
                }
                Ok(())
            },
        ),
        scenario(
            "the-origin-learns-the-clients-address",
            Setup::Map,
            |stage| {
                let (request, address) = from_an_address(stage);
                let received = seen(stage, &request)?;
                saw(&received, "X-Forwarded-For", address)?;
                let forwarded = received.fields.text("forwarded").unwrap_or_default();
                ensure!(
                    forwarded.contains(&format!("for={address}")),
                    "the origin got Forwarded {forwarded:?}"
                );
                // A proxy in front of the gate said whom the request came from.
                let request = request.field("X-Forwarded-For", "192.0.2.1");
                let received = seen(stage, &request)?;
                saw(
                    &received,
                    "X-Forwarded-For",
                    format!("192.0.2.1, {address}"),
                )
            },
        )
        .not_on(
            Runtime::Wasi,
            "the origin expected X-Forwarded-For: \"127.0.0.1\", got []",
            "wasi:http says nothing about the client's connection (wasi:http/types, \
             `incoming-request`)",
        ),
    ]
}

/// Makes a request, and returns the client's address as the platform knows it. Cloudflare's edge
/// puts it into a field; workerd alone does not.
fn from_an_address(stage: &Stage) -> (Request, &'static str) {
    let get = stage.get("/x");
    if stage.runtime == Runtime::Cloudflare {
        (
            get.field("CF-Connecting-IP", "198.51.100.7"),
            "198.51.100.7",
        )
    } else {
        (get, "127.0.0.1")
    }
}

fn names_the_public_host(request: &Received) -> Verdict {
    saw(request, "X-Forwarded-Host", "www.example.com")?;
    let scheme = request.fields.text("x-forwarded-proto").unwrap_or_default();
    ensure!(
        ["http", "https"].contains(&scheme.as_str()),
        "the origin got X-Forwarded-Proto {scheme:?}"
    );
    let forwarded = request.fields.text("forwarded").unwrap_or_default();
    ensure!(
        forwarded.contains("host=") && forwarded.contains("proto="),
        "the origin got Forwarded {forwarded:?}"
    );
    Ok(())
}
