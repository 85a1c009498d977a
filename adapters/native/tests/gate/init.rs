//! `streamgate init`, before scripted origins. What it writes must be valid as it is.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::support::{Gate, HTML, origin, site};

const FILES: [&str; 4] = [
    "fastly.toml",
    "streamgate.schema.json",
    "streamgate.toml",
    "wrangler.toml",
];

/// A folder of its own, removed when dropped.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("streamgate-init-{}-{count}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.0.join(name)).expect(name)
    }

    fn files(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).into_iter().flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> = names.collect();
        names.sort();
        names
    }

    fn init(&self, origin: &str, more: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_streamgate"))
            .args(["init", origin, "--dir", self.0.to_str().expect("a path")])
            .args(more)
            .output()
            .expect("it runs")
    }

    /// Proposes what must be possible, and returns what is printed.
    fn proposed(&self, origin: &str, more: &[&str]) -> String {
        let output = self.init(origin, more);
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{error}");
        assert_eq!(error, "");
        String::from_utf8(output.stdout).expect("text")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Checks a file as a careful person does.
fn check(file: &Path) {
    let output = Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .args(["check", "--deny-warnings"])
        .arg(file)
        .output()
        .expect("it runs");
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{error}");
    assert_eq!(error, "");
}

/// A page of a shop with everything in it.
const SHOP: &str = r#"<!doctype html><html><head>
    <link rel="stylesheet" href="http://127.0.0.1:1/a.css">
    <script src="http://127.0.0.1:1/_next/static/a.js"></script>
    <script src="https://www.googletagmanager.com/gtm.js"></script>
    </head><body><a href="/second">2</a><a href="/third#x">3</a><a href="/image">i</a>
    <a href="https://elsewhere.test/">e</a><script>api = "http:\/\/127.0.0.1:2\/v1"</script>
    <img src="https://img.elsewhere.test/a.png" srcset="https://img.elsewhere.test/b.png 2x">
    </body></html>"#;

#[test]
fn what_it_writes_is_valid_and_says_why() {
    let url = site(|path| match path {
        "/" | "/second" | "/third" => {
            let fields = "x-powered-by: Next.js\r\nset-cookie: s=1; Domain=.test\r\n";
            (format!("{HTML}{fields}"), SHOP.to_owned())
        }
        _ => (
            "200 OK\r\ncontent-type: image/png\r\n".to_owned(),
            String::new(),
        ),
    });
    let folder = Folder::new();
    let printed = folder.proposed(&url, &["--public", "https://www.example.com"]);
    assert_eq!(folder.files(), FILES);
    let file = folder.0.join("streamgate.toml");
    check(&file);
    let text = folder.read("streamgate.toml");
    assert!(
        text.starts_with("#:schema ./streamgate.schema.json\n"),
        "{text}"
    );
    for part in [
        "from what was seen in 3 pages",
        "public = \"https://www.example.com\"\n",
        "# Next.js, by the field x-powered-by:\n",
        "s (Domain=test)",
        "\n[[route]]\npath = \"/_sg/port-1\"\norigin = \"http://127.0.0.1:1\"\n",
        "# http://127.0.0.1:1: 3 scripts, 3 styles in 3 pages.",
        "\n# [[route]]\n# path = \"/_sg/img-elsewhere-test\"\n",
        "# http://127.0.0.1:2: 3 mentions in 3 pages.",
        "\n# [[route]]\n# path = \"/_sg/port-2\"\n",
        "it is Google Tag Manager",
        "# https://elsewhere.test: 3 links in 3 pages. Not proposed",
    ] {
        assert!(text.contains(part), "no {part}\n{text}");
    }
    assert!(
        text.lines().all(|line| line.chars().count() <= 100),
        "{text}"
    );
    for part in [
        "3 pages",
        "Next.js, by the field x-powered-by",
        "http://127.0.0.1:1: 3 scripts, 3 styles: route /_sg/port-1\n",
        "https://www.googletagmanager.com: 3 scripts: not proposed: Google Tag Manager\n",
        "streamgate check ",
    ] {
        assert!(printed.contains(part), "no {part}\n{printed}");
    }
    assert!(!printed.contains('\x1b'), "{printed}");
    // The editor's schema is that of the program.
    let schema = Command::new(env!("CARGO_BIN_EXE_streamgate"))
        .arg("schema")
        .output();
    let schema = String::from_utf8(schema.expect("it runs").stdout).expect("text");
    assert_eq!(folder.read("streamgate.schema.json"), schema);
    // What is there for whoever wants it is valid, too.
    let wanted = ["# [[route]]", "# path =", "# origin ="];
    let lines = text
        .lines()
        .map(|line| match wanted.iter().any(|it| line.starts_with(it)) {
            true => line.trim_start_matches("# "),
            false => line,
        });
    fs::write(&file, lines.collect::<Vec<_>>().join("\n")).expect("it is written");
    check(&file);
}

#[test]
fn a_gate_serves_by_what_was_written() {
    let assets = site(|_| {
        (
            "200 OK\r\ncontent-type: text/css\r\n".to_owned(),
            "b{}".to_owned(),
        )
    });
    let page = format!("<link rel=stylesheet href={assets}/a.css><img src={assets}/b.png>");
    let url = site(move |_| (HTML.to_owned(), page.clone()));
    let folder = Folder::new();
    folder.proposed(&url, &[]);
    let file = folder.0.join("streamgate.toml");
    check(&file);
    let gate = Gate::start(&["--config", file.to_str().expect("a path")]);
    let page = gate.get("/");
    let (_, port) = assets.rsplit_once(':').expect("a port");
    let mapped = format!("<link rel=stylesheet href=http://gate.test/_sg/port-{port}/a.css>");
    assert!(page.contains(&mapped), "{page}");
    let style = gate.get(&format!("/_sg/port-{port}/a.css"));
    assert!(style.contains("\r\nb{}\r\n"), "{style}");
}

#[test]
fn nothing_is_overwritten_without_being_told() {
    let url = site(|_| (HTML.to_owned(), "<p>a".to_owned()));
    for name in FILES {
        let folder = Folder::new();
        fs::create_dir_all(&folder.0).expect("a folder");
        fs::write(folder.0.join(name), "mine").expect("it is written");
        let output = folder.init(&url, &[]);
        assert_eq!(output.status.code(), Some(1), "{name}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(
            error.contains(name) && error.contains("exists already"),
            "{error}"
        );
        assert_eq!(folder.files(), [name]);
        assert_eq!(folder.read(name), "mine");
        folder.proposed(&url, &["--force"]);
        assert_eq!(folder.files(), FILES);
        assert_ne!(folder.read(name), "mine");
        check(&folder.0.join("streamgate.toml"));
    }
}

#[test]
fn no_more_pages_are_asked_for_than_were_allowed() {
    static ASKED: AtomicUsize = AtomicUsize::new(0);
    let url = site(|path| {
        let number = ASKED.fetch_add(1, Ordering::Relaxed);
        let links = format!("<a href={path}/{number}>a</a><a href={path}x/{number}>b</a>");
        (HTML.to_owned(), links)
    });
    let folder = Folder::new();
    let printed = folder.proposed(&url, &["--pages", "4"]);
    assert!(printed.contains(": 4 pages, 1 KiB\n"), "{printed}");
    assert_eq!(ASKED.load(Ordering::Relaxed), 4);
}

#[test]
fn a_site_below_a_path_is_begun_there() {
    let url = site(|path| match path {
        "/kit/" => (
            HTML.to_owned(),
            "<script src=/kit/_app/immutable/a.js></script>".to_owned(),
        ),
        _ => ("404 Not Found\r\n".to_owned(), String::new()),
    });
    let folder = Folder::new();
    let printed = folder.proposed(&url, &["--start", "/kit/"]);
    assert!(printed.contains("  SvelteKit, by "), "{printed}");
    let printed = folder.proposed(&url, &["--force"]);
    assert!(printed.contains(": 0 pages, 0 KiB\n"), "{printed}");
    assert!(printed.contains("is an error, 404;"), "{printed}");
}

#[test]
fn an_origin_that_leads_elsewhere_or_is_silent_gets_no_files() {
    let elsewhere = site(|_| {
        (
            "301 Moved\r\nlocation: https://www.test/a\r\n".to_owned(),
            String::new(),
        )
    });
    let around = site(|_| ("302 Found\r\nlocation: /\r\n".to_owned(), String::new()));
    let silent = origin(drop);
    for (url, expected) in [
        (&elsewhere, "streamgate init https://www.test\n"),
        (&around, "leads on by more than 5 redirects\n"),
        (&silent, "streamgate: http://"),
    ] {
        let folder = Folder::new();
        let output = folder.init(url, &[]);
        assert_eq!(output.status.code(), Some(1), "{url}");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(expected), "{error}");
        assert_eq!(folder.files(), [""; 0]);
    }
    let output = Folder::new().init("www.example.com", &[]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn what_pages_contain_does_not_break_what_is_written() {
    let url = site(|_| {
        let fields = "content-encoding: x\"y\r\nset-cookie: a\"'\\=1; Domain=\"]\r\n";
        (format!("{HTML}{fields}"), String::new())
    });
    let folder = Folder::new();
    let printed = folder.proposed(&url, &[]);
    check(&folder.0.join("streamgate.toml"));
    assert!(printed.contains("which the gate cannot undo"), "{printed}");
    let url = site(|_| {
        let page = "<meta name=generator content='WordPress\n[[html]]\u{1}\"'>\
                    <img src='http://a\"b.test/'><img src='http://ü.test/'><img src=//ü.test>";
        (HTML.to_owned(), page.to_owned())
    });
    let folder = Folder::new();
    folder.proposed(&url, &[]);
    check(&folder.0.join("streamgate.toml"));
    let text = folder.read("streamgate.toml");
    assert!(text.contains("http://xn--tda.test"), "{text}");
}

#[test]
fn the_platforms_files_are_those_of_the_repository() {
    let url = site(|_| (HTML.to_owned(), String::new()));
    let folder = Folder::new();
    folder.proposed(&url, &[]);
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let parsed = |text: &str| text.parse::<toml::Table>().expect("TOML");
    let own = |name: &str| fs::read_to_string(root.join(name)).expect(name);
    for (name, changed) in [
        ("wrangler.toml", &["name"][..]),
        ("fastly.toml", &["name", "local_server", "setup"]),
    ] {
        let [mut written, mut own] = [folder.read(name), own(name)].map(|text| parsed(&text));
        for key in changed {
            let [written, own] = [&mut written, &mut own].map(|it| it.remove(*key).expect(key));
            assert_eq!(keys(&written), keys(&own), "{name}: {key}");
        }
        assert_eq!(written, own, "{name}");
    }
    let fastly = parsed(&folder.read("fastly.toml"));
    let backend = &fastly["local_server"]["backends"]["origin"];
    assert_eq!(backend["url"].as_str(), Some(url.as_str()));
    let backend = &fastly["setup"]["backends"]["origin"];
    assert_eq!(backend["address"].as_str(), Some("127.0.0.1"));
    let (_, port) = url.rsplit_once(':').expect("a port");
    assert_eq!(backend["port"].as_integer(), port.parse().ok());
}

/// Returns the keys of a table and those below.
fn keys(value: &toml::Value) -> Vec<String> {
    let tables = value.as_table().into_iter().flatten();
    let keys = tables.flat_map(|(key, value)| {
        let below = keys(value)
            .into_iter()
            .map(move |below| format!("{key}.{below}"));
        std::iter::once(key.clone()).chain(below)
    });
    keys.collect()
}
