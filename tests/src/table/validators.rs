//! Validators: a browser gets the origin's 304 through the gate, until the rules change.

use std::sync::Arc;

use super::fixture::{image, page};
use crate::client::Response;
use crate::codings::encode;
use crate::failure::{Failure, Verdict, ensure};
use crate::origin::{Play, Received, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};
use crate::stage::Stage;

/// The date of [`dated`]'s page.
const DATE: &str = "Mon, 05 Jan 2026 10:00:00 GMT";

/// Plays an origin with a page under an `ETag`, which it compares weakly (RFC 9110 §13.1.2).
fn tagged(stage: &Stage, etag: &'static str) -> Arc<Play> {
    stage.script(move |request: &Received| {
        let opaque = etag.trim_start_matches("W/");
        let known = request.fields.list("if-none-match").is_some_and(|list| {
            let list = String::from_utf8_lossy(&list).into_owned();
            list.split(',')
                .any(|one| one.trim().trim_start_matches("W/") == opaque)
        });
        let head = answer(if known { 304 } else { 200 })
            .field("ETag", etag)
            .field("Cache-Control", "max-age=60");
        if known {
            head.bare()
        } else {
            head.html().body(page(ALIAS))
        }
    })
}

/// Plays an origin with a page that has a date and no `ETag`.
fn dated(stage: &Stage) -> Arc<Play> {
    stage.script(|request: &Received| {
        let known = request.fields.text("if-modified-since").as_deref() == Some(DATE);
        let head = answer(if known { 304 } else { 200 }).field("Last-Modified", DATE);
        if known {
            head.bare()
        } else {
            head.html().body(page(ALIAS))
        }
    })
}

/// Returns the `ETag` that the gate gave. It must be weak, because the bytes are not the origin's.
fn derived(response: &Response, not: &str) -> Verdict<String> {
    response
        .has_status(200)?
        .decided("stream", 12)?
        .is_complete()?;
    let etag = response
        .fields
        .text("etag")
        .ok_or_else(|| Failure("the page has no ETag".to_owned()))?;
    ensure!(
        etag.starts_with("W/\"") && etag.ends_with('"'),
        "the page's ETag is {etag}, not weak"
    );
    ensure!(etag != not, "the page's ETag is its origin's");
    Ok(etag)
}

/// Checks that the second visit earns a 304 with the `ETag` of the first.
fn earns_304(stage: &Stage, etag: &str, condition: &str) -> Verdict {
    let again = stage.exchange(&stage.get("/x").field("If-None-Match", condition))?;
    again
        .has_status(304)?
        .decided("buffered", 2)?
        .has("ETag", etag)?
        .has_body("")?;
    Ok(())
}

/// Returns the value of a field in the last request that the origin received.
fn last_asked(play: &Play, name: &str) -> Option<String> {
    play.exchanges()
        .last()
        .and_then(|exchange| exchange.request.fields.text(name))
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let mut all: Vec<_> = [
        ("a-strong-etag-earns-a-304-as-a-weak-one", "\"v1\""),
        ("a-weak-etag-earns-a-304", "W/\"v1\""),
    ]
    .map(|(id, etag)| {
        scenario(id, Setup::Map, move |stage| {
            let play = tagged(stage, etag);
            let derived = derived(&stage.exchange(&stage.get("/x"))?, etag)?;
            earns_304(stage, &derived, &derived)?;
            let asked = last_asked(&play, "if-none-match");
            let opaque = asked.as_deref().map(|asked| asked.trim_start_matches("W/"));
            ensure!(
                opaque == Some("\"v1\""),
                "the origin was asked If-None-Match {asked:?}"
            );
            Ok(())
        })
    })
    .into();
    all.extend([
        scenario("a-list-of-etags-earns-a-304", Setup::Map, |stage| {
            tagged(stage, "\"v1\"");
            let derived = derived(&stage.exchange(&stage.get("/x"))?, "\"v1\"")?;
            earns_304(
                stage,
                &derived,
                &format!("\"unrelated\", {derived}, W/\"other\""),
            )
        }),
        scenario("a-changed-page-is-not-a-304", Setup::Map, |stage| {
            tagged(stage, "\"v1\"");
            let old = derived(&stage.exchange(&stage.get("/x"))?, "\"v1\"")?;
            tagged(stage, "\"v2\"");
            let response = stage.exchange(&stage.get("/x").field("If-None-Match", &old))?;
            response.has_decoded(page(PUBLIC))?;
            let new = derived(&response, "\"v2\"")?;
            ensure!(new != old, "the new page has the old page's ETag {old}");
            Ok(())
        }),
        scenario(
            "after-a-change-of-rules-the-page-is-sent-anew",
            Setup::Rules,
            |stage| {
                let second = stage
                    .second
                    .ok_or_else(|| Failure("no second configuration is running".to_owned()))?;
                let play = tagged(stage, "\"v1\"");
                let old = derived(&stage.exchange(&stage.get("/x"))?, "\"v1\"")?;
                earns_304(stage, &old, &old)?;
                let mut changed =
                    stage.send_to(second, &stage.get("/x").field("If-None-Match", &old))?;
                changed.read_to_end()?;
                let new = derived(&changed, "\"v1\"")?;
                ensure!(
                    new != old,
                    "the page has the same ETag {old} after a change of rules"
                );
                let decoded = String::from_utf8(changed.decoded()?)?;
                ensure!(
                    decoded.contains("/_sg/tag2.js"),
                    "the page is not by the new rules: {decoded}"
                );
                let asked = last_asked(&play, "if-none-match");
                ensure!(
                    asked.as_deref() != Some("\"v1\""),
                    "the origin was asked for a page that the client does not have"
                );
                Ok(())
            },
        )
        .and(Setup::OtherRules),
        scenario("a-last-modified-alone-earns-a-304", Setup::Map, |stage| {
            let play = dated(stage);
            let derived = derived(&stage.exchange(&stage.get("/x"))?, "")?;
            earns_304(stage, &derived, &derived)?;
            let asked = last_asked(&play, "if-modified-since");
            ensure!(
                asked.as_deref() == Some(DATE),
                "the origin was asked If-Modified-Since {asked:?}"
            );
            let asked = last_asked(&play, "if-none-match");
            ensure!(
                asked.is_none(),
                "the origin, which has no ETag, was asked If-None-Match {asked:?}"
            );
            Ok(())
        }),
        scenario(
            "after-a-change-of-rules-a-dated-page-is-sent-anew",
            Setup::Rules,
            |stage| {
                let second = stage
                    .second
                    .ok_or_else(|| Failure("no second configuration is running".to_owned()))?;
                dated(stage);
                let old = derived(&stage.exchange(&stage.get("/x"))?, "")?;
                // A browser repeats both validators.
                let request = stage
                    .get("/x")
                    .field("If-None-Match", &old)
                    .field("If-Modified-Since", DATE);
                let mut changed = stage.send_to(second, &request)?;
                changed.read_to_end()?;
                let new = derived(&changed, "")?;
                ensure!(
                    new != old,
                    "the page has the same ETag {old} after a change of rules"
                );
                Ok(())
            },
        )
        .and(Setup::OtherRules),
        scenario(
            "a-304-varies-by-coding-as-its-page-does",
            Setup::Map,
            |stage| {
                stage.script(|request: &Received| {
                    let known = request.fields.text("if-none-match").as_deref() == Some("\"v1\"");
                    let head = answer(if known { 304 } else { 200 })
                        .field("ETag", "\"v1\"")
                        .field("Vary", "Cookie");
                    if known {
                        return head.bare();
                    }
                    let coded = encode("gzip", &page(ALIAS));
                    head.html().field("Content-Encoding", "gzip").body(coded)
                });
                let first = stage.exchange(&stage.get("/x"))?;
                let etag = derived(&first, "\"v1\"")?;
                let again = stage.exchange(&stage.get("/x").field("If-None-Match", &etag))?;
                again.has_status(304)?;
                for response in [&first, &again] {
                    let vary = response.fields.list("vary").unwrap_or_default();
                    let vary = String::from_utf8_lossy(&vary).to_lowercase();
                    ensure!(
                        vary.contains("cookie") && vary.contains("accept-encoding"),
                        "the {} has Vary: {vary}",
                        response.status
                    );
                }
                Ok(())
            },
        ),
        scenario("a-304-to-a-date-alone-names-no-etag", Setup::Map, |stage| {
            let told = answer(304).field("ETag", "\"v1\"");
            stage.always(told.field("Last-Modified", DATE).bare());
            let response = stage.exchange(&stage.get("/x").field("If-Modified-Since", DATE))?;
            response
                .has_status(304)?
                .lacks("ETag")?
                .has("Last-Modified", DATE)?;
            Ok(())
        }),
        scenario(
            "an-images-etag-and-condition-are-untouched",
            Setup::Map,
            |stage| {
                let play = stage.always(
                    answer(200)
                        .of_type("image/png")
                        .field("ETag", "\"i1\"")
                        .body(image()),
                );
                let condition = "\"a\", W/\"b\"";
                let response =
                    stage.exchange(&stage.get("/x").field("If-None-Match", condition))?;
                response
                    .has_status(200)?
                    .has("ETag", "\"i1\"")?
                    .has_body(image())?;
                let asked = last_asked(&play, "if-none-match");
                ensure!(
                    asked.as_deref() == Some(condition),
                    "the origin was asked If-None-Match {asked:?}"
                );
                Ok(())
            },
        ),
        scenario(
            "if-none-match-with-a-star-reaches-the-origin",
            Setup::Map,
            |stage| {
                let play = stage.always(answer(304).field("ETag", "\"v1\"").bare());
                stage
                    .exchange(&stage.get("/x").field("If-None-Match", "*"))?
                    .has_status(304)?;
                let asked = last_asked(&play, "if-none-match");
                ensure!(
                    asked.as_deref() == Some("*"),
                    "the origin was asked If-None-Match {asked:?}"
                );
                Ok(())
            },
        ),
    ]);
    all
}
