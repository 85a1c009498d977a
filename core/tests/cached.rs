//! The cache's part in an exchange, over a store that is a map.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::Cell;
use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures::executor::block_on;
use futures::future::BoxFuture;
use futures::{FutureExt, StreamExt, stream};
use http::{HeaderName, HeaderValue, Request, Response};
use streamgate::{
    BodyError, ByteStream, Clock, Config, Document, DocumentPostProcessor, Edge, FetchError, Gate,
    Insertion, OriginConfig, Outbound, PostProcessError, Record, Store, Stored, StoredBody,
};

/// An extension that makes every page one for one client, by a field that it adds.
struct Adds(&'static str, &'static str);

impl DocumentPostProcessor for Adds {
    fn name(&self) -> &str {
        "adds"
    }

    fn fingerprint(&self) -> u64 {
        1
    }

    fn process(&self, document: &mut Document<'_>) -> Result<(), PostProcessError> {
        let (name, value) = (
            HeaderName::from_static(self.0),
            HeaderValue::from_static(self.1),
        );
        document.head.insert(name, value);
        Ok(())
    }
}

type Objects = Arc<Mutex<HashMap<String, (Arc<Record>, Bytes)>>>;

#[derive(Clone, Default)]
struct Map(Objects);

impl Store for Map {
    fn get<'a>(&'a self, key: &'a str) -> BoxFuture<'a, Option<Stored>> {
        let found = self.0.lock().unwrap().get(key).cloned();
        let found = found.map(|(record, body)| Stored {
            record,
            length: Some(body.len() as u64),
            // In pieces, as a store has it that keeps much.
            body: StoredBody::Chunks(
                stream::iter(
                    body.chunks(3)
                        .map(Bytes::copy_from_slice)
                        .map(Ok)
                        .collect::<Vec<_>>(),
                )
                .boxed(),
            ),
        });
        std::future::ready(found).boxed()
    }

    fn insert(&self, key: &str, record: Record) -> Option<Box<dyn Insertion>> {
        Some(Box::new(Writing {
            objects: self.0.clone(),
            key: key.to_owned(),
            record,
            body: BytesMut::new(),
        }))
    }

    fn update(&self, key: &str, record: Record) {
        if let Some((old, _)) = self.0.lock().unwrap().get_mut(key) {
            *old = Arc::new(record);
        }
    }

    fn remove(&self, key: &str) {
        self.0.lock().unwrap().remove(key);
    }
}

struct Writing {
    objects: Objects,
    key: String,
    record: Record,
    body: BytesMut,
}

impl Insertion for Writing {
    fn write(&mut self, chunk: &Bytes) -> bool {
        self.body.extend_from_slice(chunk);
        true
    }

    fn finish(self: Box<Self>) {
        let object = (Arc::new(self.record), self.body.freeze());
        self.objects.lock().unwrap().insert(self.key, object);
    }
}

/// A platform whose origin counts how often it is asked, and says so in its body.
struct Platform<'a> {
    store: Map,
    asked: &'a Cell<usize>,
    fields: &'a [(&'static str, &'static str)],
}

type Chunks = stream::Iter<std::vec::IntoIter<Result<Bytes, BodyError>>>;

impl Edge for Platform<'_> {
    type RequestBody = ();
    type RequestStream = Chunks;
    type Body = usize;
    type Stream = Chunks;
    type Sent = Response<Bytes>;
    type SendError = std::convert::Infallible;
    type Subrequests = streamgate::NoSubrequests;

    fn clock(&self) -> Option<Clock> {
        Some(Clock {
            elapsed: || Duration::ZERO,
            since_epoch: || Duration::from_secs(1_700_000_000),
        })
    }

    fn cache(&self) -> Option<Arc<dyn Store>> {
        Some(Arc::new(self.store.clone()))
    }

    async fn fetch(
        &self,
        _: &OriginConfig,
        _: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<usize>, FetchError> {
        self.asked.set(self.asked.get() + 1);
        let mut response = Response::new(self.asked.get());
        for (name, value) in self.fields {
            let value = HeaderValue::from_static(value);
            response.headers_mut().append(*name, value);
        }
        Ok(response)
    }

    fn receive(&self, (): ()) -> Chunks {
        stream::iter(Vec::new())
    }

    fn read(&self, number: usize) -> Chunks {
        stream::iter(vec![Ok(Bytes::from(format!("0123456789 {number}")))])
    }

    async fn send_unmodified(
        self,
        response: Response<usize>,
    ) -> Result<Self::Sent, Self::SendError> {
        Ok(response.map(|number| Bytes::from(format!("0123456789 {number}"))))
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<Self::Sent, Self::SendError> {
        let mut body = pin!(body);
        let mut all = BytesMut::new();
        while let Some(chunk) = body.next().await {
            all.extend_from_slice(&chunk.unwrap());
        }
        Ok(head.map(|()| all.freeze()))
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Self::Sent, Self::SendError> {
        Ok(response)
    }
}

const CONFIG: &str = "
    origin = { url = 'https://o.example', public = 'https://www.example.com' }
    cache.enabled = true
";

const PAGE: &[(&str, &str)] = &[
    ("cache-control", "max-age=60"),
    ("content-type", "text/html"),
];

const IMAGE: &[(&str, &str)] = &[
    ("cache-control", "max-age=60"),
    ("content-type", "image/png"),
];

/// Asks one gate after the other the same, and returns what the last one answers.
fn asked(
    gate: &Gate,
    fields: &[(&'static str, &'static str)],
    requests: &[(&str, &[(&'static str, &'static str)])],
) -> Vec<Response<Bytes>> {
    let (store, asked) = (Map::default(), Cell::new(0));
    let exchange = |(method, head): &(&str, &[(&'static str, &'static str)])| {
        let edge = Platform {
            store: store.clone(),
            asked: &asked,
            fields,
        };
        let mut request = Request::builder()
            .method(*method)
            .uri("https://www.example.com/p")
            .body(None)
            .unwrap();
        for (name, value) in *head {
            request
                .headers_mut()
                .append(*name, HeaderValue::from_static(value));
        }
        let Ok(response) = block_on(streamgate::serve(edge, gate, request));
        response
    };
    requests.iter().map(exchange).collect()
}

fn cache_status(response: &Response<Bytes>) -> &str {
    response.headers()["cache-status"].to_str().unwrap()
}

#[test]
fn what_an_extension_makes_of_a_page_for_one_client_is_not_stored() {
    let cases = [
        ("cache-control", "private", "private"),
        ("cache-control", "no-store", "private"),
        ("set-cookie", "bucket=a", "set-cookie"),
    ];
    for (name, value, why) in cases {
        let config = Config::from_toml(CONFIG, "test").unwrap();
        let gate = Gate::builder()
            .post_processor(Adds(name, value))
            .build(config)
            .unwrap();
        for response in asked(&gate, PAGE, &[("GET", &[]), ("GET", &[])]) {
            let expected = format!("streamgate; fwd=uri-miss; detail={why}");
            assert_eq!(cache_status(&response), expected, "{name}: {value}");
        }
    }
}

#[test]
fn what_the_origin_says_to_other_caches_than_this_one_does_not_count() {
    let gate = Gate::from_toml(CONFIG, "test").unwrap();
    let fields = [
        ("cdn-cache-control", "max-age=60"),
        ("cache-control", "private"),
        ("content-type", "text/html"),
    ];
    let responses = asked(&gate, &fields, &[("GET", &[]), ("GET", &[])]);
    assert_eq!(cache_status(&responses[1]), "streamgate; hit; ttl=60");
    assert_eq!(responses[1].headers()["cache-control"], "private");
}

#[test]
fn a_range_is_for_get_alone() {
    let gate = Gate::from_toml(CONFIG, "test").unwrap();
    let range: &[(&str, &str)] = &[("range", "bytes=2-4")];
    let parts: &[(&str, &str)] = &[("range", "bytes=0-0, 2-4")];
    let requests = [
        ("GET", &[] as &[_]),
        ("GET", range),
        ("HEAD", range),
        ("HEAD", parts),
    ];
    let responses = asked(&gate, IMAGE, &requests);
    let seen: Vec<_> = responses
        .iter()
        .map(|response| {
            let length = response.headers().get("content-length");
            let length = length.map(|length| length.to_str().unwrap());
            (response.status().as_u16(), length, &response.body()[..])
        })
        .collect();
    let expected: [(u16, Option<&str>, &[u8]); 4] = [
        (200, None, b"0123456789 1"),
        (206, Some("3"), b"234"),
        (200, Some("12"), b""),
        (200, Some("12"), b""),
    ];
    assert_eq!(seen, expected);
}
