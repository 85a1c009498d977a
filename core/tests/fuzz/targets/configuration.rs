//! Configurations: any text is one that compiles, or has faults each of which names a line.

use http::{Request, Response};
use streamgate::{Config, ConfigFinding, Gate};

/// Where an error says that the text is from.
const FILE: &str = "fuzz.toml";

pub(crate) fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Config::from_toml(&text, FILE) {
        Ok(config) => {
            for warning in config.warnings(&text, FILE) {
                check(&warning, &text);
            }
            let gate = Gate::new(config).expect("what was read can be compiled");
            let again = Gate::from_toml(&text, FILE).expect("it is the same text");
            assert_eq!(again.fingerprint(), gate.fingerprint());
            let html = Response::builder().header("content-type", "text/html");
            let public = "https://www.example.com".parse().unwrap();
            let page = gate.rewriter(&Request::new(()), &html.body(()).unwrap(), &public);
            if let Ok(pipeline) = page {
                let page = b"<title>a</title><p class=b>https://origin.example.com/</p>";
                pipeline.run_to_vec(page).unwrap();
            }
        }
        Err(error) => {
            assert!(!error.faults().is_empty(), "{error}");
            assert!(
                error.faults().is_sorted_by_key(ConfigFinding::line),
                "{error}"
            );
            for fault in error.faults() {
                check(fault, &text);
            }
        }
    }
}

fn check(finding: &ConfigFinding, text: &str) {
    let lines = text.split('\n').count();
    assert!((1..=lines).contains(&finding.line()), "{finding}");
    assert!(finding.column() > 0, "{finding}");
    assert!(!finding.message().is_empty(), "{finding}");
    assert!(!finding.message().contains('\n'), "{finding}");
    assert!(finding.help() != Some(""), "{finding}");
    let start = format!("{FILE}:{}: ", finding.line());
    assert!(finding.to_string().starts_with(&start), "{finding}");
}
