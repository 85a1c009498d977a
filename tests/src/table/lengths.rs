//! Bodies whose parts carry their length: they stay as they are, since a mapped URL would make it
//! wrong.

use super::fixture::fill;
use crate::origin::answer;
use crate::scenario::{Scenario, exchange, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};

/// Bodies of processable types, of which the gate sees only by their start that they must stay:
/// media type, path, body.
const STREAMED: &[(&str, &str, &str, &str)] = &[
    (
        "the-answer-to-an-aspnet-update-panel",
        "text/plain; charset=utf-8",
        "/x",
        "1|#||4|44|updatePanel|UpdatePanel1|<img src=\"{o}/a.png\">|0|hiddenField|__EVENTTARGET||",
    ),
    (
        "a-payload-of-engine-io-3",
        "text/plain; charset=UTF-8",
        "/engine.io/?EIO=3&transport=polling&t=Ot1",
        "42:42[\"msg\",\"{o}/p/1\"]2:40",
    ),
    (
        "the-answer-of-a-solidstart-server-function",
        "text/javascript",
        "/_server",
        ";0x00000079;((self.$R=self.$R||{})[\"server-fn:0\"]=[],($R=>$R[0]={title:\"x\",url:\"{o}/p/1\"})($R[\"server-fn:0\"]))",
    ),
    (
        "a-part-of-json-with-a-length",
        "multipart/mixed; boundary=b",
        "/x",
        "--b\r\nContent-Type: application/json\r\nContent-Length: 28\r\n\r\n\"{o}\"\r\n--b--\r\n",
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    let streamed = STREAMED.iter().map(|&(name, media_type, path, template)| {
        scenario(format!("{name}-stays-as-it-is"), Setup::Map, move |stage| {
            let body = fill(template, ALIAS);
            stage.always(answer(200).of_type(media_type).chunks(body.chunks(5)));
            let response = stage.exchange(&stage.get(path))?;
            response
                .has_status(200)?
                .decided("stream", 12)?
                .has_decoded(body)?;
            Ok(())
        })
    });
    let enveloped = [
        "application/connect+json",
        "application/grpc+json",
        "application/grpc-web+json",
    ];
    let enveloped = enveloped.map(|media_type| {
        let body = [b"\0\0\0\0\x28".to_vec(), fill("{\"u\":\"{o}/p/1\"}", ALIAS)].concat();
        let sent = body.clone();
        let name = media_type.replace(['/', '+'], "-");
        exchange(
            format!("messages-of-type-{name}-pass-through"),
            Setup::Map,
            move |_| answer(200).of_type(media_type).body(&sent),
            |get| get,
            move |_, response, _| {
                response.has_status(200)?.decided("pass-through", 3)?;
                response.has_its_length()?.has_body(&body)?;
                Ok(())
            },
        )
    });
    let mut all: Vec<_> = streamed.chain(enveloped).collect();
    all.push(exchange(
        "a-text-that-only-begins-with-a-number-is-mapped",
        Setup::Map,
        |_| {
            let body = fill("12:30 Meeting, see {o}/", ALIAS);
            answer(200).of_type("text/plain").body(body)
        },
        |get| get,
        |_, response, _| {
            response
                .has_status(200)?
                .has_decoded(fill("12:30 Meeting, see {o}/", PUBLIC))?;
            Ok(())
        },
    ));
    all
}
