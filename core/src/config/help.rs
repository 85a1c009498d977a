//! What to write for a key, in a few words and with an example.

const ORIGIN: &str = "write scheme, host and perhaps a port, as \"https://www.example.com\"";
const HOST: &str = "write a host and perhaps a port, as \"www.example.com\"";
const ADDRESSES: &str = "write addresses as [\"10.0.0.7\", \"10.0.0.8:8080\"]";
const DURATION: &str = "write a number and a unit (ms, s, min), as \"5 s\", at most \"60 min\"";
const DURATION_OR_OFF: &str = "write a duration as \"5 s\" or \"10 min\", or \"off\"";
const SIZE: &str = "write a number of bytes, or one with a unit (B, KiB, MiB, GiB), as \"1 MiB\"";
const SIZE_OR_OFF: &str = "write a size as \"1 MiB\", or \"off\"";
const COUNT: &str = "write a number, as 256";
const COUNT_OR_OFF: &str = "write a number from 1 on, as 1000, or \"off\"";
const SWITCH: &str = "write true or false, without quotes";
const MARKUP: &str = "write markup, as '<p>News</p>'";
const MEDIA_TYPES: &str = "write media types and suffixes, as [\"text/html\", \"+json\"]";
const FIELDS: &str = "write names of fields, each once, as [\"X-Page-Url\"]";
const PATHS: &str = "write paths, in which * is any run of characters, as \"/news/*\"";
const VALUES: &str = "write names and JSON pointers, as [\"redirect_uri\", \"/user/url\"]";
const FILES: &str = "write the path of a file, or a list of them";
const FORWARDED: &str = "write any of \"x-forwarded-for\", \"x-forwarded-host\", \
                         \"x-forwarded-proto\", \"x-forwarded-prefix\", \"forwarded\" in a list";

const TESTS: &str = "write a name, or patterns by name, as { name = \"a*\", other = true }";

/// What to write for a key, without the numbers of rules and items in it.
const KEYS: &[(&str, &str)] = &[
    (
        "origin",
        "write [origin], and below it url = \"https://origin.example.com\"",
    ),
    ("origin.url", ORIGIN),
    ("origin.addresses", ADDRESSES),
    ("origin.public", ORIGIN),
    ("origin.host", HOST),
    ("origin.tls_name", "write a host, as \"www.example.com\""),
    ("origin.aliases", ORIGIN),
    (
        "origin.identity",
        "write \"origin\", \"forwarded\" or \"transparent\"",
    ),
    ("origin.forwarded", FORWARDED),
    ("origin.connect_timeout", DURATION),
    ("origin.first_byte_timeout", DURATION),
    ("origin.idle_timeout", DURATION),
    ("origin.idle_connections", COUNT),
    ("gate.processable", MEDIA_TYPES),
    ("gate.no_transform", "write \"respect\" or \"ignore\""),
    ("gate.buffer_limit", SIZE),
    ("gate.public_hosts", HOST),
    (
        "gate.trusted_proxies",
        "write addresses and networks, as [\"10.0.0.0/8\", \"2001:db8::5\"]",
    ),
    ("gate.explain", SWITCH),
    ("gate.server_timing", SWITCH),
    ("gate.learn_preloads", SWITCH),
    ("gate.trace_context", "write \"pass\" or \"span\""),
    (
        "gate.country_field",
        "write the name of a field that a proxy before the gate sets, as \"CF-IPCountry\"",
    ),
    ("limits.max_decoded", SIZE_OR_OFF),
    ("limits.head", DURATION),
    ("limits.body_idle", DURATION_OR_OFF),
    ("limits.events_idle", DURATION_OR_OFF),
    ("limits.send_idle", DURATION_OR_OFF),
    ("limits.tunnel_idle", DURATION_OR_OFF),
    ("limits.exchange", DURATION_OR_OFF),
    ("limits.request_body", SIZE_OR_OFF),
    ("limits.connections", COUNT_OR_OFF),
    ("limits.connections_per_client", COUNT_OR_OFF),
    ("limits.origin_requests", COUNT_OR_OFF),
    ("drain.delay", DURATION_OR_OFF),
    ("drain.timeout", DURATION_OR_OFF),
    (
        "admin.listen",
        "write an IP address and a port, as \"127.0.0.1:9090\"",
    ),
    ("access_log.format", "write \"off\", \"text\" or \"json\""),
    ("cache.enabled", SWITCH),
    ("cache.size", SIZE),
    ("cache.object_size", SIZE),
    ("cache.stale_while_revalidate", DURATION),
    ("cache.stale_if_error", DURATION),
    ("cache.collapse", DURATION),
    ("cache.heuristic", SWITCH),
    ("cache.client_directives", "write \"respect\" or \"ignore\""),
    (
        "cache.ignore_cookies",
        "write names of cookies, in which * is any run of characters, as [\"_ga*\"]",
    ),
    ("cache.except", PATHS),
    ("tls.certificate", FILES),
    ("tls.key", FILES),
    ("map.scope", "write \"everywhere\" or \"attributes\""),
    ("map.integrity", "write \"remove\" or \"keep\""),
    ("map.request_fields", FIELDS),
    ("map.response_fields", FIELDS),
    (
        "map.queries",
        "write a path, in which * is any run of characters, and the name of a parameter, as \
         \"/_next/image?url\"",
    ),
    ("map.back", SWITCH),
    ("map.back_types", MEDIA_TYPES),
    ("map.back_limit", SIZE),
    ("map.back_only", VALUES),
    ("map.back_except", VALUES),
    ("map.websocket", SWITCH),
    ("map.websocket_limit", SIZE),
    (
        "map.cookie_domain",
        "write the domain that your public hosts share, as \"example.com\"",
    ),
    ("map.except", PATHS),
    (
        "map.except_tags",
        "write what a tag itself shows, as [\"#state\", \"[data-state]\", \"input.token\"]",
    ),
    (
        "html",
        "write a rule as [[html]], and below it what it selects and what it does",
    ),
    (
        "html.select",
        "write a selector that needs nothing behind the element, as \"a.offer\", \"main > p\" or \
         \"img[src*='ads']\"",
    ),
    ("html.prepend", MARKUP),
    ("html.append", MARKUP),
    ("html.before", MARKUP),
    ("html.after", MARKUP),
    ("html.inner", MARKUP),
    ("html.set", "write attributes, as { rel = \"sponsored\" }"),
    ("html.unset", "write names of attributes, as [\"onclick\"]"),
    (
        "html.rename",
        "write the name of an element with content, as \"section\"",
    ),
    (
        "html.replace_text",
        "write { find = \"Old Company\", with = \"New Company\" }, or a list of such",
    ),
    (
        "html.replace_text.find",
        "write the text as the page has it",
    ),
    (
        "html.replace_text.with",
        "write the text that takes its place; with = \"\" removes it",
    ),
    ("html.unwrap", SWITCH),
    ("html.remove", SWITCH),
    ("html.once", SWITCH),
    ("html.nonce", SWITCH),
    ("html.values", SWITCH),
    (
        "html.when",
        "write { path = \"/news/*\" }, { cookie = \"session\" }, or several in one",
    ),
    ("html.when.path", PATHS),
    ("html.when.method", "write a method, as \"GET\""),
    (
        "html.when.host",
        "write a host, in which * is any run of characters, as \"*.example.com\"",
    ),
    (
        "html.when.status",
        "write a status as 404, a class of them as \"4xx\", or a list of such",
    ),
    ("html.when.query", TESTS),
    ("html.when.header", TESTS),
    ("html.when.cookie", TESTS),
    (
        "html.when.country",
        "write countries by two letters, as [\"DE\", \"AT\"]",
    ),
    ("html.when.random", "write a number from 0 to 1, as 0.1"),
    (
        "html.when.media_type",
        "write \"text/html\", \"+xml\" or the name of a type that is XML",
    ),
    (
        "fragment",
        "write a fragment as [[fragment]], and below it select, src and a fallback",
    ),
    (
        "fragment.select",
        "write a selector that needs nothing behind the element, as \"#cart\"",
    ),
    (
        "fragment.comment",
        "write the text of the comment, as \"cart\" for <!-- cart -->",
    ),
    ("fragment.esi", SWITCH),
    (
        "fragment.place",
        "write \"before\", \"prepend\", \"inner\", \"append\", \"after\" or \"replace\"",
    ),
    (
        "fragment.src",
        "write a path at the public host, as \"/fragments/cart\"",
    ),
    ("fragment.fetch", "write \"eager\" or \"lazy\""),
    ("fragment.deadline", DURATION),
    ("fragment.fallback", MARKUP),
    ("fragment.max_size", SIZE),
    (
        "fragment.cookies",
        "write names of cookies, as [\"session\"]",
    ),
    ("fragment.client_address", SWITCH),
    ("fragment.rewrite", "write \"none\", \"map\" or \"page\""),
    ("fragment.out_of_order", SWITCH),
    ("fragment.when", "write { path = \"/news/*\" }"),
    ("fragment.when.path", PATHS),
    (
        "route",
        "write a route as [[route]], and below it its path and its origin",
    ),
    (
        "route.path",
        "write a path without a slash at its end, as \"/img\"",
    ),
    (
        "route.origin",
        "write scheme, host and perhaps a path, as \"https://img.example.net/assets\"",
    ),
    ("route.prefix", "write \"strip\" or \"keep\""),
    ("route.name", "write a name, or leave it out"),
    (
        "document.post_processors",
        "write [\"preload-links\"]; each may be named once",
    ),
];

/// What to write where something is wrong with a whole rule or route: by a part of the message.
const WHOLE: &[(&str, &str)] = &[
    (
        "the rule has no action",
        "add what the rule does, as append = '<p>News</p>' or remove = true",
    ),
    (
        "cannot stand beside",
        "move one of the two to a rule of its own, with the same selector",
    ),
    (
        "is both set and unset",
        "remove the attribute from set or from unset",
    ),
    (
        "nonce has nothing to act on",
        "remove nonce, or insert a <script>, a <style> or a <link>",
    ),
    (
        "needs one of select, comment and esi",
        "add select = \"#cart\", or comment = \"cart\", or esi = true",
    ),
    ("needs src", "add src = \"/fragments/cart\""),
    (
        "place is before, after or replace",
        "write place = \"before\", \"after\" or \"replace\"",
    ),
    (
        "src cannot stand beside esi",
        "remove src, or write select in place of esi",
    ),
    ("place cannot stand beside esi", "remove place"),
    ("fetch cannot stand beside esi", "remove fetch"),
    ("fragments are for text/html", "remove media_type from when"),
    (
        "cannot be replaced by a fragment",
        "write place = \"inner\", or another selector",
    ),
    (
        "values has nothing to act on",
        "remove values, or write a value as {cookie.name|guest}",
    ),
    (
        "the route takes no request",
        "add path = \"/img\", or public = \"https://img.example.com\"",
    ),
];

/// Returns what to write for a key, of which a message says what is wrong.
pub(super) fn for_key(key: &str, message: &str) -> Option<&'static str> {
    let mut plain: String = key
        .split('[')
        .enumerate()
        .map(|(index, part)| match index {
            0 => part,
            _ => part.split_once(']').map_or(part, |(_, rest)| rest),
        })
        .collect();
    if let Some(rule) = plain.strip_prefix("route.html") {
        plain = format!("html{rule}");
    }
    let whole = WHOLE.iter().find(|(part, _)| message.contains(part));
    if let Some((_, help)) =
        whole.filter(|_| matches!(plain.as_str(), "html" | "fragment" | "route"))
    {
        return Some(help);
    }
    let known = |key: &str| KEYS.iter().find(|(known, _)| *known == key);
    let inherited = || known(&format!("origin.{}", plain.strip_prefix("route.")?));
    let mapped = || known(&format!("map.{}", plain.strip_prefix("route.")?));
    // What is wrong with an attribute's name or value stands at that attribute.
    let above = || plain.rsplit_once('.').and_then(|(above, _)| known(above));
    let entry = known(&plain).or_else(inherited).or_else(mapped);
    entry.or_else(above).map(|(_, help)| *help)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tests::known_keys;

    #[test]
    fn every_key_has_its_help() {
        for (header, prefix) in [
            ("[origin]", "origin"),
            ("[gate]", "gate"),
            ("[limits]", "limits"),
            ("[drain]", "drain"),
            ("[admin]", "admin"),
            ("[access_log]", "access_log"),
            ("[cache]", "cache"),
            ("[tls]", "tls"),
            ("[map]", "map"),
            ("[[html]]", "html[0]"),
            ("[[fragment]]", "fragment[0]"),
            ("[[route]]", "route[1]"),
            ("[[route.html]]", "route[1].html[0]"),
            ("[document]", "document"),
        ] {
            let known = match header {
                "[[route.html]]" => known_keys("[[html]]"),
                header => known_keys(header),
            };
            for key in known {
                let key = format!("{prefix}.{key}");
                let help = for_key(&key, "not valid").unwrap_or_else(|| panic!("{key}"));
                assert!(help.starts_with("write "), "{key}: {help}");
            }
        }
        for key in ["html[0].when.path", "html[0].replace_text[1].find"] {
            assert!(for_key(key, "not valid").is_some(), "{key}");
        }
        assert_eq!(for_key("nonesuch", ""), None);
    }

    #[test]
    fn an_item_has_the_help_of_its_list() {
        let help = for_key("origin.aliases[2]", "");
        assert_eq!(help, Some(ORIGIN));
        assert_eq!(for_key("route[3].aliases[2]", ""), Some(ORIGIN));
        assert_eq!(for_key("route[3].back_only[2]", ""), Some(VALUES));
        assert_eq!(
            for_key("html[0].set.\"a b\"", ""),
            for_key("html[0].set", "")
        );
    }
}
