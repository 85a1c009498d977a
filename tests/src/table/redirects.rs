//! Redirects: they are handed to the client, never followed, and point at the public host.

use crate::failure::{Verdict, ensure, show};
use crate::fields::contains;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::Setup;

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all = vec![
        exchange(
            "a-relative-location-stays",
            Setup::Map,
            |_| {
                answer(302)
                    .field("Location", "/next?u=https://origin.example.com/")
                    .body("")
            },
            |get| get,
            |_, response, _| {
                response.has_status(302)?.is_complete()?;
                let location = response.fields.text("location").unwrap_or_default();
                ensure!(
                    location.starts_with("/next?u="),
                    "expected a relative Location, got {location}"
                );
                Ok(())
            },
        ),
        exchange(
            "a-location-elsewhere-stays",
            Setup::Map,
            |_| {
                answer(302)
                    .field("Location", "https://origin.example.com.evil.test/")
                    .body("")
            },
            |get| get,
            |_, response, _| {
                response
                    .has_status(302)?
                    .has("Location", "https://origin.example.com.evil.test/")?
                    .is_complete()?;
                Ok(())
            },
        ),
    ];
    for status in [301, 302, 303, 307, 308] {
        all.push(scenario(
            format!("a-{status}-is-not-followed-and-its-location-is-mapped"),
            Setup::Map,
            move |stage| {
                let url = stage.origin.url();
                let body = format!("<a href=\"{url}/next\">moved</a>");
                let play = stage.always(
                    answer(status)
                        .html()
                        .field("Location", format!("{url}/next?q=%20#f"))
                        .body(&body),
                );
                let response = stage.exchange(&stage.get("/x"))?;
                response
                    .has_status(status)?
                    .has("Location", "https://www.example.com/next?q=%20#f")?
                    .has_its_length()?;
                response.has_decoded("<a href=\"https://www.example.com/next\">moved</a>")?;
                play.only_request()?;
                Ok(())
            },
        ));
    }
    all.push(scenario(
        "a-redirect-without-a-type-is-mapped-too",
        Setup::Map,
        bare_redirect,
    ));
    all
}

fn bare_redirect(stage: &crate::stage::Stage) -> Verdict {
    stage.always(
        answer(301)
            .field("Location", "https://origin.example.com/next")
            .body(""),
    );
    let response = stage.exchange(&stage.get("/x"))?;
    response
        .has_status(301)?
        .has("Location", "https://www.example.com/next")?
        .has("Content-Length", "0")?
        .has_body("")?;
    ensure!(
        !contains(&response.raw, b"origin.example.com"),
        "the head names the origin: {}",
        show(&response.raw)
    );
    Ok(())
}
