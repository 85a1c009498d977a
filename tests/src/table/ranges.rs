//! Ranges: those of an image are left to its origin, and a page is fetched again as a whole (row
//! 9).

use super::fixture::{image, page};
use crate::failure::{Verdict, ensure};
use crate::origin::{Play, Received, answer};
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};
use crate::stage::Stage;

/// Plays an origin that honours `Range` with the first 100 bytes of its body.
fn ranged(stage: &Stage, media_type: &'static str, body: Vec<u8>) -> std::sync::Arc<Play> {
    stage.script(move |request: &Received| {
        let head = answer(if request.fields.get("range").is_some() {
            206
        } else {
            200
        })
        .of_type(media_type);
        let head = head.field("ETag", "\"r1\"").field("Accept-Ranges", "bytes");
        if request.fields.get("range").is_some() {
            head.field("Content-Range", format!("bytes 0-99/{}", body.len()))
                .body(&body[..100])
        } else {
            head.body(&body)
        }
    })
}

/// Returns the `Range` fields that the origin received, in order.
fn asked(play: &Play) -> Vec<Option<String>> {
    play.exchanges()
        .iter()
        .map(|exchange| exchange.request.fields.text("range"))
        .collect()
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario("a-range-of-an-image-passes-through", Setup::Map, |stage| {
            let play = ranged(stage, "image/png", image());
            let response = stage.exchange(
                &stage
                    .get("/x")
                    .field("Range", "bytes=0-99")
                    .field("If-Range", "\"r1\""),
            )?;
            response
                .has_status(206)?
                .decided("pass-through", 3)?
                .has("Content-Range", "bytes 0-99/4000")?;
            response
                .has_its_length()?
                .has("ETag", "\"r1\"")?
                .has("Accept-Ranges", "bytes")?
                .has_body(&image()[..100])?;
            let request = play.only_request()?;
            ensure!(
                asked(&play) == [Some("bytes=0-99".to_owned())],
                "the origin was asked for {:?}",
                asked(&play)
            );
            ensure!(
                request.fields.text("if-range").as_deref() == Some("\"r1\""),
                "If-Range did not reach the origin"
            );
            Ok(())
        }),
        scenario(
            "row-9-a-range-request-for-a-page-gets-the-whole-page",
            Setup::Map,
            |stage| whole(stage, "text/html", page(ALIAS)),
        ),
        scenario(
            "row-9-a-range-request-for-a-script-gets-the-whole-script",
            Setup::Map,
            |stage| whole(stage, "text/javascript", page(ALIAS)),
        ),
        scenario(
            "row-9-a-page-that-is-gone-on-the-second-fetch-is-an-error-page",
            Setup::Map,
            |stage| {
                stage.script(|request| {
                    if request.fields.get("range").is_some() {
                        answer(206)
                            .html()
                            .field("Content-Range", "bytes 0-99/1000")
                            .body(&page(ALIAS)[..100])
                    } else {
                        answer(404).html().body(page(ALIAS))
                    }
                });
                let response = stage.exchange(&stage.get("/x").field("Range", "bytes=0-99"))?;
                response
                    .has_status(404)?
                    .outcome("buffered")?
                    .has_its_length()?
                    .has_decoded(page(PUBLIC))?;
                Ok(())
            },
        ),
        scenario(
            "a-page-whose-origin-ignores-range-is-mapped-at-once",
            Setup::Map,
            |stage| {
                let play = stage.always(answer(200).html().body(page(ALIAS)));
                let response = stage.exchange(&stage.get("/x").field("Range", "bytes=0-99"))?;
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(page(PUBLIC))?;
                play.only_request()?;
                Ok(())
            },
        ),
        scenario(
            "row-9-a-206-that-the-origin-insists-on-passes-through",
            Setup::Map,
            |stage| {
                let part = || page(ALIAS)[..300].to_vec();
                stage.always(
                    answer(206)
                        .html()
                        .field("ETag", "\"r1\"")
                        .field("Content-Range", "bytes 0-299/1000")
                        .body(part()),
                );
                let response = stage.exchange(&stage.get("/x").field("Range", "bytes=0-299"))?;
                response
                    .has_status(206)?
                    .decided("pass-through", 9)?
                    .has("Content-Range", "bytes 0-299/1000")?
                    .has("ETag", "\"r1\"")?;
                response.has_its_length()?.has_body(part())?;
                Ok(())
            },
        ),
        scenario(
            "an-unsatisfiable-range-of-a-page-is-reported",
            Setup::Map,
            |stage| {
                stage.always(
                    answer(416)
                        .html()
                        .field("Content-Range", "bytes */4000")
                        .body(page(ALIAS)),
                );
                let response = stage.exchange(&stage.get("/x").field("Range", "bytes=9000-"))?;
                response
                    .has_status(416)?
                    .decided("buffered", 10)?
                    .has("Content-Range", "bytes */4000")?;
                response.has_its_length()?.has_decoded(page(PUBLIC))?;
                Ok(())
            },
        ),
        scenario(
            "an-unsatisfiable-range-of-an-image-is-reported",
            Setup::Map,
            |stage| {
                stage.always(
                    answer(416)
                        .of_type("image/png")
                        .field("Content-Range", "bytes */4000")
                        .body(""),
                );
                let response = stage.exchange(&stage.get("/x").field("Range", "bytes=9000-"))?;
                response
                    .has_status(416)?
                    .decided("buffered", 4)?
                    .has("Content-Range", "bytes */4000")?;
                response.has("Content-Length", "0")?.has_body("")?;
                Ok(())
            },
        ),
    ]
}

fn whole(stage: &Stage, media_type: &'static str, body: Vec<u8>) -> Verdict {
    let play = ranged(stage, media_type, body);
    let response = stage.exchange(&stage.get("/x").field("Range", "bytes=0-99"))?;
    response
        .has_status(200)?
        .outcome("stream")?
        .has("Accept-Ranges", "none")?
        .lacks("Content-Range")?;
    response.has_decoded(page(PUBLIC))?;
    ensure!(
        asked(&play).last() == Some(&None),
        "the origin was asked last for {:?}",
        asked(&play)
    );
    Ok(())
}
