//! Patterns for the paths of requests.

/// Returns whether a pattern, in which `*` is any run of characters, fits a path.
pub(crate) fn fits(pattern: &str, path: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == path;
    };
    let Some(mut path) = path.strip_prefix(start) else {
        return false;
    };
    let Some((middle, end)) = rest.rsplit_once('*') else {
        return path.ends_with(rest);
    };
    // The first place for each part leaves the most for those behind it.
    for part in middle.split('*') {
        let Some(at) = path.find(part) else {
            return false;
        };
        path = path.get(at + part.len()..).unwrap_or_default();
    }
    path.ends_with(end)
}

/// Checks a pattern for the request's path.
pub(super) fn path(text: &str) -> Result<String, String> {
    if text.starts_with(['/', '*']) && !text.contains(['?', '#']) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "{text:?} is no pattern for a path: it is as \"/news/*\", and has neither query nor fragment"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_is_any_run_of_characters() {
        for (pattern, path, expected) in [
            ("/", "/", true),
            ("/", "/a", false),
            ("/news/*", "/news/", true),
            ("/news/*", "/news/a/b", true),
            ("/news/*", "/news", false),
            ("/news/*", "/NEWS/a", false),
            ("*.html", "/a/b.html", true),
            ("*.html", "/a/b.htm", false),
            ("/a*b*c", "/aXbYbc", true),
            ("/a*b*c", "/abc", true),
            ("/a*b*c", "/acb", false),
            ("/a*ab", "/ab", false),
            ("/a*b*b", "/ab", false),
            ("*", "/anything", true),
            ("**", "", true),
            ("/%C3%A9*", "/%c3%a9", false),
        ] {
            assert_eq!(fits(pattern, path), expected, "{pattern} {path}");
        }
    }
}
