//! The other hosts in a site's pages: whose they are, and whether a route to them is proposed.

use std::collections::{BTreeMap, BTreeSet};

use streamgate::is_public_suffix;
use url::{Host, Url};

use super::third_parties;
use crate::process::settings;
use crate::process::visit::Kind;

/// How many references to parts of pages make a host worth a route.
const ENOUGH: usize = 2;
/// How many hosts are kept. No site that people read has as many.
const MOST: usize = 1000;
/// The path below which routes are proposed. No application is known to have it.
const BELOW: &str = "/_sg";

/// What was seen of one host and port in the pages.
#[derive(Debug, Default)]
struct Seen {
    kinds: BTreeMap<Kind, usize>,
    pages: BTreeSet<usize>,
}

/// All origins in the pages but that of the pages themselves.
#[derive(Debug)]
pub(super) struct Hosts {
    own: Url,
    public: Option<Url>,
    /// By host and port. The gate maps a host with either scheme.
    seen: BTreeMap<(String, Option<u16>), (Url, Seen)>,
    /// How many references name hosts beyond those.
    more: usize,
}

/// An origin in the pages, and what is to become of it.
#[derive(Debug)]
pub(super) struct Other {
    /// Scheme, host and port.
    pub(super) origin: String,
    /// As `12 images, 1 script`.
    pub(super) references: String,
    /// In how many pages.
    pub(super) pages: usize,
    pub(super) proposal: Proposal,
}

/// What is proposed for an origin.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Proposal {
    /// A route at this path: it is of the same domain, and pages need it.
    Route(String),
    /// A route at this path if it is the publisher's, which nothing tells.
    Perhaps(String),
    /// An alias: it is the same host by another name.
    Alias,
    /// Perhaps to be the public host: it is the one that visitors of the domain try first.
    Public,
    /// A route at this path if browsers are to reach it through the public host: it is of the same
    /// domain, and scripts or texts name it.
    Named(String),
    /// None: it is the service of somebody else, by this name.
    ThirdParty(&'static str),
    /// None: pages do not need it, or hardly.
    Nothing,
}

impl Hosts {
    /// Starts with the address of the site itself, and with its public one, which pages may name.
    pub(super) fn new(own: Url, public: Option<Url>) -> Self {
        Self {
            own,
            public,
            seen: BTreeMap::new(),
            more: 0,
        }
    }

    /// Returns how many references name hosts beyond those for which there is room.
    pub(super) fn more(&self) -> usize {
        self.more
    }

    /// Returns whether a URL is of the site itself, which the gate maps with either scheme.
    pub(super) fn is_own(&self, url: &Url) -> bool {
        are_same(url, &self.own)
    }

    /// Returns the scheme of the site itself.
    pub(super) fn scheme(&self) -> &str {
        self.own.scheme()
    }

    /// Notes a reference of a page, which has a number. One that no configuration can name, such as
    /// a template that was left in the page, is left out.
    pub(super) fn note(&mut self, page: usize, kind: Kind, url: &Url) {
        if self.is_own(url) || self.public.as_ref().is_some_and(|it| are_same(it, url)) {
            return;
        }
        let key = (url.host_str().unwrap_or_default().to_owned(), url.port());
        let is_known = self.seen.contains_key(&key);
        if !is_known && settings::origin_url(&url.origin().ascii_serialization()).is_err() {
            return;
        }
        if !is_known && self.seen.len() >= MOST {
            self.more += 1;
            return;
        }
        let entry = self.seen.entry(key);
        let (known, seen) = entry.or_insert_with(|| (url.clone(), Seen::default()));
        if url.scheme() == "https" {
            known.clone_from(url);
        }
        *seen.kinds.entry(kind).or_default() += 1;
        seen.pages.insert(page);
    }

    /// Notes an origin of the same domain that a page names, if the page refers to it in no other
    /// way.
    pub(super) fn mention(&mut self, page: usize, url: &Url) {
        let key = (url.host_str().unwrap_or_default().to_owned(), url.port());
        let known = self.seen.get(&key);
        let is_known = known.is_some_and(|(_, seen)| seen.pages.contains(&page));
        if !is_known && domain(url) == domain(&self.own) {
            self.note(page, Kind::Mention, url);
        }
    }

    /// Says of each origin what is proposed for it: those that are needed most come first.
    pub(super) fn propose(&self) -> Vec<Other> {
        let mut all: Vec<_> = self.seen.values().collect();
        all.sort_by_key(|(_, seen)| std::cmp::Reverse((seen.parts(), seen.pages.len())));
        let mut paths = BTreeSet::new();
        let others = all.into_iter().map(|(url, seen)| Other {
            origin: url.origin().ascii_serialization(),
            references: seen.references(),
            pages: seen.pages.len(),
            proposal: self.proposal(url, seen, &mut paths),
        });
        others.collect()
    }

    fn proposal(&self, url: &Url, seen: &Seen, paths: &mut BTreeSet<String>) -> Proposal {
        let host = url.host_str().unwrap_or_default();
        if let Some(name) = third_parties::name_of(host) {
            return Proposal::ThirdParty(name);
        }
        let is_sibling = domain(url) == domain(&self.own);
        // The same name at another port is another server.
        let is_named = |other: &Url| {
            let other_host = other.host_str().unwrap_or_default();
            url.port() == other.port() && without_www(host) == without_www(other_host)
        };
        if is_named(&self.own) || self.public.as_ref().is_some_and(is_named) {
            return Proposal::Alias;
        }
        let is_front = url.port().is_none() && without_www(host) == domain(url);
        if is_sibling && is_front && self.public.is_none() {
            return Proposal::Public;
        }
        let is_needed = seen.parts() >= ENOUGH;
        let is_named = is_sibling && seen.kinds.contains_key(&Kind::Mention);
        if !is_needed && !is_named {
            return Proposal::Nothing;
        }
        let label = label(url, is_sibling);
        let numbered = (2..).map(|number| format!("{BELOW}/{label}-{number}"));
        let mut free = std::iter::once(format!("{BELOW}/{label}")).chain(numbered);
        let path = free
            .find(|path| paths.insert(path.clone()))
            .unwrap_or_default();
        match (is_needed, is_sibling) {
            (true, true) => Proposal::Route(path),
            (true, false) => Proposal::Perhaps(path),
            (false, _) => Proposal::Named(path),
        }
    }
}

impl Seen {
    /// Returns how often it is named for a part of a page.
    fn parts(&self) -> usize {
        let parts = self.kinds.iter().filter(|(kind, _)| kind.is_part());
        parts.map(|(_, count)| count).sum()
    }

    fn references(&self) -> String {
        let kinds = self.kinds.iter().map(|(kind, count)| match (count, kind) {
            (1, kind) => format!("1 {}", kind.name()),
            (count, Kind::Media) => format!("{count} of {}", Kind::Media.name()),
            (count, kind) => format!("{count} {}s", kind.name()),
        });
        kinds.collect::<Vec<_>>().join(", ")
    }
}

/// Returns the domain under which whoever has the host has all hosts: one label more than the
/// public suffix. An address, and a name of one label, is its own.
pub(super) fn domain(url: &Url) -> &str {
    let host = url.host_str().unwrap_or_default();
    if !matches!(url.host(), Some(Host::Domain(_))) {
        return host;
    }
    let parents = host.match_indices('.').map(|(dot, _)| &host[dot + 1..]);
    let mut domain = host;
    for parent in parents {
        if is_public_suffix(parent) {
            return domain;
        }
        domain = parent;
    }
    host
}

/// Returns whether the gate takes two URLs for those of one origin.
fn are_same(a: &Url, b: &Url) -> bool {
    a.host() == b.host() && a.port() == b.port()
}

fn without_www(host: &str) -> &str {
    host.strip_prefix("www.").unwrap_or(host)
}

/// Returns a segment of a path that stands for a host: what its name has before the domain, or all
/// of it.
fn label(url: &Url, is_sibling: bool) -> String {
    let host = url.host_str().unwrap_or_default();
    let own = match is_sibling {
        true => host.strip_suffix(domain(url)).unwrap_or_default(),
        false => host,
    };
    let dashed = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let name = dashed(own).trim_matches('-').to_owned();
    match (name.as_str(), url.port()) {
        ("", None) => "main".to_owned(),
        ("", Some(port)) => format!("port-{port}"),
        (_, None) => name,
        (_, Some(port)) => format!("{name}-{port}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_domain_is_a_label_more_than_the_public_suffix() {
        for (host, expected) in [
            ("www.example.com", "example.com"),
            ("a.b.example.co.uk", "example.co.uk"),
            ("me.github.io", "me.github.io"),
            ("a.me.github.io", "me.github.io"),
            ("localhost", "localhost"),
            ("127.0.0.1", "127.0.0.1"),
            ("[::1]", "[::1]"),
            ("co.uk", "co.uk"),
        ] {
            assert_eq!(domain(&url(&format!("http://{host}/"))), expected);
        }
    }

    #[test]
    fn a_route_is_for_what_is_the_publishers_and_needed() {
        let mut hosts = Hosts::new(
            url("https://www.example.com/"),
            Some(url("https://public.test/")),
        );
        for (times, kind, reference) in [
            (3, Kind::Image, "https://img.example.com/a.png"),
            (1, Kind::Script, "https://img.example.com/a.js"),
            (2, Kind::Style, "https://img.example.com:8443/a.css"),
            (9, Kind::Link, "https://shop.example.com/"),
            (1, Kind::Image, "https://once.example.com/a.png"),
            (1, Kind::Link, "https://example.com/"),
            (5, Kind::Image, "https://d1.cloudfront.net/a.png"),
            (2, Kind::Image, "https://d2-cloudfront.net/a.png"),
            (7, Kind::Font, "https://fonts.gstatic.com/a.woff2"),
            (8, Kind::Script, "http://www.example.com/own.js"),
            (8, Kind::Script, "https://public.test/own.js"),
            (1, Kind::Image, "http://img.example.com/b.png"),
        ] {
            (0..times).for_each(|page| hosts.note(page, kind, &url(reference)));
        }
        let proposed = hosts.propose();
        let proposed: Vec<_> = proposed
            .iter()
            .map(|it| {
                (
                    it.origin.as_str(),
                    it.references.as_str(),
                    it.pages,
                    &it.proposal,
                )
            })
            .collect();
        let route = |path: &str| Proposal::Route(path.to_owned());
        let perhaps = |path: &str| Proposal::Perhaps(path.to_owned());
        assert_eq!(
            proposed,
            [
                (
                    "https://fonts.gstatic.com",
                    "7 fonts",
                    7,
                    &Proposal::ThirdParty("Google Fonts")
                ),
                (
                    "https://d1.cloudfront.net",
                    "5 images",
                    5,
                    &perhaps("/_sg/d1-cloudfront-net")
                ),
                (
                    "https://img.example.com",
                    "4 images, 1 script",
                    3,
                    &route("/_sg/img")
                ),
                (
                    "https://d2-cloudfront.net",
                    "2 images",
                    2,
                    &perhaps("/_sg/d2-cloudfront-net")
                ),
                (
                    "https://img.example.com:8443",
                    "2 styles",
                    2,
                    &route("/_sg/img-8443")
                ),
                ("https://once.example.com", "1 image", 1, &Proposal::Nothing),
                ("https://shop.example.com", "9 links", 9, &Proposal::Nothing),
                ("https://example.com", "1 link", 1, &Proposal::Alias),
            ]
        );
    }

    #[test]
    fn a_host_that_visitors_know_is_no_route() {
        let proposed = |public: Option<&str>| {
            let mut hosts = Hosts::new(url("https://origin.example.com/"), public.map(url));
            for reference in ["https://www.example.com/a.js", "https://example.com/a.js"] {
                (0..2).for_each(|page| hosts.note(page, Kind::Script, &url(reference)));
            }
            hosts
                .propose()
                .into_iter()
                .map(|it| it.proposal)
                .collect::<Vec<_>>()
        };
        assert_eq!(proposed(None), [Proposal::Public, Proposal::Public]);
        assert_eq!(
            proposed(Some("https://www.example.com/")),
            [Proposal::Alias]
        );
    }

    #[test]
    fn what_scripts_name_is_there_for_whoever_wants_it() {
        let mut hosts = Hosts::new(url("https://www.example.com/"), None);
        hosts.note(0, Kind::Link, &url("https://shop.example.com/"));
        for mentioned in [
            "https://api.example.com/",
            "https://shop.example.com/",
            "https://a.test/",
        ] {
            hosts.mention(0, &url(mentioned));
        }
        let proposed: Vec<_> = hosts.propose().into_iter().map(|it| it.proposal).collect();
        assert_eq!(
            proposed,
            [Proposal::Named("/_sg/api".to_owned()), Proposal::Nothing]
        );
    }

    #[test]
    fn a_host_that_no_configuration_can_name_is_left_out() {
        let mut hosts = Hosts::new(url("https://www.example.com/"), None);
        for reference in ["https://img{n}.example.com/a", "https://img{n}.test/a"] {
            (0..2).for_each(|page| hosts.note(page, Kind::Image, &url(reference)));
        }
        hosts.mention(0, &url("https://api_{n}.example.com/"));
        assert!(hosts.propose().is_empty());
    }

    #[test]
    fn no_more_hosts_are_kept_than_anyone_reads() {
        let mut hosts = Hosts::new(url("https://www.example.com/"), None);
        for number in 0..MOST + 2 {
            hosts.note(0, Kind::Link, &url(&format!("https://a{number}.test/")));
        }
        assert_eq!((hosts.propose().len(), hosts.more()), (MOST, 2));
    }

    #[test]
    fn two_hosts_never_share_a_path() {
        let mut hosts = Hosts::new(
            url("https://www.example.com/"),
            Some(url("https://public.test/")),
        );
        for reference in ["https://a-b.example.com/x", "https://a.b.example.com/x"] {
            (0..2).for_each(|page| hosts.note(page, Kind::Image, &url(reference)));
        }
        let proposed: Vec<_> = hosts.propose().into_iter().map(|it| it.proposal).collect();
        let route = |path: &str| Proposal::Route(path.to_owned());
        assert_eq!(proposed, [route("/_sg/a-b"), route("/_sg/a-b-2")]);
    }
}
