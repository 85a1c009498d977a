//! Origins at several addresses, some of which fail.

use super::over_tls::{certified, trusting};
use super::*;

/// What an address does with the connections that it gets.
#[derive(Clone, Copy, PartialEq)]
enum Does {
    /// Answers each request with its own address.
    Answer,
    /// Reads a request, and closes.
    Close,
    /// Refuses them.
    Refuse,
    /// Takes them, and says nothing.
    Wait,
}

/// An address of an origin on a port of its own, which other addresses of the loopback may have,
/// too.
struct Address {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

async fn at(ip: &str, port: u16, does: Does) -> Address {
    let address = SocketAddr::new(ip.parse().expect("an address"), port);
    let listener = TcpListener::bind(address).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let requests = Arc::<AtomicUsize>::default();
    if does == Does::Refuse {
        return Address { address, requests };
    }
    let counter = requests.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let counter = counter.clone();
            tokio::spawn(async move {
                while head(&mut stream).await.is_some() && does != Does::Close {
                    counter.fetch_add(1, Ordering::SeqCst);
                    if does == Does::Wait {
                        std::future::pending::<()>().await;
                    }
                    let text = address.to_string();
                    let length = text.len();
                    let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                    let _ = stream.write_all((answer + &text).as_bytes()).await;
                }
                if does == Does::Close {
                    counter.fetch_add(1, Ordering::SeqCst);
                }
            });
        }
    });
    Address { address, requests }
}

/// A client of an origin at these addresses.
fn client_at(addresses: &[&Address], more: &str) -> Client {
    let addresses: Vec<String> = addresses
        .iter()
        .map(|it| format!("'{}'", it.address))
        .collect();
    let addresses = addresses.join(", ");
    client(URL, &format!("addresses = [{addresses}]\n{more}"))
}

const URL: &str = "http://origin.test";

async fn send(client: &Client, method: &str) -> Result<String, FetchError> {
    let request = Request::builder().method(method).uri(URL);
    let request = request.body(None).expect("a request");
    let response = client.send(request, Terms::default()).await?;
    let bytes = text(response).await.expect("a body");
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn count(address: &Address) -> usize {
    address.requests.load(Ordering::SeqCst)
}

#[tokio::test]
async fn requests_are_spread_evenly_over_the_addresses() {
    let [a, b, c] = [
        at("127.0.0.1", 0, Does::Answer).await,
        at("127.0.0.2", 0, Does::Answer).await,
        at("127.0.0.3", 0, Does::Answer).await,
    ];
    let client = client_at(&[&a, &b, &c], "");
    for _ in 0..30 {
        send(&client, "GET").await.expect("an answer");
    }
    assert_eq!([count(&a), count(&b), count(&c)], [10, 10, 10]);
}

#[tokio::test]
async fn an_address_that_refuses_costs_no_request_of_any_method() {
    let [dead, live] = [
        at("127.0.0.1", 0, Does::Refuse).await,
        at("127.0.0.2", 0, Does::Answer).await,
    ];
    let client = client_at(&[&dead, &live], "idle_connections = 0");
    for method in ["GET", "POST"].repeat(10) {
        let answer = send(&client, method).await;
        assert_eq!(answer.expect(method), live.address.to_string());
    }
    assert_eq!(count(&live), 20);
}

#[tokio::test]
async fn a_repeatable_request_without_an_answer_goes_to_another_address() {
    let [closing, live] = [
        at("127.0.0.1", 0, Does::Close).await,
        at("127.0.0.2", 0, Does::Answer).await,
    ];
    let client = client_at(&[&closing, &live], "");
    for _ in 0..10 {
        let answer = send(&client, "GET").await;
        assert_eq!(answer.expect("an answer"), live.address.to_string());
    }
    assert!(
        count(&closing) < 5,
        "it is left out, and would have its turn otherwise"
    );
}

#[tokio::test]
async fn a_request_that_may_change_something_goes_to_no_other_address_once_it_was_sent() {
    let [closing, live] = [
        at("127.0.0.1", 0, Does::Close).await,
        at("127.0.0.2", 0, Does::Answer).await,
    ];
    let client = client_at(&[&closing, &live], "");
    let error = send(&client, "POST").await.expect_err("no answer");
    assert!(matches!(error, FetchError::Closed(_)), "{error:?}");
    assert_eq!(count(&live), 0);
    // The next ones do not meet it.
    for _ in 0..2 {
        send(&client, "POST").await.expect("an answer");
    }
    assert_eq!(count(&live), 2);
}

#[tokio::test]
async fn an_address_that_is_silent_is_left_out() {
    let [silent, live] = [
        at("127.0.0.1", 0, Does::Wait).await,
        at("127.0.0.2", 0, Does::Answer).await,
    ];
    let client = client_at(&[&silent, &live], "first_byte_timeout = '100 ms'");
    let error = send(&client, "GET").await.expect_err("no answer");
    assert!(matches!(error, FetchError::Timeout(_)), "{error:?}");
    for _ in 0..2 {
        send(&client, "GET").await.expect("an answer");
    }
    assert_eq!([count(&silent), count(&live)], [1, 2]);
}

#[tokio::test]
async fn where_all_addresses_fail_the_error_names_each() {
    let [one, other] = [
        at("127.0.0.1", 0, Does::Refuse).await,
        at("127.0.0.2", 0, Does::Refuse).await,
    ];
    let client = client_at(&[&one, &other], "");
    for _ in 0..3 {
        let error = send(&client, "GET").await.expect_err("no answer");
        let FetchError::Connect(why) = error else {
            panic!("{error:?}");
        };
        for address in [&one, &other] {
            assert!(why.contains(&format!("{}: ", address.address)), "{why}");
        }
    }
}

#[tokio::test]
async fn an_address_that_comes_back_gets_requests_again() {
    let dead = at("127.0.0.1", 0, Does::Refuse).await;
    let live = at("127.0.0.2", 0, Does::Answer).await;
    let client = client_at(&[&dead, &live], "");
    for _ in 0..10 {
        send(&client, "GET").await.expect("an answer");
    }
    let back = at("127.0.0.1", dead.address.port(), Does::Answer).await;
    while count(&back) < 10 {
        send(&client, "GET").await.expect("an answer");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn a_single_address_that_fails_is_asked_again_at_once() {
    let closing = at("127.0.0.1", 0, Does::Close).await;
    let client = client_at(&[&closing], "");
    for _ in 0..3 {
        send(&client, "GET").await.expect_err("no answer");
    }
    assert_eq!(count(&closing), 3);
}

#[tokio::test]
async fn an_address_without_tls_is_followed_by_one_with_it() {
    let (acceptor, certificate) = certified(&["h2", "http/1.1"]);
    let listener = TcpListener::bind("127.0.0.2:0").await.expect("a port");
    let live = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                let stream = acceptor.accept(stream).await.expect("TLS");
                let mut connection = h2::server::handshake(stream).await.expect("HTTP/2");
                while let Some(Ok((request, mut respond))) = connection.accept().await {
                    assert_eq!(request.uri().host(), Some("localhost"));
                    let head = Response::new(());
                    respond.send_response(head, true).expect("a head");
                }
            });
        }
    });
    for does in [Does::Refuse, Does::Wait] {
        let other = at("127.0.0.1", 0, does).await;
        let text = format!(
            "[origin]\nurl = 'https://localhost'\nconnect_timeout = '1 s'\n\
             addresses = ['{}', '{live}']\n",
            other.address
        );
        let origin = Config::from_toml(&text, "test")
            .expect("a configuration")
            .origin;
        let client = client_of(&origin, &trusting(certificate.clone()));
        for _ in 0..6 {
            let response = get(&client, "https://localhost/").await;
            assert_eq!(response.expect("a response").status(), 200);
        }
    }
}
