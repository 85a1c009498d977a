//! The elements that a selector selects, by their names.

/// Returns the names, in lower case, of the elements that a selector can select. Returns `None` if
/// they may have any name.
pub(crate) fn selected(selector: &str) -> Option<Vec<String>> {
    if selector.contains('\\') {
        return None;
    }
    let mut depth: usize = 0;
    let mut quote = None;
    // What stands in brackets and quotes is no name.
    let plain: String = selector
        .chars()
        .map(|c| {
            match (quote, c) {
                (Some(open), _) if open == c => quote = None,
                (None, '"' | '\'') => quote = Some(c),
                (None, '(' | '[') => depth = depth.saturating_add(1),
                (None, ')' | ']') => depth = depth.saturating_sub(1),
                (None, _) if depth == 0 => return c,
                _ => {}
            }
            '.'
        })
        .collect();
    let names = plain.split(',').map(|selector| {
        let is_between = |c: char| matches!(c, '>' | '+' | '~') || c.is_whitespace();
        let last = selector.trim().rsplit(is_between).next()?;
        let name = last.split(['.', '#', ':']).next()?;
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic());
        is_name.then(|| name.to_ascii_lowercase())
    });
    names.collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_selector_says_the_names_of_its_elements_or_not() {
        for (selector, expected) in [
            ("p", Some("p")),
            ("DIV.a > P#b[c='d, e']:not(script)", Some("p")),
            ("main p , a.b", Some("p a")),
            (".a", None),
            ("p, .a", None),
            ("p *", None),
            ("p > ", None),
            ("x-y[a=\"]\"]", Some("x-y")),
        ] {
            let names = super::selected(selector).map(|names| names.join(" "));
            assert_eq!(names.as_deref(), expected, "{selector}");
        }
    }
}
