//! The smallest adapter: a platform in memory, and one exchange over it.
//!
//! `memory.rs` is the adapter, and all of it. The architecture page of the book, "Adding a
//! platform", goes through it; the crate `streamgate-conformance` plays its scenarios over it.

mod memory;

use bytes::Bytes;
use futures::executor::block_on;
use http::{Request, Response};
use memory::{Body, Memory};
use streamgate::{Gate, InvalidConfig, serve};

const CONFIG: &str = r#"
    [origin]
    url    = "https://origin.example.com"
    public = "https://www.example.com"

    [[html]]
    select = "body"
    append = "<p>Served by streamgate.</p>"
"#;

fn main() -> Result<(), InvalidConfig> {
    let gate = Gate::from_toml(CONFIG, "streamgate.toml")?;
    let edge = Memory {
        fetch: |_: &_, request: Request<_>| {
            let page = format!("<body><a href='{}'>here</a></body>", request.uri());
            let mut response = Response::new(Body::from(Bytes::from(page)));
            let fields = response.headers_mut();
            fields.insert("content-type", "text/html".parse().expect("a value"));
            Ok(response)
        },
    };
    let mut request = Request::new(None);
    *request.uri_mut() = "https://www.example.com/news".parse().expect("a URL");

    let Ok(response) = block_on(serve(edge, &gate, request));
    let page = response.body().chunks.concat();
    println!("{response:?}");
    assert_eq!(
        page.escape_ascii().to_string(),
        r"<body><a href=\'https://www.example.com/news\'>here</a><p>Served by streamgate.</p></body>"
    );
    Ok(())
}

#[test]
fn the_example_runs() {
    main().expect("the configuration is valid");
}
