//! Tests of folders as other people have them, with a rewriter that leaks or does too much. Every
//! fault that is planted must be found.

use std::fs;
use std::path::PathBuf;
use std::process::id;
use std::sync::atomic::{AtomicUsize, Ordering};

use clap::Parser;

use crate::check::Rewriter;
use crate::gate::{self, Page, Rewritten};
use crate::{Arguments, Outcome, run};

/// A folder of files, which is removed when it is dropped.
struct Folder(PathBuf);

impl Folder {
    fn new(files: &[(&str, &[u8])]) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("streamgate-leaks-{}-{count}", id()));
        for (name, content) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        Self(folder)
    }

    fn run(&self, rewrite: Rewriter<'_>, more: &[&str]) -> Result<Outcome, Vec<String>> {
        let pages = self.0.to_str().unwrap();
        let list = self.0.join("hosts.tsv");
        let list = list.to_str().unwrap();
        let start = ["leaks", pages, "--hosts", list];
        let arguments = Arguments::try_parse_from(start.iter().chain(more)).unwrap();
        run(&arguments, rewrite)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const PAGE: &str = "<!doctype html><title>t</title><a href=https://www.a-b.example/x>a</a>\n\
    <script>var u = \"https:\\/\\/www.a-b.example\\/y\";</script><p>me@www.a-b.example</p>";

fn folder() -> Folder {
    Folder::new(&[
        ("x.html", PAGE.as_bytes()),
        ("hosts.tsv", b"x.html\thttps://www.a-b.example\t3\n"),
    ])
}

/// Returns a rewriter that applies the gate, and then a change to its output.
fn then<'a>(
    change: impl Fn(String) -> String + 'a,
) -> impl Fn(&Page<'_>, usize) -> Result<Rewritten, String> + 'a {
    move |page, chunk| match gate::rewrite(page, chunk)? {
        Rewritten::Body(body) => {
            let body = String::from_utf8(body).map_err(|error| error.to_string())?;
            Ok(Rewritten::Body(change(body).into_bytes()))
        }
        not => Ok(not),
    }
}

#[test]
fn the_gate_leaves_nothing_and_changes_nothing_else() {
    assert_eq!(folder().run(&gate::rewrite, &[]), Ok(Outcome::Clean));
    let port = ["--public", "http://localhost:8080"];
    assert_eq!(folder().run(&gate::rewrite, &port), Ok(Outcome::Clean));
}

#[test]
fn a_page_in_which_stages_pause_is_read_to_its_end() {
    let page = PAGE.repeat(250);
    let folder = Folder::new(&[
        ("x.html", page.as_bytes()),
        ("hosts.tsv", b"x.html\thttps://www.a-b.example\t750\n"),
    ]);
    assert_eq!(
        folder.run(&gate::rewrite, &["--dom", "off"]),
        Ok(Outcome::Clean)
    );
}

#[test]
fn a_planted_leak_is_found() {
    for leak in [
        "href=https://www.a-b.example/x",
        "href='//WWW.A-B.EXAMPLE/x'",
        "href='https%3A%2F%2Fwww%2Ea-b%2Eexample/x'",
        "title='www.a-b.example'",
    ] {
        let leaky = then(|body| body.replacen("href=https://www.streamgate-leaks.test/x", leak, 1));
        assert_eq!(folder().run(&leaky, &[]), Ok(Outcome::Found), "{leak}");
    }
}

#[test]
fn a_planted_change_is_found() {
    let changes: [(&str, &dyn Fn(String) -> String); 6] = [
        ("a letter", &|body| body.replace("var u", "var v")),
        ("a byte more", &|body| body + "\n"),
        ("a byte less", &|body| body.trim_end_matches('>').to_owned()),
        ("another escaping", &|body| body.replace("\\/\\/", "//")),
        ("an address", &|body| {
            body.replace("me@www.a-b.example", "me@www.streamgate-leaks.test")
        }),
        ("nothing left", &|_| String::new()),
    ];
    for (what, change) in changes {
        for dom in ["--dom=on", "--dom=off"] {
            let outcome = folder().run(&then(change), &[dom]);
            assert_eq!(outcome, Ok(Outcome::Found), "{what}, {dom}");
        }
    }
}

#[test]
fn what_depends_on_how_the_page_was_cut_is_found() {
    let cut = |page: &Page<'_>, chunk: usize| {
        let whole = gate::rewrite(page, page.body.len())?;
        match (whole, chunk) {
            (Rewritten::Body(body), 7) => Ok(Rewritten::Body([&body[..], b" "].concat())),
            (whole, _) => Ok(whole),
        }
    };
    assert_eq!(folder().run(&cut, &[]), Ok(Outcome::Found));
}

#[test]
fn what_scripts_push_is_looked_through_as_one_text() {
    let page = |strings: [&str; 3]| {
        let calls = strings.map(|s| format!("<script>self.__next_f.push([1,\"{s}\"])</script>"));
        "<!doctype html><p>t</p>".to_owned() + &calls.concat()
    };
    let before = page(["1:T1c,", "to https://www.a-b.", "example/x2:[]\\n"]);
    for (after, outcome) in [
        (
            page([
                "",
                "1:T26,to https://www.streamgate-leaks.",
                "test/x2:[]\\n",
            ]),
            Outcome::Clean,
        ),
        (
            page([
                "1:T1c,",
                "to https://www.streamgate-leaks.",
                "test/x2:[]\\n",
            ]),
            Outcome::Found,
        ),
        (
            page([
                "1:T26,",
                "to https://www.streamgate-leaks.test/y2:[]\\n",
                "",
            ]),
            Outcome::Found,
        ),
        (before.clone(), Outcome::Found),
    ] {
        let files = [
            ("x.html", before.as_bytes()),
            ("hosts.tsv", b"www.a-b.example"),
        ];
        let rewrite = |_: &Page<'_>, _| Ok(Rewritten::Body(after.clone().into_bytes()));
        assert_eq!(
            Folder::new(&files).run(&rewrite, &[]),
            Ok(outcome),
            "{after}"
        );
    }
}

#[test]
fn pages_of_every_kind_are_looked_through_and_others_are_not() {
    let folder = Folder::new(&[
        ("a.html", PAGE.as_bytes()),
        ("b.css", b"@import '//www.a-b.example/b.css';"),
        ("news/c.json", br#"{"u":"https:\/\/www.a-b.example\/c"}"#),
        ("d", b"<!doctype html><a href=//www.a-b.example/d>d</a>"),
        ("e.rsc", b"1:[\"https://www.a-b.example/e\"]\n"),
        ("f.xml", "<u>http://www.a-b.example/\u{e9}</u>".as_bytes()),
        ("g.html", b"<a href=https://www.a-b.example/\xe9>g</a>"),
        ("h.png", b"\x89PNG\0https://www.a-b.example/"),
        ("empty.html", b""),
        ("README.md", b"https://www.a-b.example/"),
        (".hidden.html", b"https://www.a-b.example/"),
        ("hosts.tsv", b"www.a-b.example\r\n"),
    ]);
    let json = folder.0.join("out.json");
    let outcome = folder.run(
        &gate::rewrite,
        &["--json", json.to_str().unwrap(), "--verbose"],
    );
    assert_eq!(outcome, Ok(Outcome::Clean));
    let json: serde_json::Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    let pages: Vec<_> = json["pages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let count = |column: &str| row[column].as_u64().unwrap();
            (
                row["page"].as_str().unwrap(),
                count("before"),
                count("after"),
                count("kept"),
                count("stray"),
            )
        })
        .collect();
    let expected = [
        ("a.html", 3, 0, 1, 0),
        ("b.css", 1, 0, 0, 0),
        ("d", 1, 0, 0, 0),
        ("e.rsc", 1, 0, 0, 0),
        ("empty.html", 0, 0, 0, 0),
        ("f.xml", 1, 0, 0, 0),
        ("g.html", 1, 0, 0, 0),
        ("news/c.json", 1, 0, 0, 0),
    ];
    assert_eq!(pages, expected);
    assert_eq!(json["total"]["before"], 9);
}

#[test]
fn what_cannot_be_read_is_an_error_and_the_rest_is_looked_through() {
    let broken = |list: &str| {
        let folder = Folder::new(&[("x.html", PAGE.as_bytes()), ("hosts.tsv", list.as_bytes())]);
        folder.run(&gate::rewrite, &[]).unwrap_err().join("\n")
    };
    for (list, why) in [
        (
            "y.html\thttps://www.a-b.example",
            "hosts.tsv: line 1: y.html: no such file",
        ),
        ("x.html\tftp://www.a-b.example", "neither http nor https"),
        ("", "no line names an origin"),
    ] {
        assert!(broken(list).contains(why), "{list}: {}", broken(list));
    }
    let folder = Folder::new(&[("hosts.tsv", b"a.example"), ("pages/x.html", b"")]);
    let arguments = ["leaks", "no-such-folder", "--hosts", "no-such-file"];
    let arguments = Arguments::try_parse_from(arguments).unwrap();
    assert!(run(&arguments, &gate::rewrite).unwrap_err()[0].contains("no-such-file"));
    fs::remove_file(folder.0.join("hosts.tsv")).unwrap();
    assert!(folder.run(&gate::rewrite, &[]).is_err());
}
