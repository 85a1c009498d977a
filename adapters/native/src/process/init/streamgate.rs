//! The text of the `streamgate.toml` that is proposed.

use std::fmt::Write;

use http::Uri;

use super::hosts::{Other, Proposal};
use super::survey::Survey;
use super::wrapped;
use crate::process::page::counted;

/// Writes the configuration of a site.
pub(super) fn streamgate(origin: &Uri, public: Option<&Uri>, survey: &Survey) -> String {
    let mut text = Text("#:schema ./streamgate.schema.json\n".to_owned());
    text.comment(&format!(
        "Proposed by `streamgate init` from what was seen in {}. Read the comments, change what is \
         not so, and check the file: streamgate check streamgate.toml",
        counted(survey.pages, "page", "pages")
    ));
    text.line("");
    text.line("[origin]");
    text.line(&format!("url = {}", quoted(&bare(origin))));
    match public {
        Some(public) => text.line(&format!("public = {}", quoted(&bare(public)))),
        None => {
            text.comment(
                "What browsers are to see. Left out, pages name the host that each request names, \
                 which is right on your own machine only.",
            );
            text.line("# public = \"https://www.example.com\"");
        }
    }
    text.aliases(&survey.others);
    for detected in &survey.frameworks {
        text.line("");
        text.comment(&format!(
            "{}, by {}:",
            detected.framework.name, detected.sign
        ));
        for line in detected.framework.advice {
            text.line(&format!("# {line}"));
        }
        for line in detected.framework.settings {
            text.line(line);
        }
    }
    text.cookies(survey);
    text.codings(survey);
    text.hosts(&survey.others);
    text.0
}

/// A file that is being written.
struct Text(String);

impl Text {
    fn line(&mut self, line: &str) {
        let _ = writeln!(self.0, "{line}"); // A text takes everything.
    }

    fn comment(&mut self, comment: &str) {
        for line in wrapped(comment, 98) {
            self.line(&format!("# {line}"));
        }
    }

    fn aliases(&mut self, others: &[Other]) {
        let aliases = others.iter().filter(|it| it.proposal == Proposal::Alias);
        let aliases: Vec<_> = aliases.map(|it| quoted(&it.origin)).collect();
        if !aliases.is_empty() {
            self.comment("Pages also name the site so:");
            self.line(&format!("aliases = [{}]", aliases.join(", ")));
        }
    }

    fn cookies(&mut self, survey: &Survey) {
        if survey.cookies.is_empty() {
            return;
        }
        let cookies = survey.cookies.iter();
        let cookies = cookies.map(|(name, domain)| format!("{name} (Domain={domain})"));
        self.line("");
        self.comment(&format!(
            "Cookies for a domain: {}. A Domain that the public host belongs to stays, and the \
             origin's own becomes the public host. A parent of several origins becomes the domain \
             that their public hosts share, or map.cookie_domain. Any other goes away, so that the \
             cookie is for the public host alone.",
            cookies.collect::<Vec<_>>().join(", ")
        ));
    }

    fn codings(&mut self, survey: &Survey) {
        let unknown = survey.codings.iter().filter(|(_, is_known)| !**is_known);
        let unknown: Vec<_> = unknown.map(|(name, _)| name.as_str()).collect();
        if !unknown.is_empty() {
            self.line("");
            self.comment(&format!(
                "The gate cannot undo the content coding {}: such bodies are not rewritten. Let \
                 the origin use gzip, br or zstd.",
                unknown.join(", ")
            ));
        }
    }

    fn hosts(&mut self, others: &[Other]) {
        for other in others {
            let (origin, seen) = (&other.origin, &other.references);
            let pages = counted(other.pages, "page", "pages");
            let seen = format!("{origin}: {seen} in {pages}.");
            match &other.proposal {
                Proposal::Alias => {}
                Proposal::Public => {
                    self.line("");
                    self.comment(&format!(
                        "{seen} No route is proposed, because it may be the host that browsers are \
                         to see. If it is, set `public` above to it.",
                    ));
                }
                Proposal::Route(path) => {
                    self.line("");
                    self.comment(&format!(
                        "{seen} It is of the same domain. If its own files refer to each other by \
                         `/…` without a host, give it a `public` host in place of the path.",
                    ));
                    self.route("", path, origin);
                }
                Proposal::Perhaps(path) => {
                    self.line("");
                    self.comment(&format!(
                        "{seen} It is of another domain, so it is not proposed. If it is yours, \
                         take away the # below.",
                    ));
                    self.route("# ", path, origin);
                }
                Proposal::Named(path) => {
                    self.line("");
                    self.comment(&format!(
                        "{seen} It is of the same domain, and scripts or texts name it. If \
                         browsers are to reach it through the public host, take away the # below.",
                    ));
                    self.route("# ", path, origin);
                }
                Proposal::ThirdParty(name) => {
                    self.line("");
                    self.comment(&format!(
                        "{seen} Not proposed: it is {name}, whose scripts and cookies do not \
                         belong on the public host.",
                    ));
                }
                Proposal::Nothing => {
                    self.line("");
                    self.comment(&format!(
                        "{seen} Not proposed: pages hardly fetch anything from it with themselves.",
                    ));
                }
            }
        }
    }

    fn route(&mut self, before: &str, path: &str, origin: &str) {
        self.line(&format!("{before}[[route]]"));
        self.line(&format!("{before}path = {}", quoted(path)));
        self.line(&format!("{before}origin = {}", quoted(origin)));
    }
}

fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Formats an origin without the slash of its path.
pub(super) fn bare(origin: &Uri) -> String {
    origin.to_string().trim_end_matches('/').to_owned()
}
