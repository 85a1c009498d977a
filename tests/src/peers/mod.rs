//! Peers of the gate before the same scenarios: what of a `streamgate.toml` each can express, and
//! the page of the book that compares them.

mod faults;
mod page;

use toml::{Table, Value};

use crate::driver::Runtime;
pub(crate) use page::page;

/// The media types that are rewritten by default, as docs/configuration.md lists them.
const PROCESSABLE: [&str; 30] = [
    "text/html",
    "application/xhtml+xml",
    "text/css",
    "text/javascript",
    "application/javascript",
    "application/x-javascript",
    "application/ecmascript",
    "application/x-ecmascript",
    "text/ecmascript",
    "text/x-ecmascript",
    "text/x-javascript",
    "text/jscript",
    "text/livescript",
    "application/json",
    "text/json",
    "+json",
    "application/xml",
    "text/xml",
    "+xml",
    "application/manifest+json",
    "text/x-component",
    "text/x-script",
    "text/sveltekit-data",
    "application/json+devalue",
    "text/vnd.turbo-stream.html",
    "application/x-ndjson",
    "application/jsonl",
    "multipart/mixed",
    "text/plain",
    "text/event-stream",
];

/// What nginx and a Worker can both express, and what asks for nothing of a program that holds no
/// body and decides nothing.
const BOTH: [&str; 16] = [
    "gate.buffer_limit",
    "gate.explain",
    "gate.no_transform",
    "gate.processable",
    "map.back",
    "origin.aliases",
    "origin.first_byte_timeout",
    "origin.public",
    "origin.url",
    "route.aliases",
    "route.first_byte_timeout",
    "route.name",
    "route.origin",
    "route.path",
    "route.prefix",
    "route.public",
];

/// What nginx alone can express. Whether it can express a rule is up to [`as_a_filter`].
const NGINX: [&str; 4] = [
    "limits.request_body",
    "origin.connect_timeout",
    "origin.host",
    "origin.identity",
];

/// Returns the keys of a configuration for which a peer has nothing, or `None` if it can express
/// all of it. Every other runtime is the gate, which reads the configuration itself.
pub(crate) fn inexpressible(runtime: Runtime, config: &str) -> Option<String> {
    if !runtime.is_a_peer() {
        return None;
    }
    let site: Table = config.parse().ok()?;
    let mut missing = Vec::new();
    keys("", &Value::Table(site.clone()), &mut |key, value| {
        let is_rule = key.starts_with("html.") || key.starts_with("route.html.");
        let can = BOTH.contains(&key)
            || match runtime {
                Runtime::Nginx => NGINX.contains(&key) || is_rule,
                // `fetch` sends the URL's authority as `Host`.
                _ => {
                    is_rule
                        || key == "map.scope"
                        || (key == "origin.identity" && value.as_str() == Some("forwarded"))
                }
            };
        if !can {
            missing.push(format!("`{key}`"));
        }
    });
    if runtime == Runtime::Nginx && rules(&site).any(|rule| as_a_filter(rule).is_none()) {
        missing.push("`[[html]]`".to_owned());
    }
    missing.dedup();
    (!missing.is_empty()).then(|| missing.join(", "))
}

/// Visits each key of a configuration by its path, without the numbers of tables in arrays.
fn keys(path: &str, value: &Value, visit: &mut impl FnMut(&str, &Value)) {
    match value {
        Value::Table(table) if !path.ends_with(".set") && !path.ends_with(".when") => {
            for (key, value) in table {
                let path = if path.is_empty() {
                    key.clone()
                } else {
                    format!("{path}.{key}")
                };
                keys(&path, value, visit);
            }
        }
        Value::Array(tables) if tables.iter().all(Value::is_table) && !tables.is_empty() => {
            tables.iter().for_each(|table| keys(path, table, visit));
        }
        _ => visit(path, value),
    }
}

/// Returns a rule as a string of the page and what takes its place, if there is such a string: the
/// start of `head` or `body`, or its end.
pub(crate) fn as_a_filter(rule: &Value) -> Option<(String, String)> {
    let select = text(Some(rule), "select")?;
    let mut actions = rule
        .as_table()?
        .keys()
        .filter(|key| *key != "select" && *key != "once");
    let action = actions.next()?;
    let markup = text(Some(rule), action)?;
    let is_one = actions.next().is_none() && matches!(&*select, "head" | "body");
    match action.as_str() {
        "prepend" if is_one => Some((format!("<{select}>"), format!("<{select}>{markup}"))),
        "append" if is_one => Some((format!("</{select}>"), format!("{markup}</{select}>"))),
        _ => None,
    }
}

/// Returns all rules, also those of routes.
pub(crate) fn rules(site: &Table) -> impl Iterator<Item = &Value> {
    let of_routes = routes(site).flat_map(|route| list(route.get("html")));
    list(site.get("html")).chain(of_routes)
}

/// Returns the routes.
pub(crate) fn routes(site: &Table) -> impl Iterator<Item = &Value> {
    list(site.get("route"))
}

/// Returns the text of a key.
pub(crate) fn text(table: Option<&Value>, key: &str) -> Option<String> {
    table?.get(key)?.as_str().map(str::to_owned)
}

/// Returns the entries of `gate.processable`.
pub(crate) fn types(site: &Table) -> Vec<String> {
    match site.get("gate").and_then(|gate| gate.get("processable")) {
        Some(types) => strings(Some(types)).collect(),
        None => PROCESSABLE.map(str::to_owned).to_vec(),
    }
}

/// Returns each URL by which an origin is known, with the public one that takes its place.
/// `requested` is the public one of a site that names none.
pub(crate) fn names(site: &Table, requested: &str) -> Vec<(String, String)> {
    let main = site.get("origin");
    let public = text(main, "public").unwrap_or_else(|| requested.to_owned());
    let aliases = main.and_then(|main| main.get("aliases"));
    let of_main = text(main, "url").into_iter().chain(strings(aliases));
    let mut all: Vec<_> = of_main.map(|name| (name, public.clone())).collect();
    for route in routes(site) {
        let key = |name| text(Some(route), name);
        let base = key("public").unwrap_or_else(|| public.clone());
        let path = key("path").filter(|_| key("prefix").as_deref() != Some("keep"));
        let base = base + &path.unwrap_or_default();
        let own = key("origin")
            .into_iter()
            .chain(strings(route.get("aliases")));
        all.extend(own.map(|name| (name, base.clone())));
    }
    all
}

fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

fn strings(value: Option<&Value>) -> impl Iterator<Item = String> {
    list(value).filter_map(Value::as_str).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_types_are_those_of_the_book() {
        let book = include_str!("../../../docs/configuration.md");
        let (_, list) = book.split_once("The default of `processable`").unwrap();
        let (list, _) = list.split_once("\n\nFeeds").unwrap();
        for name in PROCESSABLE {
            assert!(list.contains(&format!("`{name}`")), "{name}");
        }
        let types = list.split('`').skip(1).step_by(2);
        assert_eq!(
            types.filter(|name| name.contains(['/', '+'])).count(),
            PROCESSABLE.len()
        );
    }

    #[test]
    fn what_a_peer_has_nothing_for_is_named() {
        let site = "[origin]\nurl = 'http://o.test'\nhost = 'h.test'\n";
        let end = "[[html]]\nselect = 'body'\nappend = '<hr>'\n";
        let set = "[[html]]\nselect = 'img'\nset = { loading = 'lazy' }\n";
        let scope = "[map]\nscope = 'attributes'\n";
        for (rest, of_nginx, of_rewriter) in [
            ("", None, Some("`origin.host`")),
            (end, None, Some("`origin.host`")),
            (set, Some("`[[html]]`"), Some("`origin.host`")),
            (scope, Some("`map.scope`"), Some("`origin.host`")),
        ] {
            let config = format!("{site}{rest}");
            for (peer, expected) in [(Runtime::Nginx, of_nginx), (Runtime::Rewriter, of_rewriter)] {
                let missing = inexpressible(peer, &config);
                assert_eq!(missing.as_deref(), expected, "{peer}: {config}");
            }
            assert_eq!(inexpressible(Runtime::Native, &config), None);
        }
    }
}
