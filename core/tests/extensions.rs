//! What a gate does by code, besides its configuration.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(
    unreachable_pub,
    missing_docs,
    dead_code,
    reason = "seen by this test alone"
)]
mod support;

use http::{Request, Response};
use streamgate::{
    BaseUrl, Config, Document, DocumentPostProcessor, Gate, GateBuilder, PostProcessError,
    Transform, TransformError,
};
use support::{By, exchange, request, scripted};

const CONFIG: &str = "\
    origin.url = 'https://origin.example.com'\n\
    origin.public = 'https://www.example.com'\n\
    [[html]]\n\
    select = 'aside'\n\
    remove = true\n";

fn config() -> Config {
    Config::from_toml(CONFIG, "test").unwrap()
}

/// Returns what a gate makes of a body of this type.
fn rewritten(builder: GateBuilder, media_type: &str, body: &[u8]) -> Vec<u8> {
    let gate = builder.build(config()).unwrap();
    let response = Response::builder().header("content-type", media_type);
    let public: BaseUrl = "https://www.example.com".parse().unwrap();
    let pipeline = gate.rewriter(&Request::new(()), &response.body(()).unwrap(), &public);
    pipeline.unwrap().run_to_vec(body).unwrap()
}

fn html(builder: GateBuilder, page: &str) -> String {
    let page = rewritten(builder, "text/html; charset=utf-8", page.as_bytes());
    String::from_utf8(page).unwrap()
}

/// Makes every letter a capital one.
struct Upper;

impl Transform for Upper {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        out.extend(input.to_ascii_uppercase());
        *input = &[];
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), TransformError> {
        Ok(())
    }
}

/// Ends each document with a word.
struct Ends(&'static str);

impl DocumentPostProcessor for Ends {
    fn name(&self) -> &'static str {
        "ends"
    }

    fn fingerprint(&self) -> u64 {
        self.0.len() as u64
    }

    fn process(&self, document: &mut Document<'_>) -> Result<(), PostProcessError> {
        document.body.extend(self.0.bytes());
        Ok(())
    }
}

#[test]
fn a_handler_sees_what_rules_and_mapping_have_left() {
    let seen = Gate::builder().on_start_tag("seen", "a, aside", |tag| {
        let url = tag.attribute("HREF").unwrap_or_default();
        tag.before(&format!("[{} {url}]", tag.name()));
        Ok(())
    });
    assert_eq!(
        html(
            seen,
            "<A href=https://origin.example.com/é>x</A><aside>y</aside><a>z</a>"
        ),
        "[a https://www.example.com/é]<A href=https://www.example.com/é>x</A>[a ]<a>z</a>"
    );
}

#[test]
fn a_handler_changes_a_start_tag() {
    let changes = Gate::builder().on_start_tag("changes", "p", |tag| {
        tag.set_attribute("title", "a \"b\" &amp; é")?;
        tag.remove_attribute("class");
        tag.after("<b>é</b>");
        Ok(())
    });
    assert_eq!(
        html(changes, "<p class=x>1</p>"),
        "<p title=\"a &quot;b&quot; &amp; é\"><b>é</b>1</p>"
    );
}

#[test]
fn a_handler_finds_and_writes_in_the_charset_of_the_page() {
    let finds = Gate::builder().on_start_tag("finds", "p[title=é]", |tag| {
        let title = tag.attribute("title").unwrap_or_default();
        tag.set_attribute("title", &format!("{title}ü漢"))
    });
    let latin = rewritten(finds, "text/html; charset=iso-8859-1", b"<p title=\xE9>");
    assert_eq!(latin, b"<p title=\"\xE9\xFC&#28450;\">");
}

#[test]
fn a_handler_acts_on_html_alone() {
    let acts = || Gate::builder().on_start_tag("acts", "p", |tag| tag.set_attribute("a", "b"));
    assert_eq!(rewritten(acts(), "image/svg+xml", b"<p/>"), b"<p/>");
    assert_eq!(html(acts(), "<p/>"), "<p a=\"b\" />");
}

#[test]
fn after_a_handler_that_fails_the_rest_of_the_page_flows() {
    let fails = Gate::builder().on_start_tag("fails", "p", |tag| tag.set_attribute("no name", ""));
    assert_eq!(
        html(fails, "<aside>1</aside><p>2<aside>3</aside>"),
        "<p>2<aside>3</aside>"
    );
}

#[test]
fn a_selector_that_is_none_is_refused() {
    let builder = Gate::builder().on_start_tag("broken", "p[", |_| Ok(()));
    let error = builder.build(config()).unwrap_err().to_string();
    assert!(error.contains("p["), "{error}");
}

#[test]
fn a_stage_gets_what_the_gate_has_rewritten_where_it_wants_to() {
    let upper = || {
        Gate::builder().transform("upper", |path, head| {
            let is_css = head
                .get("content-type")
                .is_some_and(|value| value == "text/css");
            (path == "/" && is_css).then(|| Box::new(Upper) as _)
        })
    };
    let css = b"@import 'https://origin.example.com/a.css'";
    assert_eq!(
        rewritten(upper(), "text/css", css),
        b"@IMPORT 'HTTPS://WWW.EXAMPLE.COM/A.CSS'"
    );
    assert_eq!(rewritten(upper(), "text/plain", b"text"), b"text");
}

#[test]
fn a_post_processor_gets_the_document_after_the_stages() {
    let gate = Gate::builder()
        .transform("upper", |_, _| Some(Box::new(Upper)))
        .post_processor(Ends(".end"))
        .build(config())
        .unwrap();
    assert!(gate.post_processes());
    let seen = exchange(&gate, request("GET", &[]), &|_| {
        Ok(scripted(
            200,
            &[("content-type", "text/html")],
            &["<p>", "one"],
        ))
    });
    assert_eq!((seen.by, seen.text()), (By::Buffered, "<P>ONE.end"));
}

#[test]
fn each_extension_changes_the_fingerprint() {
    let gates = [
        Gate::builder(),
        Gate::builder().on_start_tag("a", "p", |_| Ok(())),
        Gate::builder().on_start_tag("a", "b", |_| Ok(())),
        Gate::builder().on_start_tag("b", "p", |_| Ok(())),
        Gate::builder().transform("a", |_, _| None),
        Gate::builder().post_processor(Ends("a")),
        Gate::builder().post_processor(Ends("ab")),
    ];
    let fingerprints = gates.map(|builder| builder.build(config()).unwrap().fingerprint());
    for (index, fingerprint) in fingerprints.iter().enumerate() {
        assert!(!fingerprints[..index].contains(fingerprint), "{index}");
    }
}
