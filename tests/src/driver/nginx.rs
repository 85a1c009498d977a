//! A peer: nginx with `sub_filter`.

use std::fmt::Write;
use std::fs;
use std::process::Command;

use toml::{Table, Value};

use super::process::Process;
use super::{Instance, Start, free_port};
use crate::failure::Verdict;
use crate::peers;

/// The configuration but for what depends on the `streamgate.toml`.
const TEMPLATE: &str = include_str!("../../../bench/peers/nginx/gate.conf");

/// Types for the suffixes in `gate.processable`: nginx knows none.
const OF_SUFFIXES: [&str; 14] = [
    "application/activity+json",
    "application/feed+json",
    "application/geo+json",
    "application/jrd+json",
    "application/ld+json",
    "application/manifest+json",
    "application/problem+json",
    "application/vnd.api+json",
    "application/atom+xml",
    "application/opensearchdescription+xml",
    "application/rdf+xml",
    "application/rss+xml",
    "application/xhtml+xml",
    "image/svg+xml",
];

/// How a colon and a slash of a URL are written.
const SPELLINGS: [(&str, &str); 3] = [(":", "/"), (":", r"\/"), ("%3A", "%2F")];

/// The public origin of a site that names none.
const REQUESTED: &str = "$scheme://$http_host";

/// Starts nginx with the configuration that says the same as the `streamgate.toml`.
pub(super) fn start(start: &Start<'_>) -> Verdict<Instance> {
    let site: Table = start.config.parse()?;
    let address = free_port()?;
    let here = start.folder.canonicalize()?;
    let text = TEMPLATE
        .replace("{here}", &here.display().to_string())
        .replace("{types}", &types(&site).join(" "))
        .replace("{settings}", &settings(&site)?)
        .replace("{servers}", &servers(&site, &address.to_string())?);
    let config = here.join("nginx.conf");
    fs::write(&config, text)?;
    let mut command = Command::new("nginx");
    command
        .arg("-c")
        .arg(config)
        .arg("-e")
        .arg(here.join("error.log"));
    Ok(Instance {
        address,
        process: Process::spawn(command, &start.folder)?,
    })
}

/// Returns the media types to rewrite, for `sub_filter_types`, which always has `text/html`.
fn types(site: &Table) -> Vec<String> {
    let entries = peers::types(site).into_iter();
    let (suffixes, mut types): (Vec<_>, Vec<_>) = entries.partition(|entry| entry.starts_with('+'));
    let has_suffix = |name: &&&str| suffixes.iter().any(|suffix| name.ends_with(suffix));
    types.extend(
        OF_SUFFIXES
            .iter()
            .filter(has_suffix)
            .map(ToString::to_string),
    );
    types.sort();
    types.dedup();
    types.retain(|name| name != "text/html");
    types
}

/// Writes what holds for all servers: limits, and what becomes of URLs in heads.
fn settings(site: &Table) -> Verdict<String> {
    let mut text = String::new();
    let uploads = site
        .get("limits")
        .and_then(|limits| limits.get("request_body"));
    let uploads = uploads.and_then(Value::as_integer).unwrap_or(0);
    writeln!(text, "  client_max_body_size {uploads};")?;
    let main = site.get("origin");
    if let Some(public) = peers::text(main, "public") {
        let pattern = public.replace('.', r"\.");
        let fields = [
            ("$http_origin", "$own_origin", ""),
            ("$http_referer", "$own_referer", "$1"),
        ];
        for (number, origin) in origins(site).enumerate() {
            for (field, own, path) in fields {
                let to = format!("'~^{pattern}(/.*)?$' '{origin}{path}'");
                writeln!(
                    text,
                    "  map {field} {own}{number} {{ default {field}; {to}; }}"
                )?;
            }
        }
    }
    if let Some(time) = peers::text(main, "connect_timeout") {
        writeln!(text, "  proxy_connect_timeout {};", time.replace(' ', ""))?;
    }
    for (name, public) in peers::names(site, REQUESTED) {
        writeln!(text, "  proxy_redirect {name}/ {public}/;")?;
        writeln!(
            text,
            "  proxy_cookie_domain {} {};",
            host(&name),
            host(&public)
        )?;
    }
    Ok(text)
}

/// Writes what is replaced in the bodies of a location: URLs, and what the rules insert. Those of a
/// route take the place of those of the site.
fn filters(site: &Table, of: Option<&Value>) -> Verdict<String> {
    let mut text = String::new();
    for (name, public) in peers::names(site, REQUESTED) {
        let scheme = |url: &str| url.split("//").next().unwrap_or_default().to_owned();
        // A URL may have no scheme.
        let start = match scheme(&name) == scheme(&public) {
            true => scheme(&name).len(),
            false => 0,
        };
        for (colon, slash) in SPELLINGS {
            let spelled = |url: &str| url[start..].replace(':', colon).replace('/', slash);
            let (from, to) = (spelled(&name), spelled(&public));
            writeln!(text, "      sub_filter '{from}' '{to}';")?;
        }
    }
    let own = of
        .and_then(|of| of.get("html"))
        .or_else(|| site.get("html"));
    for rule in own.and_then(Value::as_array).into_iter().flatten() {
        if let Some((from, to)) = peers::as_a_filter(rule) {
            let to = to.replace('\'', r"\'");
            writeln!(text, "      sub_filter '{from}' '{to}';")?;
        }
    }
    Ok(text)
}

/// Returns the main origin and those of routes.
fn origins(site: &Table) -> impl Iterator<Item = String> {
    let main = peers::text(site.get("origin"), "url");
    let of_routes = peers::routes(site).filter_map(|route| peers::text(Some(route), "origin"));
    main.into_iter().chain(of_routes)
}

/// Returns the host of a URL, or the variable that holds it.
fn host(url: &str) -> &str {
    match url.split_once("://").map_or(url, |(_, rest)| rest) {
        "$http_host" => "$host",
        rest => rest.split(['/', ':']).next().unwrap_or(rest),
    }
}

/// Writes a server for the site, and one for each public host of routes.
fn servers(site: &Table, address: &str) -> Verdict<String> {
    let mut text = format!("  server {{\n    listen {address} default_server;\n");
    let main = site.get("origin");
    location(
        &mut text,
        "/",
        &peers::text(main, "url").unwrap_or_default(),
        site,
        main,
    )?;
    let (hosts, paths): (Vec<_>, Vec<_>) =
        peers::routes(site).partition(|route| route.get("public").is_some());
    for route in paths {
        let key = |name| peers::text(Some(route), name).unwrap_or_default();
        let (path, origin) = (key("path"), key("origin"));
        for (path, slash) in [(format!("= {path}"), ""), (format!("{path}/"), "/")] {
            let to = match &*key("prefix") {
                "keep" => origin.clone(),
                _ => format!("{origin}{}", if slash.is_empty() { "/" } else { slash }),
            };
            location(&mut text, &path, &to, site, Some(route))?;
        }
    }
    text.push_str("  }\n");
    for route in hosts {
        let key = |name| peers::text(Some(route), name).unwrap_or_default();
        writeln!(text, "  server {{\n    listen {address};")?;
        writeln!(text, "    server_name {};", host(&key("public")))?;
        location(&mut text, "/", &key("origin"), site, Some(route))?;
        text.push_str("  }\n");
    }
    Ok(text)
}

/// Writes what becomes of the requests below a path.
fn location(
    text: &mut String,
    path: &str,
    origin: &str,
    site: &Table,
    of: Option<&Value>,
) -> Verdict {
    let main = site.get("origin");
    let identity = peers::text(main, "identity").unwrap_or_default();
    let own = peers::text(main, "host").filter(|_| of == main);
    let asked = match &*identity {
        "transparent" => "$http_host",
        _ => own.as_deref().unwrap_or("$proxy_host"),
    };
    writeln!(text, "    location {path} {{\n      proxy_pass {origin};")?;
    for (field, value) in [
        ("Host", asked),
        ("Accept-Encoding", "''"),
        ("Connection", "$hop"),
        ("Upgrade", "$http_upgrade"),
    ] {
        writeln!(text, "      proxy_set_header {field} {value};")?;
    }
    if peers::text(main, "public").is_some() && identity.is_empty() {
        let own = origins(site).position(|own| own == origin.trim_end_matches('/'));
        let own = own.unwrap_or_default();
        writeln!(text, "      proxy_set_header Origin $own_origin{own};")?;
        writeln!(text, "      proxy_set_header Referer $own_referer{own};")?;
    }
    if identity == "forwarded" {
        let public = peers::text(main, "public").unwrap_or_default();
        let scheme = public.split("://").next().unwrap_or_default();
        for (field, value) in [
            ("X-Forwarded-For", "$proxy_add_x_forwarded_for"),
            ("X-Forwarded-Host", "$http_host"),
            ("X-Forwarded-Proto", scheme),
        ] {
            writeln!(text, "      proxy_set_header {field} {value};")?;
        }
    }
    if let Some(time) = peers::text(of, "first_byte_timeout") {
        writeln!(text, "      proxy_read_timeout {};", time.replace(' ', ""))?;
    }
    text.push_str(&filters(site, of)?);
    text.push_str("    }\n");
    Ok(())
}
