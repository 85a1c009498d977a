//! The fields of a page's head that carry integrity metadata, or ask for it.

use http::{HeaderMap, HeaderName, HeaderValue, header};

use super::link_field;
use super::resources::Resources;
use crate::csp::Policies;
use crate::head::remove;

/// The fields that ask for integrity metadata (Subresource Integrity §3.8, `Integrity-Policy`).
static DEMANDS: [HeaderName; 2] = [
    HeaderName::from_static("integrity-policy"),
    HeaderName::from_static("integrity-policy-report-only"),
];

/// Returns whether a head has one of these fields, so that there may be something to edit.
pub(crate) fn is_in(head: &HeaderMap) -> bool {
    head.keys()
        .any(|name| name == header::LINK || DEMANDS.contains(name))
}

/// Edits the head of a page from which the metadata of `resources` goes: it goes from `Link` fields
/// too, and no field asks for it any more.
pub(crate) fn edit(head: &mut HeaderMap, resources: &Resources, policies: &Policies) {
    if let header::Entry::Occupied(mut lines) = head.entry(header::LINK) {
        for line in lines.iter_mut() {
            let edited = link_field::without_integrity(line.as_bytes(), |attribute| {
                resources.lose(super::resources::Element::Link, policies, attribute)
            });
            if let Some(edited) = edited.and_then(|it| HeaderValue::from_bytes(&it).ok()) {
                *line = edited;
            }
        }
    }
    let destinations: Vec<&str> = resources.destinations().collect();
    for name in &DEMANDS {
        let lines: Vec<&[u8]> = head
            .get_all(name)
            .iter()
            .map(HeaderValue::as_bytes)
            .collect();
        let Ok(value) = String::from_utf8(lines.join(&b", "[..])) else {
            continue;
        };
        match without(&value, &destinations) {
            Demand::Unchanged => {}
            Demand::Less(value) => {
                if let Ok(value) = HeaderValue::try_from(value) {
                    head.insert(name, value);
                }
            }
            Demand::None => remove(head, |other| other == name),
        }
    }
}

/// What is left of an `Integrity-Policy`.
#[derive(Debug, PartialEq, Eq)]
enum Demand {
    Unchanged,
    Less(String),
    None,
}

/// Removes destinations from the member `blocked-destinations` of a dictionary (RFC 9651 §3.2), an
/// inner list of tokens. A dictionary without the member asks for nothing.
fn without(value: &str, destinations: &[&str]) -> Demand {
    let mut members = Vec::new();
    let (mut is_changed, mut asks) = (false, false);
    for member in members_of(value) {
        let (key, list) = member.split_once('=').unwrap_or((member, ""));
        let inner = list
            .trim_start()
            .strip_prefix('(')
            .and_then(|it| it.split_once(')'));
        let Some((tokens, parameters)) = inner.filter(|_| key.trim() == "blocked-destinations")
        else {
            members.push(member.to_owned());
            continue;
        };
        let is_lost = |item: &&str| {
            let token = item.split(';').next().unwrap_or_default();
            destinations.contains(&token)
        };
        let (lost, kept): (Vec<&str>, Vec<&str>) =
            tokens.split_ascii_whitespace().partition(is_lost);
        asks |= !kept.is_empty();
        is_changed |= !lost.is_empty();
        if lost.is_empty() {
            members.push(member.to_owned());
        } else if !kept.is_empty() {
            members.push(format!("{}=({}){parameters}", key, kept.join(" ")));
        }
    }
    match (is_changed, asks) {
        (false, _) => Demand::Unchanged,
        (true, true) => Demand::Less(members.join(", ")),
        (true, false) => Demand::None,
    }
}

/// Returns the members of a dictionary. A comma between parentheses or quotes separates none.
fn members_of(value: &str) -> Vec<&str> {
    let (mut depth, mut is_quoted) = (0_usize, false);
    let separates = |c: char| {
        match c {
            '"' => is_quoted = !is_quoted,
            '(' if !is_quoted => depth += 1,
            ')' if !is_quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0 && !is_quoted
    };
    value.split(separates).map(str::trim).collect()
}

#[cfg(test)]
mod tests {
    use super::{Demand, without};

    #[test]
    fn a_demand_loses_the_destinations() {
        let less = |value: &str| Demand::Less(value.to_owned());
        for (value, destinations, expected) in [
            ("", &["script"][..], Demand::Unchanged),
            ("blocked-destinations=(script)", &["script"], Demand::None),
            (
                "blocked-destinations=(script)",
                &["style"],
                Demand::Unchanged,
            ),
            (
                "blocked-destinations=(script style)",
                &["script", "style"],
                Demand::None,
            ),
            (
                "blocked-destinations=(script style), sources=(inline), endpoints=(a b)",
                &["script"],
                less("blocked-destinations=(style), sources=(inline), endpoints=(a b)"),
            ),
            (
                "blocked-destinations=( script  image;x=\",\" );p=1,endpoints=(a)",
                &["script", "style"],
                less("blocked-destinations=(image;x=\",\");p=1, endpoints=(a)"),
            ),
            (
                "sources=(inline), blocked-destinations=(script)",
                &["script"],
                Demand::None,
            ),
            ("endpoints=(script)", &["script"], Demand::Unchanged),
            (
                "blocked-destinations=script",
                &["script"],
                Demand::Unchanged,
            ),
            (
                "blocked-destinations=(script",
                &["script"],
                Demand::Unchanged,
            ),
        ] {
            assert_eq!(
                without(value, destinations),
                expected,
                "{value} {destinations:?}"
            );
        }
    }
}
