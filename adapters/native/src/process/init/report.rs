//! What is said of a survey and of what was written.

use std::path::{Path, PathBuf};

use http::Uri;

use super::hosts::{Other, Proposal};
use super::streamgate::bare;
use super::survey::Survey;
use crate::process::page::{Page, counted};

/// Writes what was found, what was written, and what to do next.
pub(super) fn report(
    origin: &Uri,
    survey: &Survey,
    files: &[PathBuf],
    is_coloured: bool,
) -> String {
    let mut page = Page::new(is_coloured);
    page.title("Seen");
    page.line(&format!(
        "{}: {}, {} KiB",
        bare(origin),
        counted(survey.pages, "page", "pages"),
        survey.bytes.div_ceil(1024)
    ));
    if let Some(status) = survey.error {
        page.line(&format!(
            "its first page is an error, {status}; look at what is proposed twice, or begin with \
             another page: --start PATH"
        ));
    }
    page.title("Framework");
    for detected in &survey.frameworks {
        page.line(&format!(
            "{}, by {}",
            detected.framework.name, detected.sign
        ));
    }
    if survey.frameworks.is_empty() {
        page.line("none that is known here");
    }
    if !survey.others.is_empty() {
        page.title("Other hosts in the pages");
        for other in &survey.others {
            page.answer(
                &host(other),
                matches!(other.proposal, Proposal::Route(_) | Proposal::Alias),
            );
        }
        if survey.more > 0 {
            let more = counted(survey.more, "reference names", "references name");
            page.line(&format!("{more} more hosts"));
        }
    }
    if !survey.codings.is_empty() {
        page.title("Content codings");
        for (coding, is_known) in &survey.codings {
            page.line(&match is_known {
                true => coding.clone(),
                false => format!("{coding}, which the gate cannot undo"),
            });
        }
    }
    if !survey.cookies.is_empty() {
        page.title("Cookies for a domain");
        for (name, domain) in &survey.cookies {
            page.line(&format!("{name}: {domain}"));
        }
    }
    page.title("Written");
    for file in files {
        page.line(&file.display().to_string());
    }
    let configuration = files
        .first()
        .map_or(Path::new("streamgate.toml"), PathBuf::as_path);
    let configuration = configuration.display();
    page.title("Next");
    page.line("read the comments in the first file, then:");
    page.line(&format!("streamgate check {configuration}"));
    page.line(&format!(
        "streamgate explain --config {configuration} --body /"
    ));
    page.line(&format!("streamgate crawl --config {configuration}"));
    page.line(&format!("streamgate serve --config {configuration}"));
    page.into_text()
}

fn host(other: &Other) -> String {
    let what = match &other.proposal {
        Proposal::Route(path) => format!("route {path}"),
        Proposal::Perhaps(path) => format!("of another domain; if it is yours: route {path}"),
        Proposal::Named(path) => format!("if browsers are to reach it here: route {path}"),
        Proposal::Alias => "alias".to_owned(),
        Proposal::Public => format!(
            "perhaps what browsers are to see: --public {}",
            other.origin
        ),
        Proposal::ThirdParty(name) => format!("not proposed: {name}"),
        Proposal::Nothing => "not proposed: hardly needed".to_owned(),
    };
    format!("{}: {}: {what}", other.origin, other.references)
}
