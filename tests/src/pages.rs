//! Real pages from a folder that the user names. The origin serves them, the gate maps them and
//! injects a tag, and every runtime must give the same bytes.

use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::failure::{Failure, Verdict, ensure, same_bytes};
use crate::fields::find;
use crate::origin::answer;
use crate::scenario::{Scenario, scenario};
use crate::setup::Setup;

/// Reads a list of pages with the origin that is mapped in each: lines of page, origin and number
/// of occurrences, separated by tabs.
pub(crate) fn hosts(list: &Path) -> Verdict<Vec<(String, String)>> {
    let text = fs::read_to_string(list)
        .map_err(|error| Failure(format!("{}: {error}", list.display())))?;
    let columns = |line: &str| {
        let (page, rest) = line.split_once('\t')?;
        let host = rest
            .split('\t')
            .next()
            .filter(|host| host.starts_with("http"))?;
        (!page.starts_with('#')).then(|| (page.to_owned(), host.to_owned()))
    };
    Ok(text.lines().filter_map(columns).collect())
}

/// Makes a scenario for each listed page of a folder. All runtimes must give the same result as the
/// first one.
pub(crate) fn scenarios(folder: &Path, hosts: &[(String, String)]) -> Verdict<Vec<Scenario>> {
    let mut all = Vec::new();
    for (page, host) in hosts {
        let file = folder.join(page);
        let body =
            fs::read(&file).map_err(|error| Failure(format!("{}: {error}", file.display())))?;
        let first: Arc<Mutex<Option<Vec<u8>>>> = Arc::default();
        let host = host.split("//").last().unwrap_or_default().to_owned();
        let id = format!(
            "page-{}-is-mapped-and-injected-alike",
            page.trim_end_matches(".html")
        );
        let play = scenario(id, Setup::Pages, move |stage| {
            stage.always(answer(200).html().chunks(body.chunks(16 << 10)));
            let response = stage.exchange(&stage.get("/").field("Accept-Encoding", "gzip, br"))?;
            response
                .has_status(200)?
                .decided("stream", 12)?
                .is_complete()?;
            let decoded = response.decoded()?;
            for left in [
                format!("https://{host}/"),
                format!("http://{host}/"),
                format!("https:\\/\\/{host}\\/"),
            ] {
                ensure!(
                    find(&decoded, left.as_bytes()).is_none(),
                    "{left} is left in the page"
                );
            }
            let tags = decoded
                .windows(INJECTED.len())
                .filter(|window| *window == INJECTED.as_bytes())
                .count();
            ensure!(tags == 1, "the tag was injected {tags} times");
            let mut first = first.lock().unwrap();
            let expected = first.get_or_insert_with(|| decoded.clone());
            same_bytes(
                "the page, compared with another runtime's",
                expected,
                &decoded,
            )
        });
        all.push(play.within(20));
    }
    Ok(all)
}

/// The markup that the configuration for pages injects into each page.
pub(crate) const INJECTED: &str = "<meta name=\"conformance\">";
