//! Every configuration that the pages show is valid, for the gate and for the JSON Schema, which is
//! that of the types.

use std::fs;

use jsonschema::Validator;
use serde_json::Value;
use streamgate::Config;
use streamgate_book::{pages, root};

/// The origin of a block that shows other tables only.
const ORIGIN: &str = "origin.url = 'https://origin.example.com'\n";

fn validator() -> Validator {
    jsonschema::validator_for(&Config::json_schema()).expect("a schema")
}

fn json(text: &str) -> Value {
    let table: toml::Table = text.parse().expect(text);
    serde_json::to_value(table).expect(text)
}

/// Returns the configurations of the pages that are marked `wrong`, or those that are not, with
/// their places.
fn shown(wrong: bool) -> impl Iterator<Item = (String, String)> {
    let blocks = pages().into_iter().flat_map(|page| page.blocks());
    let blocks = blocks.filter(move |block| {
        let is_wrong = block.info.iter().any(|word| word == "wrong");
        block.info.first().is_some_and(|word| word == "toml") && is_wrong == wrong
    });
    blocks.map(|block| match block.text.contains("[origin]") {
        true => (block.place, block.text),
        false => (block.place, format!("{ORIGIN}{}", block.text)),
    })
}

/// Returns every configuration of the repository that is to be valid, with its place.
fn configurations() -> Vec<(String, String)> {
    let examples = fs::read_dir(root().join("examples")).expect("examples");
    let examples = examples.map(|entry| entry.expect("examples").path());
    let built_in = root().join("streamgate.toml");
    let files = examples.chain([built_in]).map(|path| {
        let text = fs::read_to_string(&path).expect("a configuration in UTF-8");
        (path.display().to_string(), text)
    });
    let published = published();
    shown(false).chain(files).chain(published).collect()
}

/// Returns the configurations in the manifests of the packages, with their places.
fn published() -> [(String, String); 2] {
    let workers = (
        "adapters/cloudflare/deploy/wrangler.toml",
        "vars.STREAMGATE_CONFIG",
    );
    let fastly = (
        "adapters/fastly/deploy/fastly.toml",
        "local_server.config_stores.streamgate.contents.config",
    );
    [workers, fastly].map(|(file, key)| {
        let text = fs::read_to_string(root().join(file)).expect(file);
        let manifest = toml::Value::Table(text.parse().expect(file));
        let text = key.split('.').fold(&manifest, |value, key| &value[key]);
        (file.to_owned(), text.as_str().expect("a text").to_owned())
    })
}

#[test]
fn every_configuration_is_valid() {
    let validator = validator();
    let configurations = configurations();
    assert!(configurations.len() >= 25, "{}", configurations.len());
    for (place, text) in configurations {
        if let Err(error) = Config::from_toml(&text, &place) {
            panic!("{error}");
        }
        if let Err(error) = validator.validate(&json(&text)) {
            panic!("{place}: {}: {error}", error.instance_path());
        }
    }
}

#[test]
fn a_configuration_that_is_shown_as_wrong_is_refused() {
    let wrong: Vec<_> = shown(true).collect();
    assert!(!wrong.is_empty());
    for (place, text) in wrong {
        assert!(Config::from_toml(&text, &place).is_err(), "{place}");
    }
}

#[test]
fn the_schema_refuses_what_the_gate_refuses() {
    let validator = validator();
    let whole = [
        "",
        "[origin]",
        "origin = 'https://o.example'",
        "origin.url = 5",
        "origin.url = 'o.example'",
    ];
    let beside_an_origin = [
        "documents.post_processors = []",
        "origin.publik = 'https://www.example'",
        "origin.public = 'www.example'",
        "origin.aliases = 'https://a.example'",
        "origin.aliases = ['a.example']",
        "origin.identity = 'Origin'",
        "origin.connect_timeout = 5",
        "origin.connect_timeout = '5 seconds'",
        "origin.idle_connections = -1",
        "gate.explain = 'yes'",
        "gate.buffer_limit = '1 MB'",
        "gate.buffer_limit = 1.5",
        "gate.no_transform = true",
        "gate.processable = 'text/html'",
        "limits.max_decoded = 'none'",
        "limits.connections = 0",
        "limits.exchange = 5",
        "limits.idle = '5 s'",
        "drain.timeout = 'off'",
        "access_log.format = 'combined'",
        "tls.certificate = 5",
        "map.scope = 'all'",
        "map.except = ['signed/*']",
        "map.queries = ['/image']",
        "html = { select = 'p', remove = true }",
        "html = [{ remove = true }]",
        "html = [{ select = 'p', removed = true }]",
        "html = [{ select = 'p', set = { a = 1 } }]",
        "html = [{ select = 'p', set = {} }]",
        "html = [{ select = 'p', unset = [] }]",
        "html = [{ select = 'p', replace_text = { find = 'a' } }]",
        "html = [{ select = 'p', remove = true, when = {} }]",
        "html = [{ select = 'p', remove = true, when = { path = [] } }]",
        "route = [{ path = '/img' }]",
        "route = [{ path = 'img', origin = 'https://i.example' }]",
        "route = [{ path = '/img', origin = 'https://i.example', prefix = 'cut' }]",
        "document.post_processors = ['minify']",
    ];
    let beside_an_origin = beside_an_origin.map(|text| format!("{ORIGIN}{text}"));
    for text in whole.map(str::to_owned).iter().chain(&beside_an_origin) {
        assert!(Config::from_toml(text, "f").is_err(), "{text}");
        assert!(!validator.is_valid(&json(text)), "{text}");
    }
}

#[test]
fn the_schema_takes_every_form_of_a_value() {
    let validator = validator();
    for text in [
        "origin.public = 'HTTP://www.example:8080'",
        "origin.connect_timeout = '300ms'",
        "origin.forwarded = ['X-Forwarded-For']",
        "gate.buffer_limit = 65536",
        "gate.buffer_limit = '65536'",
        "limits.body_idle = 'off'",
        "limits.request_body = 'off'",
        "limits.request_body = 5",
        "limits.connections = 'off'",
        "limits.connections = 1",
        "tls = { certificate = 'a.pem', key = 'a.key' }",
        "tls = { certificate = ['a.pem'], key = ['a.key'] }",
        "html = [{ select = 'p', inner = '' }]",
        "html = [{ select = 'p', replace_text = { find = 'a', with = 'b' } }]",
        "html = [{ select = 'p', replace_text = [{ find = 'a', with = 'b' }] }]",
        "html = [{ select = 'p', remove = true, when = { path = '/a' } }]",
        "html = [{ select = 'p', remove = true, when = { media_type = ['text/html', '+xml'] } }]",
        "route = [{ path = '/img', origin = 'https://i.example/a', html = [] }]",
        "origin.aliases = ['${ALIAS:-https://a.example}']",
        "origin.connect_timeout = '${WAIT:-5 s}'",
        "gate.buffer_limit = '${LIMIT:-1 MiB}'",
        "map.scope = '${SCOPE:-attributes}'",
    ] {
        let text = format!("{ORIGIN}{text}");
        Config::from_toml(&text, "f").expect(&text);
        if let Err(error) = validator.validate(&json(&text)) {
            panic!("{text}: {error}");
        }
    }
}

#[test]
fn the_schema_in_the_book_is_that_of_the_types() {
    let file = root().join("docs/streamgate.schema.json");
    let text = fs::read_to_string(file).expect("docs/streamgate.schema.json");
    let committed: Value = serde_json::from_str(&text).expect("JSON");
    assert!(
        committed == Config::json_schema(),
        "it is out of date: cargo run -- schema > docs/streamgate.schema.json"
    );
}

#[test]
fn every_key_of_the_schema_has_a_description() {
    fn check(path: &str, schema: &Value) {
        let parts = ["anyOf", "oneOf"].map(|of| schema.get(of).and_then(Value::as_array));
        for part in parts.into_iter().flatten().flatten() {
            check(path, part);
        }
        if let Some(items) = schema.get("items") {
            check(path, items);
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            let path = format!("{path}.{name}");
            let description = schema.get("description").and_then(Value::as_str);
            assert!(
                description.is_some_and(|text| text.ends_with('.')),
                "{path}: {description:?}"
            );
            check(&path, schema);
        }
    }
    check("", &Config::json_schema());
}
