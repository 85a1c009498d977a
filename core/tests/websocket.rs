//! Handshakes of WebSockets: what the origin is offered, and what the platform is handed.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::RefCell;
use std::convert::Infallible;

use bytes::Bytes;
use futures::executor::block_on;
use futures::stream;
use http::{HeaderMap, HeaderValue, Request, Response};
use streamgate::{
    BodyError, ByteStream, Edge, FetchError, Gate, NoSubrequests, OriginConfig, Outbound,
    WebSocket, serve,
};

/// A platform that carries upgrades, and whose origin answers with a `101`.
struct Platform<'a> {
    maps: bool,
    /// What the origin selects.
    extensions: Option<&'static str>,
    /// The head that the origin got.
    asked: &'a RefCell<HeaderMap>,
}

/// The head that the client gets, and whether messages are mapped, for the client and the origin.
type Sent = (Response<()>, Option<(bool, bool)>);

impl Edge for Platform<'_> {
    type RequestBody = ();
    type RequestStream = stream::Empty<Result<Bytes, BodyError>>;
    type Body = ();
    type Stream = stream::Empty<Result<Bytes, BodyError>>;
    type Sent = Sent;
    type SendError = Infallible;
    type Subrequests = NoSubrequests;

    fn upgrades(&self, _: &HeaderValue) -> bool {
        true
    }

    fn maps_messages(&self) -> bool {
        self.maps
    }

    async fn fetch(
        &self,
        _: &OriginConfig,
        request: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<()>, FetchError> {
        self.asked.replace(request.into_parts().0.headers);
        let mut answer = Response::builder()
            .status(101)
            .header("connection", "Upgrade")
            .header("upgrade", "websocket");
        if let Some(extensions) = self.extensions {
            answer = answer.header("sec-websocket-extensions", extensions);
        }
        Ok(answer.body(()).unwrap())
    }

    fn receive(&self, (): ()) -> Self::RequestStream {
        stream::empty()
    }

    fn read(&self, (): ()) -> Self::Stream {
        stream::empty()
    }

    async fn send_unmodified(self, response: Response<()>) -> Result<Sent, Infallible> {
        Ok((response, None))
    }

    async fn send_websocket(
        self,
        response: Response<()>,
        websocket: WebSocket,
    ) -> Result<Sent, Infallible> {
        let (to_client, to_origin) = (&websocket.to_client, &websocket.to_origin);
        let mapped = (to_client.is_mapped(), to_origin.is_mapped());
        Ok((response, Some(mapped)))
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        _: S,
    ) -> Result<Sent, Infallible> {
        Ok((head, None))
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Sent, Infallible> {
        Ok((response.map(drop), None))
    }
}

#[test]
fn a_websocket_is_mapped_if_all_agree_and_none_extends_it() {
    const ON: &str = "[map]\nwebsocket = true";
    const DEFLATE: Option<&str> = Some("permessage-deflate");
    const BOTH: Option<(bool, bool)> = Some((true, true));
    for (config, maps, selected, offered, mapped) in [
        (ON, true, None, None, BOTH),
        (ON, true, DEFLATE, None, None),
        (ON, false, DEFLATE, DEFLATE, None),
        ("", true, DEFLATE, DEFLATE, None),
        ("", true, None, DEFLATE, None),
    ] {
        let text = format!(
            "[origin]\nurl = 'https://origin.example.com'\n\
             public = 'https://www.example.com'\n{config}"
        );
        let gate = Gate::from_toml(&text, "test").unwrap();
        let request = Request::get("https://www.example.com/cable")
            .header("connection", "Upgrade")
            .header("upgrade", "websocket")
            .header("origin", "https://www.example.com")
            .header("sec-websocket-extensions", "permessage-deflate")
            .body(None)
            .unwrap();
        let asked = RefCell::default();
        let platform = Platform {
            maps,
            extensions: selected,
            asked: &asked,
        };
        let (head, sent) = block_on(serve(platform, &gate, request)).unwrap();
        let extensions = |head: &HeaderMap| head.get("sec-websocket-extensions").cloned();
        let expected = |value: Option<&'static str>| value.map(HeaderValue::from_static);
        let case = format!("{config} {maps} {selected:?}");
        assert_eq!((head.status().as_u16(), sent), (101, mapped), "{case}");
        assert_eq!(extensions(&asked.borrow()), expected(offered), "{case}");
        assert_eq!(extensions(head.headers()), expected(selected), "{case}");
        assert_eq!(head.headers()["upgrade"], "websocket", "{case}");
    }
}
