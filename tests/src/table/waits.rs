//! Peers that pause: how long the gate waits for them, and what then becomes of the exchange.

use std::time::Duration;

use super::fixture::page;
use crate::driver::Runtime;
use crate::failure::ensure;
use crate::fields::contains;
use crate::origin::answer;
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};

/// What a client sees of a gate that waits on.
const STILL_WAITING: &str = "nothing more came until the deadline";

/// Why a Worker does not know when to give up.
const WORKERS_WAIT: &str = "the runtime has no limit on the pauses of a body, and a Worker that \
    passes a body on does not see them (docs/configuration.md, `[limits]`)";

/// Why a platform does not time the client.
const PLATFORM_READS: &str = "the platform reads the client's body, and has limits of its own for \
    that (docs/configuration.md, `[limits]`)";

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        scenario(
            "a-page-whose-origin-falls-silent-looks-truncated",
            Setup::Waits,
            |stage| {
                let sent = page(ALIAS);
                let start = answer(200).html().chunked().chunk(&sent[..sent.len() / 2]);
                let play = stage.always(start.stall());
                let get = stage.get("/x").field("Accept", "text/html");
                stage.is_cut(&get, &play, &page(PUBLIC))
            },
        )
        .not_on(Runtime::Cloudflare, STILL_WAITING, WORKERS_WAIT),
        scenario(
            "an-error-page-whose-origin-falls-silent-is-a-504",
            Setup::Waits,
            |stage| {
                stage.always(answer(404).html().length(5000).send(page(ALIAS)).stall());
                let get = stage.get("/x").field("Accept", "text/html");
                let response = stage.exchange(&get)?;
                response.has_status(504)?.has_its_length()?.is_complete()?;
                let told = response.fields.text("proxy-status").unwrap_or_default();
                ensure!(
                    told.contains("error=connection_read_timeout"),
                    "Proxy-Status is {told:?}"
                );
                Ok(())
            },
        )
        .not_on(Runtime::Cloudflare, STILL_WAITING, WORKERS_WAIT),
        scenario("an-upload-that-pauses-is-a-408", Setup::Waits, |stage| {
            stage.always(answer(200).html().body(page(ALIAS)));
            let post = stage
                .request("POST", "/x")
                .field("Content-Type", "application/octet-stream")
                .field("Transfer-Encoding", "chunked");
            let mut client = stage.connect()?;
            client.write(&post.head())?;
            client.write(b"5\r\nfirst\r\n")?;
            let mut response = client.response("POST")?;
            response.read_to_end()?;
            response.has_status(408)?.is_complete()?;
            Ok(())
        })
        .not_on(Runtime::Fastly, STILL_WAITING, PLATFORM_READS)
        .not_on(Runtime::Cloudflare, STILL_WAITING, PLATFORM_READS),
        scenario(
            "an-event-stream-may-pause-for-longer-than-a-page",
            Setup::Waits,
            |stage| {
                let events = answer(200).of_type("text/event-stream").chunked();
                let events = events.chunk("data: 1\n\n").wait(1).chunk("data: 2\n\n");
                let play = stage.always(events.last_chunk());
                let mut response = stage.send(&stage.get("/x"))?;
                response.read_until("the first event", |response| {
                    contains(&response.decoded_start(), b"data: 1")
                })?;
                // Longer than a page may pause.
                std::thread::sleep(Duration::from_millis(2500));
                play.open(1);
                response.read_to_end()?;
                response
                    .has_status(200)?
                    .has_decoded("data: 1\n\ndata: 2\n\n")?;
                Ok(())
            },
        ),
    ]
}
