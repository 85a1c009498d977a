//! What is measured with `wrk`: works, peers and targets.

use anyhow::Result;

use crate::Bench;
use crate::contest::{Contest, Peer};
use crate::expect::Maps;
use crate::files::Files;
use crate::programs::{Program, Rules, Runtime};
use crate::row::Unit;

use Maps::{Attributes, None as Nothing, String as OneString};
use Program::{Gate, Naive, Nginx, RewritingStream, Worker};
use Rules::{None as Plain, Once};
use Runtime::{Native, Viceroy, Wasmtime, Workerd};

const FILTERS: Program = Nginx { filters: true };
const PASSES: Program = Nginx { filters: false };

/// Returns all contests, and makes the pages for them.
pub(crate) fn contests(files: &Files, bench: &Bench) -> Result<Vec<Contest>> {
    let link_heavy = files.link_heavy(None)?;
    let articles = match &bench.corpus {
        Some(folder) => files.corpus(folder, &bench.pages)?,
        None => files.articles()?,
    };
    let small = files.small()?;
    let contest = |work, pages, gate, peers| Contest {
        work,
        pages,
        coding: None,
        gate,
        peers,
    };
    let mut all = vec![
        contest(
            "link-heavy page, mapping and a head rule, workerd",
            vec![link_heavy.clone()],
            Gate(Workerd, Once),
            vec![
                Peer::new(
                    "HTMLRewriter, a[href] and head",
                    Worker("rewriter-1"),
                    (Attributes, true),
                    Some(60.0),
                ),
                Peer::new(
                    "HTMLRewriter, 8 selectors and head",
                    Worker("rewriter-8"),
                    (Attributes, true),
                    None,
                ),
                Peer::new(
                    "HTMLRewriter, head only",
                    Worker("rewriter-head"),
                    (Nothing, true),
                    None,
                ),
                Peer::new(
                    "text().replaceAll",
                    Worker("text"),
                    (OneString, false),
                    None,
                ),
                Peer::new("JavaScript pump", Worker("pump"), (Nothing, false), None),
                Peer::new("return fetch()", Worker("fetch"), (Nothing, false), None),
            ],
        ),
        contest(
            "articles, mapping and a head rule, workerd",
            articles.clone(),
            Gate(Workerd, Once),
            vec![
                Peer::new(
                    "HTMLRewriter, 8 selectors and head",
                    Worker("rewriter-8"),
                    (Attributes, true),
                    Some(10.0),
                ),
                Peer::new(
                    "HTMLRewriter, head only",
                    Worker("rewriter-head"),
                    (Nothing, true),
                    Some(0.9),
                ),
            ],
        ),
        contest(
            "articles, mapping, native, one thread",
            articles.clone(),
            Gate(Native, Plain),
            vec![Peer {
                rows: vec![(Unit::Rate, Some(1.5)), (Unit::Cpu, None)],
                ..Peer::new(
                    "nginx sub_filter, one string, one worker",
                    FILTERS,
                    (OneString, false),
                    None,
                )
            }],
        ),
        contest(
            "link-heavy page, mapping and a head rule, Viceroy",
            vec![link_heavy.clone()],
            Gate(Viceroy, Once),
            vec![
                Peer::new(
                    "naive program, lol_html, 8 selectors and head",
                    Naive(Viceroy),
                    (Attributes, true),
                    Some(8.0),
                ),
                Peer::new(
                    "HTMLRewritingStream, 8 selectors and head",
                    RewritingStream,
                    (Attributes, true),
                    None,
                ),
            ],
        ),
        contest(
            "articles, mapping and a head rule, Viceroy",
            articles,
            Gate(Viceroy, Once),
            vec![Peer::new(
                "naive program, lol_html, 8 selectors and head",
                Naive(Viceroy),
                (Attributes, true),
                None,
            )],
        ),
        contest(
            "link-heavy page, mapping and a head rule, wasmtime",
            vec![link_heavy.clone()],
            Gate(Wasmtime, Once),
            vec![
                Peer::new(
                    "naive program, lol_html, 8 selectors and head",
                    Naive(Wasmtime),
                    (Attributes, true),
                    Some(8.0),
                ),
                Peer {
                    query: "?pump",
                    ..Peer::new("naive pump", Naive(Wasmtime), (Nothing, false), None)
                },
            ],
        ),
        contest(
            "1 KB page, mapping and a head rule, workerd",
            vec![small.clone()],
            Gate(Workerd, Once),
            vec![
                Peer::new(
                    "HTMLRewriter, a[href] and head",
                    Worker("rewriter-1"),
                    (Attributes, true),
                    Some(1.0),
                ),
                Peer::new("return fetch()", Worker("fetch"), (Nothing, false), None),
            ],
        ),
        contest(
            "1 KB page, mapping and a head rule, wasmtime",
            vec![small.clone()],
            Gate(Wasmtime, Once),
            vec![Peer::new(
                "naive program, lol_html, 8 selectors and head",
                Naive(Wasmtime),
                (Attributes, true),
                Some(0.95),
            )],
        ),
        contest(
            "1 KB page, mapping, native, one thread",
            vec![small],
            Gate(Native, Plain),
            vec![Peer::new(
                "nginx sub_filter, one string, one worker",
                FILTERS,
                (OneString, false),
                None,
            )],
        ),
        contest(
            "link-heavy page, mapping, native, growing from 4 KB to 10 MB",
            files.growing()?,
            Gate(Native, Plain),
            vec![Peer::new(
                "nginx sub_filter, one string, one worker",
                FILTERS,
                (OneString, false),
                None,
            )],
        ),
    ];
    all.push(Contest {
        coding: Some("gzip"),
        ..contest(
            "link-heavy page in gzip, mapping and a head rule, workerd",
            vec![files.link_heavy(Some("gzip"))?],
            Gate(Workerd, Once),
            vec![Peer::new(
                "HTMLRewriter, a[href] and head",
                Worker("rewriter-1"),
                (Attributes, true),
                None,
            )],
        )
    });
    let image = files.image()?;
    for (work, runtime, peer, program) in [
        ("image of 4 MiB, native", Native, "nginx proxy_pass", PASSES),
        (
            "image of 4 MiB, workerd",
            Workerd,
            "return fetch()",
            Worker("fetch"),
        ),
        (
            "image of 4 MiB, Viceroy",
            Viceroy,
            "send_to_client",
            Naive(Viceroy),
        ),
        (
            "image of 4 MiB, wasmtime",
            Wasmtime,
            "splice",
            Naive(Wasmtime),
        ),
    ] {
        let peers = vec![Peer::new(peer, program, (Nothing, false), Some(0.97))];
        all.push(contest(
            work,
            vec![image.clone()],
            Gate(runtime, Once),
            peers,
        ));
    }
    Ok(all)
}
