//! Extends the gate in code, in the three ways that there are: a handler of start tags and a stage
//! keep the page streaming, a post-processor needs it whole.

use std::error::Error;

use http::{Request, Response};
use streamgate::{
    BaseUrl, Config, Document, DocumentPostProcessor, Gate, PostProcessError, Transform,
    TransformError,
};

/// Puts the number of words of a page into its head: a result that only the whole page has.
struct WordCount;

impl DocumentPostProcessor for WordCount {
    fn name(&self) -> &str {
        "word-count"
    }

    fn fingerprint(&self) -> u64 {
        1 // The version: it changes when the same page would get something else.
    }

    fn process(&self, document: &mut Document<'_>) -> Result<(), PostProcessError> {
        let text = std::str::from_utf8(&document.body).map_err(PostProcessError::new)?;
        let words = text.split_whitespace().count();
        document.head.insert("word-count", words.into());
        Ok(())
    }
}

/// Replaces each tab by a space. A stage keeps what it needs between two pieces of the body; this
/// one needs nothing.
struct Untab;

impl Transform for Untab {
    fn push(&mut self, input: &mut &[u8], output: &mut Vec<u8>) -> Result<(), TransformError> {
        output.extend(
            input
                .iter()
                .map(|&byte| if byte == b'\t' { b' ' } else { byte }),
        );
        *input = &[];
        Ok(())
    }

    fn finish(&mut self, _output: &mut Vec<u8>) -> Result<(), TransformError> {
        Ok(())
    }
}

/// Makes a gate with a handler of start tags and a stage, and with the post-processor if `whole` is
/// set.
fn gate(whole: bool) -> Result<Gate, Box<dyn Error>> {
    let config = Config::from_toml("origin.url = 'https://o.example'", "streamgate.toml")?;
    let builder = Gate::builder()
        .on_start_tag("lazy/1", "img[src]", |tag| {
            tag.set_attribute("loading", "lazy")
        })
        .transform("untab/1", |_path, head| {
            let is_html = head
                .get("content-type")
                .is_some_and(|value| value.as_bytes().starts_with(b"text/html"));
            is_html.then(|| Box::new(Untab) as Box<dyn Transform>)
        });
    let builder = match whole {
        true => builder.post_processor(WordCount),
        false => builder,
    };
    Ok(builder.build(config)?)
}

fn main() -> Result<(), Box<dyn Error>> {
    let request = Request::get("/").body(())?;
    let response = Response::builder()
        .header("content-type", "text/html")
        .body(())?;
    let public: BaseUrl = "https://www.example.com".parse()?;
    let pipeline = gate(false)?.rewriter(&request, &response, &public)?;
    let page = pipeline.run_to_vec(b"<img\tsrc=//o.example/a.png>two\twords")?;
    assert_eq!(
        page.escape_ascii().to_string(),
        r#"<img src=//www.example.com/a.png loading=\"lazy\">two words"#
    );

    // A gate with a post-processor buffers HTML. `serve` calls the post-processor, as it alone has
    // the body whole.
    assert!(gate(true)?.post_processes());
    let mut document = Document {
        path: "/",
        head: http::HeaderMap::new(),
        body: page,
    };
    WordCount.process(&mut document)?;
    assert_eq!(document.head["word-count"], "4");
    println!("{:?}", document.head);
    Ok(())
}

#[test]
fn the_example_runs() -> Result<(), Box<dyn Error>> {
    main()
}
