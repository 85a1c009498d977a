//! Rewrites a page from standard input to standard output, as the gate would on its way to a
//! browser:
//!
//! ```sh
//! cargo run -p streamgate --example rewrite -- streamgate.toml https://www.example.com < page.html
//! ```

use std::error::Error;
use std::io::{self, Read, Write};

use bytes::Bytes;
use futures::StreamExt;
use futures::executor::block_on;
use http::{Request, Response};
use streamgate::{BaseUrl, Blocking, BodyError, Gate};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(file), Some(public)) = (arguments.next(), arguments.next()) else {
        return Err("usage: rewrite CONFIGURATION PUBLIC-URL < PAGE".into());
    };
    let gate = Gate::from_toml(&std::fs::read_to_string(&file)?, &file)?;
    rewrite(&gate, &public.parse()?, io::stdin(), &mut io::stdout())
}

/// Writes each part of the page as soon as it can, however long the rest takes to arrive.
fn rewrite(
    gate: &Gate,
    public: &BaseUrl,
    mut page: impl Read,
    out: &mut impl Write,
) -> Result<(), Box<dyn Error>> {
    let request = Request::get("/").body(())?;
    let response = Response::builder()
        .header("content-type", "text/html")
        .body(())?;
    let mut buffer = [0; 16 << 10];
    let chunks = std::iter::from_fn(|| match page.read(&mut buffer) {
        Ok(0) => None,
        Ok(read) => Some(Ok(Bytes::copy_from_slice(&buffer[..read]))),
        Err(error) => Some(Err(BodyError::incomplete(error))),
    });
    let pipeline = gate.rewriter(&request, &response, public)?;
    let mut rewritten = pipeline.over(Blocking::new(chunks));
    while let Some(chunk) = block_on(rewritten.next()) {
        out.write_all(&chunk?)?;
        out.flush()?;
    }
    Ok(())
}

#[test]
fn the_example_rewrites_a_page() -> Result<(), Box<dyn Error>> {
    let gate = Gate::from_toml("origin.url = 'https://o.example'", "test")?;
    let page = b"<img src='//o.example/a.png'><a href='https://o.example'>o.example</a>";
    let mut out = Vec::new();
    rewrite(
        &gate,
        &"https://www.example.com".parse()?,
        &page[..],
        &mut out,
    )?;
    assert_eq!(
        out.escape_ascii().to_string(),
        r"<img src=\'//www.example.com/a.png\'><a href=\'https://www.example.com\'>www.example.com</a>"
    );
    Ok(())
}
