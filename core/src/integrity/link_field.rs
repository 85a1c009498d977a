//! The `integrity` parameter in `Link` fields (RFC 8288 §3; HTML standard, "process link headers").

use std::ops::Range;

use crate::markup::syntax::is_whitespace;

/// One link of a field's value.
#[derive(Default)]
struct Link {
    target: Range<usize>,
    parameters: Vec<Parameter>,
}

struct Parameter {
    name: Range<usize>,
    /// The value, without quotes around it.
    value: Range<usize>,
    /// The parameter with the `;` before it.
    whole: Range<usize>,
}

/// Returns a field's value without the `integrity` of those links for which `is_lost` says so,
/// given what gives the values of the attributes that a `link` element would have. Returns `None`
/// if nothing goes.
pub(super) fn without_integrity(
    value: &[u8],
    is_lost: impl Fn(&dyn Fn(&str) -> Option<String>) -> bool,
) -> Option<Vec<u8>> {
    let part = |range: &Range<usize>| value.get(range.clone()).unwrap_or_default();
    let is = |parameter: &Parameter, name: &str| {
        part(&parameter.name).eq_ignore_ascii_case(name.as_bytes())
    };
    let text = |range: &Range<usize>| String::from_utf8_lossy(part(range)).into_owned();
    let (mut edited, mut done) = (Vec::new(), 0);
    for link in links(value) {
        let attribute = |name: &str| match name {
            "href" => Some(text(&link.target)),
            _ => {
                let parameter = link.parameters.iter().find(|it| is(it, name))?;
                Some(text(&parameter.value))
            }
        };
        let mut lost = link
            .parameters
            .iter()
            .filter(|it| is(it, "integrity"))
            .peekable();
        if lost.peek().is_none() || !is_lost(&attribute) {
            continue;
        }
        for parameter in lost {
            edited.extend_from_slice(part(&(done..parameter.whole.start)));
            done = parameter.whole.end;
        }
    }
    edited.extend_from_slice(part(&(done..value.len())));
    (done > 0).then_some(edited)
}

/// Reads the links of a value, up to where it is none that can be read.
fn links(value: &[u8]) -> Vec<Link> {
    let mut links = Vec::new();
    let mut at = 0;
    while let Some((link, end)) = link(value, at) {
        links.push(link);
        at = end;
    }
    links
}

/// Reads the link at a position. Returns it with the position behind the comma after it.
fn link(value: &[u8], at: usize) -> Option<(Link, usize)> {
    let until = |from: usize, is_end: &dyn Fn(u8) -> bool| {
        let rest = value.get(from..).unwrap_or_default();
        let length = rest.iter().position(|&byte| is_end(byte));
        from + length.unwrap_or(rest.len())
    };
    let behind_spaces = |from| until(from, &|byte| !is_whitespace(byte));
    let byte = |at: usize| value.get(at).copied();

    let start = until(at, &|byte| !is_whitespace(byte) && byte != b',');
    if byte(start)? != b'<' {
        return None;
    }
    let end = until(start, &|byte| byte == b'>');
    let mut link = Link {
        target: start + 1..end,
        parameters: Vec::new(),
    };
    let mut at = behind_spaces(end + 1);
    while byte(at) == Some(b';') {
        let whole = at;
        let start = behind_spaces(at + 1);
        let end = until(start, &|byte| is_whitespace(byte) || b"=;,".contains(&byte));
        let mut parameter_value = end..end;
        at = behind_spaces(end);
        if byte(at) == Some(b'=') {
            let start = behind_spaces(at + 1);
            if byte(start) == Some(b'"') {
                let end = end_of_string(value, start + 1);
                parameter_value = start + 1..end;
                at = end + 1;
            } else {
                at = until(start, &|byte| is_whitespace(byte) || b";,".contains(&byte));
                parameter_value = start..at;
            }
        } else {
            at = end;
        }
        link.parameters.push(Parameter {
            name: start..end,
            value: parameter_value,
            whole: whole..at.min(value.len()),
        });
        at = behind_spaces(at);
    }
    match byte(at) {
        None | Some(b',') => Some((link, at + 1)),
        Some(_) => None,
    }
}

/// Returns where a quoted string ends (RFC 9110 §5.6.4).
fn end_of_string(value: &[u8], mut at: usize) -> usize {
    loop {
        match value.get(at) {
            None => return value.len(),
            Some(b'"') => return at,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::without_integrity;

    /// Without the integrity of scripts at relative URLs.
    fn edited(value: &str) -> String {
        let is_lost = |attribute: &dyn Fn(&str) -> Option<String>| {
            attribute("as").as_deref() == Some("script")
                && attribute("href").is_some_and(|url| url.starts_with('/'))
        };
        let edited = without_integrity(value.as_bytes(), is_lost);
        edited.map_or_else(
            || value.to_owned(),
            |it| String::from_utf8(it).expect("UTF-8"),
        )
    }

    #[test]
    fn the_parameter_goes_with_its_semicolon() {
        for (value, expected) in [
            (
                "</a.js>; rel=preload; as=script; integrity=\"sha384-a\"",
                "</a.js>; rel=preload; as=script",
            ),
            (
                "</a.js>;integrity=sha384-a;rel=preload;as=\"script\"",
                "</a.js>;rel=preload;as=\"script\"",
            ),
            (
                "</a>; INTEGRITY = \"a,\\\"b\" ; as=script, </b>; as=style; integrity=x,</c>;as=script;integrity=y",
                "</a> ; as=script, </b>; as=style; integrity=x,</c>;as=script",
            ),
            ("</a>; as=script; integrity; x", "</a>; as=script; x"),
            ("</a>; as=script; integrity=\"x", "</a>; as=script"),
        ] {
            assert_eq!(edited(value), expected, "{value}");
        }
    }

    #[test]
    fn other_values_stay() {
        for value in [
            "",
            "</a.js>; rel=preload; as=script",
            "<https://cdn.example.net/a.js>; as=script; integrity=x",
            "</a>; as=script; title=\"integrity=x\"",
            "</a;integrity=x",
            "a; as=script; integrity=x",
            "</a> as=script; integrity=x",
            "<",
        ] {
            assert_eq!(edited(value), value);
        }
    }
}
