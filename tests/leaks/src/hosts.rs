//! The list that says which origins each page is searched for.

use crate::kind;
use streamgate_sight::Origin;

/// What the page column of a line says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Which {
    /// `*`, or nothing.
    All,
    /// The name of a page.
    Named(String),
}

/// One line that names origins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The number of the line, from 1.
    pub(crate) line: usize,
    pub(crate) page: Which,
    pub(crate) origins: Vec<Origin>,
}

/// Reads a list. Each line has a page, then its origins with commas between them, then anything
/// else. The columns are separated by tabs, or by white space on lines without a tab. Without a
/// page, the origins count for all pages. `#` starts a comment.
///
/// # Errors
/// Returns a sentence for each line with something that is not an origin, or one that says that
/// there is none at all.
pub(crate) fn parse(text: &str) -> Result<Vec<Entry>, Vec<String>> {
    let mut entries = Vec::new();
    let mut faults = Vec::new();
    let lines = text.trim_start_matches('\u{FEFF}').lines();
    for (number, line) in (1..).zip(lines) {
        let columns = columns(line);
        if columns.is_empty() || entries.is_empty() && is_heading(&columns) {
            continue;
        }
        match entry(number, &columns) {
            Ok(entry) => entries.push(entry),
            Err(why) => faults.push(format!("line {number}: {why}")),
        }
    }
    if entries.is_empty() && faults.is_empty() {
        faults.push("no line names an origin".to_owned());
    }
    if faults.is_empty() {
        Ok(entries)
    } else {
        Err(faults)
    }
}

/// Returns the columns that are not empty.
fn columns(line: &str) -> Vec<String> {
    let line = match line.find('#') {
        // After anything but white space, a `#` is part of a URL.
        Some(at) if line[..at].chars().last().is_none_or(char::is_whitespace) => &line[..at],
        _ => line,
    };
    let unquoted = |column: &str| column.trim_matches(['"', '\'', '<', '>']).to_owned();
    if line.contains('\t') {
        let columns = line.split('\t').map(str::trim);
        return columns
            .filter(|column| !column.is_empty())
            .map(unquoted)
            .collect();
    }
    let mut joined: Vec<String> = Vec::new();
    for word in line.split_whitespace() {
        match joined.last_mut() {
            Some(last) if last.ends_with(',') || word.starts_with(',') => last.push_str(word),
            _ => joined.push(word.to_owned()),
        }
    }
    joined.iter().map(|column| unquoted(column)).collect()
}

fn is_heading(columns: &[String]) -> bool {
    let is = |at: usize, names: &[&str]| {
        columns
            .get(at)
            .is_some_and(|column| names.contains(&column.to_ascii_lowercase().as_str()))
    };
    is(0, &["page", "pages", "file", "filename", "name", "path"])
        && is(
            1,
            &[
                "origin", "origins", "host", "hosts", "hostname", "url", "domain",
            ],
        )
}

fn entry(line: usize, columns: &[String]) -> Result<Entry, String> {
    let (page, origins) = match columns {
        [] => (Which::All, String::new()),
        [only] => alone(only),
        [origin, page, ..] if origin.contains("://") && kind::of_name(page).is_some() => {
            (named(page), origin.clone())
        }
        [first, second, ..] if first.contains("://") || is_count(second) => {
            (Which::All, first.clone())
        }
        [first, second, ..] => (named(first), second.clone()),
    };
    let origins = origins
        .split([',', ';', ' '])
        .filter(|origin| !origin.is_empty())
        .map(Origin::parse)
        .collect::<Result<Vec<_>, _>>()?;
    if origins.is_empty() {
        return Err("it names no origin".to_owned());
    }
    Ok(Entry {
        line,
        page,
        origins,
    })
}

/// Reads a line with one column: either origins for all pages, or a page and origins with only
/// commas between them.
fn alone(column: &str) -> (Which, String) {
    match column.split_once(',') {
        Some((first, rest))
            if first == "*" || (kind::of_name(first).is_some() && !first.contains("://")) =>
        {
            (named(first), rest.to_owned())
        }
        _ => (Which::All, column.to_owned()),
    }
}

fn named(page: &str) -> Which {
    match page {
        "*" => Which::All,
        page => Which::Named(page.to_owned()),
    }
}

fn is_count(column: &str) -> bool {
    column.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(Option<String>, Vec<String>)> {
        parse(text)
            .unwrap()
            .into_iter()
            .map(|entry| {
                let page = match entry.page {
                    Which::All => None,
                    Which::Named(page) => Some(page),
                };
                let origins = entry.origins.iter().map(ToString::to_string).collect();
                (page, origins)
            })
            .collect()
    }

    #[test]
    fn a_list_is_read_however_it_is_written() {
        let (a, b) = ("https://a.example", "https://b.example:8443");
        for (text, page, origins) in [
            ("x.html\thttps://a.example\t29", Some("x.html"), &[a][..]),
            ("x.html  a.example  29", Some("x.html"), &[a]),
            (
                "\u{FEFF}# list\r\n\r\nx.html\ta.example/\r\n",
                Some("x.html"),
                &[a],
            ),
            ("x.html\thttps://a.example/p#q\t# why", Some("x.html"), &[a]),
            ("a page.html\ta.example", Some("a page.html"), &[a]),
            (
                "x.html\ta.example, b.example:8443\t1",
                Some("x.html"),
                &[a, b],
            ),
            (
                "x.html a.example, b.example:8443 1",
                Some("x.html"),
                &[a, b],
            ),
            ("x.html,a.example,b.example:8443", Some("x.html"), &[a, b]),
            ("*\ta.example", None, &[a]),
            ("\ta.example\t12", None, &[a]),
            ("a.example", None, &[a]),
            ("a.example,b.example:8443", None, &[a, b]),
            ("https://a.example 12", None, &[a]),
            ("https://a.example\tx.html", Some("x.html"), &[a]),
            ("page\torigin\tcount\nx\ta.example", Some("x"), &[a]),
            ("\"x.html\"\t<https://a.example>", Some("x.html"), &[a]),
        ] {
            let origins: Vec<_> = origins.iter().map(ToString::to_string).collect();
            assert_eq!(read(text), [(page.map(str::to_owned), origins)], "{text:?}");
        }
    }

    #[test]
    fn what_is_no_list_is_refused_line_by_line() {
        for (text, faults) in [
            ("", &["no line names an origin"][..]),
            ("# nothing\n", &["no line names an origin"]),
            (
                "x.html\tftp://a.example\ny.html\ta.example\nz.html\t*",
                &[
                    "line 1: \"ftp://a.example\" is no origin: its scheme is neither http nor https",
                    "line 3: \"*\" is no origin: its host is none",
                ],
            ),
        ] {
            assert_eq!(parse(text).unwrap_err(), faults, "{text:?}");
        }
    }
}
