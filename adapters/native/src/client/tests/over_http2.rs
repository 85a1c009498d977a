//! Origins over HTTP/2 that leave requests unprocessed: such requests are sent again (RFC 9113
//! §8.7).

use std::future::poll_fn;

use futures::future::join_all;
use futures::{StreamExt, TryStreamExt, stream};
use h2::Reason;
use h2::server::SendResponse;
use http_body::Frame;
use http_body_util::StreamBody;
use streamgate::BodyError;

use super::over_tls::{certified, trusting};
use super::*;

/// An origin's way to deal with a request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Does {
    /// Answers `ok`.
    Answer,
    /// Refuses the stream.
    Refuse,
    /// Says that it goes away, and that it has not taken this stream.
    GoAway,
    /// Says that the request broke the stream.
    Fail,
    /// Does not answer, as long as the connection lasts.
    Wait,
}

/// Starts an origin whose connections do `does`, in turn, with the second request of each, and
/// answer all others. Also counts connections.
async fn origin(does: Does) -> (Client, String, Arc<AtomicUsize>) {
    let (acceptor, certificate) = certified(&["h2"]);
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            let number = counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.expect("TLS");
                let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
                let mut requests = 0;
                while let Some(Ok((_, respond))) = connection.accept().await {
                    requests += 1;
                    let does = match number == 0 && requests == 2 || does == Does::Wait {
                        true => does,
                        false => Does::Answer,
                    };
                    serve(does, respond, &mut connection);
                }
            });
        }
    });
    let url = format!("https://localhost:{port}");
    let config = Config::from_toml(&format!("[origin]\nurl = \"{url}\"\n"), "test");
    let origin = config.expect("a configuration").origin;
    let client = client_of(&origin, &trusting(certificate));
    (client, url, connections)
}

fn serve<T>(
    does: Does,
    mut respond: SendResponse<Bytes>,
    connection: &mut h2::server::Connection<T, Bytes>,
) where
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin,
{
    match does {
        Does::Answer => {
            let head = Response::new(());
            let mut body = respond.send_response(head, false).expect("a head");
            body.send_data(Bytes::from_static(b"ok"), true)
                .expect("a body");
        }
        Does::Refuse => respond.send_reset(Reason::REFUSED_STREAM),
        Does::GoAway => {
            // An accepted stream counts as taken; refusing it says that it was not.
            respond.send_reset(Reason::REFUSED_STREAM);
            connection.graceful_shutdown();
        }
        Does::Fail => respond.send_reset(Reason::INTERNAL_ERROR),
        Does::Wait => {
            tokio::spawn(async move {
                let _ = poll_fn(|cx| respond.poll_reset(cx)).await;
            });
        }
    }
}

async fn ask(client: &Client, url: &str, method: &str) -> Result<Bytes, FetchError> {
    let request = Request::builder().method(method).uri(url);
    let request = request.body(None).expect("a request");
    let response = client.send(request, Terms::default()).await?;
    Ok(text(response).await.expect("a body"))
}

#[tokio::test]
async fn a_request_that_was_refused_is_sent_again_whatever_its_method() {
    for does in [Does::Refuse, Does::GoAway] {
        for method in ["GET", "POST"] {
            let (client, url, connections) = origin(does).await;
            for _ in 0..3 {
                let answer = ask(&client, &url, method).await;
                assert_eq!(answer.expect("an answer"), "ok", "{does:?} {method}");
            }
            assert_eq!(connections.load(Ordering::SeqCst), 2, "{does:?} {method}");
        }
    }
}

#[tokio::test]
async fn a_request_that_broke_the_origin_is_not_sent_again() {
    let (client, url, connections) = origin(Does::Fail).await;
    ask(&client, &url, "GET").await.expect("an answer");
    let error = ask(&client, &url, "GET").await.expect_err("no answer");
    assert!(matches!(error, FetchError::Protocol(_)), "{error:?}");
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn exchanges_at_a_time_share_a_connection() {
    let (client, url, connections) = origin(Does::Answer).await;
    let asked = (0..50).map(|_| ask(&client, &url, "GET"));
    for answer in join_all(asked).await {
        assert_eq!(answer.expect("an answer"), "ok");
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn no_connection_is_no_answer_for_all_who_wait_for_it() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let url = format!("https://{}", closed.local_addr().expect("an address"));
    drop(closed);
    let client = client(&url, "");
    let asked = (0..8).map(|_| ask(&client, &url, "GET"));
    for answer in join_all(asked).await {
        assert!(matches!(answer, Err(FetchError::Connect(_))), "{answer:?}");
    }
}

#[tokio::test]
async fn an_upload_that_breaks_off_or_pauses_is_the_clients_fault() {
    let late = || FetchError::RequestTimeout("it pauses".to_owned());
    for (cause, expected) in [
        (BodyError::incomplete("the client is gone"), "RequestBody"),
        (BodyError::incomplete(late()), "RequestTimeout"),
    ] {
        let (client, url, _) = origin(Does::Wait).await;
        let pieces = stream::iter([Ok(Bytes::from_static(b"part")), Err(cause)]);
        // The origin has the head by then, and waits for more.
        let pieces = pieces.then(|piece| async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            piece
        });
        let body = RequestBody::new(StreamBody::new(pieces.map_ok(Frame::data)));
        let request = Request::post(&url).body(Some(body)).expect("a request");
        let error = client
            .send(request, Terms::default())
            .await
            .expect_err(expected);
        let variant = format!("{error:?}");
        assert!(variant.starts_with(expected), "{variant} is not {expected}");
    }
}
