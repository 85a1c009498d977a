//! Configurations: any text is one that compiles, or has faults each of which names a line.

use http::{Request, Response};
use streamgate::{Config, ConfigError, Gate};

/// Where an error says that the text is from.
const FILE: &str = "fuzz.toml";

pub(crate) fn config(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Config::from_toml(&text, FILE) {
        Ok(config) => {
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
            check(&error, &text);
            for window in std::iter::once(&error)
                .chain(error.further())
                .collect::<Vec<_>>()
                .windows(2)
            {
                assert!(window[0].line() <= window[1].line(), "{error}");
            }
            for further in error.further() {
                check(further, &text);
            }
        }
    }
}

fn check(error: &ConfigError, text: &str) {
    let lines = text.split('\n').count();
    assert!((1..=lines).contains(&error.line()), "{error}");
    assert!(!error.message().is_empty(), "{error}");
    assert!(!error.message().contains('\n'), "{error}");
    let start = format!("{FILE}:{}: ", error.line());
    assert!(error.to_string().starts_with(&start), "{error}");
}
