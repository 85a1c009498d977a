//! The part of a URL that a value stands in (URL standard §4.4).

use super::escape::Escape;
use super::name::Value;

/// Returns how a value is written behind `before`, the start of a URL, decoded.
///
/// # Errors
/// Returns why it cannot stand there: it would say what the URL leads to.
pub(super) fn place(before: &str, value: &Value) -> Result<Escape, String> {
    // What parsers of URLs take away.
    let clean: String = before
        .trim_start_matches(|c: char| c <= ' ')
        .chars()
        .filter(|c| !matches!(c, '\t' | '\n' | '\r'))
        .collect();
    if clean.contains('\\') {
        return Err("a URL with a backslash in it".to_owned());
    }
    let path = below_host(&clean)?;
    if let Some(host) = path.unfinished
        && !(*value == Value::Path && is_host(host))
    {
        return Err("the start of a URL, where it would say where that leads".to_owned());
    }
    let (path, is_in_path) = match path.rest.find(['?', '#']) {
        Some(at) => (path.rest.get(..at).unwrap_or_default(), false),
        None => (path.rest, true),
    };
    Ok(match value {
        _ if !is_in_path => Escape::Url,
        Value::Path if !path.ends_with('/') => Escape::Path,
        _ => Escape::Segment,
    })
}

struct Below<'a> {
    /// Path, query and fragment, as far as they are there.
    rest: &'a str,
    /// The host, if nothing says that it has ended. Of a URL without one, what may be its scheme.
    unfinished: Option<&'a str>,
}

/// Returns what stands behind scheme and host.
fn below_host(url: &str) -> Result<Below<'_>, String> {
    let authority = if let Some(rest) = url.strip_prefix("//") {
        Some(rest)
    } else if let Some((scheme, rest)) = url.split_once(':')
        && !scheme.contains(['/', '?', '#'])
    {
        let is_web = ["http", "https"]
            .iter()
            .any(|it| scheme.eq_ignore_ascii_case(it));
        if !is_web {
            return Err(format!("a URL of the scheme {scheme:?}"));
        }
        let authority = rest.strip_prefix("//");
        Some(authority.ok_or("a URL without its two slashes")?)
    } else {
        None
    };
    let text = authority.unwrap_or(url);
    if authority.is_some() && text.starts_with('/') {
        return Err("a URL without a host".to_owned());
    }
    Ok(match text.find(['/', '?', '#']) {
        Some(at) => Below {
            rest: text.get(at..).unwrap_or_default(),
            unfinished: None,
        },
        None if authority.is_some() => Below {
            rest: "",
            unfinished: Some(text),
        },
        None => Below {
            rest: "",
            unfinished: Some(""),
        },
    })
}

/// Returns whether a text is a whole host, perhaps with a port, which a path may follow.
fn is_host(text: &str) -> bool {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte);
    !text.is_empty() && text.bytes().all(valid)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_cannot_say_where_a_url_leads() {
        let cookie = &Value::Cookie("a".to_owned());
        for (before, value, expected) in [
            ("/", cookie, Some(Escape::Segment)),
            ("/a/b-", cookie, Some(Escape::Segment)),
            ("a/", cookie, Some(Escape::Segment)),
            ("/a?b=", cookie, Some(Escape::Url)),
            ("?", cookie, Some(Escape::Url)),
            (" \n#", cookie, Some(Escape::Url)),
            ("https://a.example/", cookie, Some(Escape::Segment)),
            ("HTTP://a.example?x", cookie, Some(Escape::Url)),
            ("//a.example/x", cookie, Some(Escape::Segment)),
            ("https://a.example", &Value::Path, Some(Escape::Path)),
            ("https://a.example/de", &Value::Path, Some(Escape::Path)),
            ("//a.example:80", &Value::Path, Some(Escape::Path)),
            ("/de", &Value::Path, Some(Escape::Path)),
            ("/", &Value::Path, Some(Escape::Segment)),
            ("/a?p=", &Value::Path, Some(Escape::Url)),
            ("", cookie, None),
            ("", &Value::Path, None),
            ("a", cookie, None),
            ("https:", cookie, None),
            ("https:/", cookie, None),
            ("https://", cookie, None),
            ("https:///", cookie, None),
            ("https://a.example", cookie, None),
            ("https://u@", &Value::Path, None),
            ("//", &Value::Path, None),
            ("/\t/", cookie, None),
            ("/\\", cookie, None),
            ("javascript:/", cookie, None),
            ("java\nscript:a?", cookie, None),
            ("data:text/html,", cookie, None),
        ] {
            assert_eq!(place(before, value).ok(), expected, "{before:?} {value}");
        }
    }
}
