//! Under which name the gate asks an origin, and what it tells about the client: `Forwarded` (RFC
//! 7239) and `X-Forwarded-*`.

use super::requests::{saw, saw_no, seen};
use super::{WASI_HOST, WORKERS_HOST};
use crate::client::Request;
use crate::driver::Runtime;
use crate::failure::{Verdict, ensure};
use crate::origin::{Received, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};
use crate::stage::Stage;

/// The fields that tell the public host.
const OF_PUBLIC_HOST: [&str; 3] = [
    "X-Forwarded-Host",
    "X-Forwarded-Proto",
    "X-Forwarded-Prefix",
];

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "an-origin-reads-its-own-name-in-every-field",
            Setup::Map,
            |stage| {
                let request = seen(stage, &of_a_page(stage.get("/x")))?;
                reads_its_own_name(stage, &request)
            },
        ),
        scenario(
            "an-origin-that-is-told-the-public-host-reads-it-in-every-field-but-host",
            Setup::Forwarded,
            |stage| {
                let request = seen(stage, &of_a_page(stage.get("/x")))?;
                saw(&request, "Host", stage.origin.address().to_string())?;
                reads_the_public_host(&request)
            },
        ),
        scenario(
            "an-origin-that-is-asked-for-the-public-host-reads-it-in-every-field",
            Setup::Transparent,
            |stage| {
                let request = seen(stage, &of_a_page(stage.get("/x")))?;
                saw(&request, "Host", "www.example.com")?;
                reads_the_public_host(&request)
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "expected status 200, got 500",
            WORKERS_HOST,
        )
        .not_on_wasi("expected status 200, got 500", WASI_HOST),
        scenario(
            "the-urls-of-an-origin-that-is-asked-for-the-public-host-are-mapped",
            Setup::Transparent,
            |stage| {
                let location = format!("{}/b", stage.origin.url());
                let head = answer(302).html().field("Location", location);
                stage.always(head.body(format!("<a href={ALIAS}/c href={PUBLIC}/d>")));
                let response = stage.exchange(&stage.get("/x"))?;
                response
                    .has_status(302)?
                    .has("Location", format!("{PUBLIC}/b"))?
                    .has_decoded(format!("<a href={PUBLIC}/c href={PUBLIC}/d>"))?;
                Ok(())
            },
        )
        .not_on(
            Runtime::Cloudflare,
            "expected status 302, got 500",
            WORKERS_HOST,
        )
        .not_on_wasi("expected status 302, got 500", WASI_HOST),
        scenario(
            "a-clients-claims-about-host-and-scheme-do-not-reach-the-origin",
            Setup::Map,
            claims,
        ),
        scenario(
            "an-origin-that-is-told-the-public-host-is-not-told-what-a-client-claims",
            Setup::Forwarded,
            |stage| {
                claims(stage)?;
                let request = stage.get("/x").field("X-Forwarded-Host", "evil.test");
                saw(
                    &seen(stage, &request)?,
                    "X-Forwarded-Host",
                    "www.example.com",
                )
            },
        ),
        scenario(
            "what-only-a-proxy-may-say-does-not-reach-the-origin",
            Setup::Map,
            |stage| {
                let names = [
                    "X-Real-IP",
                    "X_Real_IP",
                    "Front-End-Https",
                    "X-Forwarded-Protocol",
                    "X-Forwarded-Server",
                    "X-HTTP-Host-Override",
                    "X-Original-URL",
                    "X_Forwarded_Host",
                    "X-Forwarded_Proto",
                ];
                let request = names.iter().fold(stage.get("/x"), |request, name| {
                    request.field(name, "evil.test")
                });
                let request = seen(stage, &request.field("X-Public", "1"))?;
                saw(&request, "X-Public", "1")?;
                for name in names {
                    let told = request.fields.text(name);
                    ensure!(told.is_none(), "the origin got {name}: {told:?}");
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
        .not_on_wasi(
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

/// Adds the fields with which a page of the site asks.
pub(super) fn of_a_page(request: Request) -> Request {
    let page = format!("{PUBLIC}/a?b");
    request
        .field("Origin", PUBLIC)
        .field("Referer", &page)
        .field("HX-Current-URL", &page)
}

/// Checks that the origin read its own name in all fields of [`of_a_page`], and no other one.
pub(super) fn reads_its_own_name(stage: &Stage, request: &Received) -> Verdict {
    let own = stage.origin.url();
    saw(request, "Host", stage.origin.address().to_string())?;
    saw(request, "Origin", &own)?;
    saw(request, "Referer", format!("{own}/a?b"))?;
    saw(request, "HX-Current-URL", format!("{own}/a?b"))?;
    for name in OF_PUBLIC_HOST {
        saw_no(request, name)?;
    }
    let forwarded = request.fields.text("forwarded").unwrap_or_default();
    ensure!(
        !forwarded.contains("host=") && !forwarded.contains("proto="),
        "the origin got Forwarded {forwarded:?}"
    );
    Ok(())
}

/// Checks that the origin read the public host in all fields of [`of_a_page`], and was told it.
pub(super) fn reads_the_public_host(request: &Received) -> Verdict {
    saw(request, "Origin", PUBLIC)?;
    saw(request, "Referer", format!("{PUBLIC}/a?b"))?;
    saw(request, "HX-Current-URL", format!("{PUBLIC}/a?b"))?;
    saw(request, "X-Forwarded-Host", "www.example.com")?;
    saw(request, "X-Forwarded-Proto", "https")?;
    let forwarded = request.fields.text("forwarded").unwrap_or_default();
    ensure!(
        forwarded.contains("host=\"www.example.com\"") && forwarded.contains("proto=https"),
        "the origin got Forwarded {forwarded:?}"
    );
    Ok(())
}

fn claims(stage: &Stage) -> Verdict {
    let request = stage
        .get("/x")
        .field("Forwarded", "for=192.0.2.1;host=evil.test;proto=gopher")
        .field("X-Forwarded-Host", "evil.test")
        .field("X-Forwarded-Proto", "gopher");
    let request = seen(stage, &request)?;
    for name in ["Forwarded", "X-Forwarded-Host", "X-Forwarded-Proto"] {
        let told = request
            .fields
            .list(&name.to_ascii_lowercase())
            .unwrap_or_default();
        let told = String::from_utf8_lossy(&told);
        ensure!(
            !told.contains("evil") && !told.contains("gopher"),
            "the origin got {name}: {told}"
        );
    }
    Ok(())
}
