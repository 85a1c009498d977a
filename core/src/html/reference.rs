//! Character references in attribute values, as far as URLs and policies need them.

use std::borrow::Cow;

/// The named ones that stand for what URLs and policies are made of.
const NAMED: &[(&str, char)] = &[
    ("amp", '&'),
    ("apos", '\''),
    ("colon", ':'),
    ("equals", '='),
    ("period", '.'),
    ("plus", '+'),
    ("quot", '"'),
    ("sol", '/'),
    ("semi", ';'),
    ("Tab", '\t'),
    ("NewLine", '\n'),
];

/// The text that a value stands for (HTML standard §13.2.5.72). Names of other characters stay as they are.
pub(super) fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let mut decoded = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at_checked(at).unwrap_or((rest, ""));
        decoded.push_str(before);
        let (c, length) = one(reference).unwrap_or(('&', 1));
        decoded.push(c);
        rest = reference.get(length..).unwrap_or_default();
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// The reference at the start, and how long it is.
fn one(text: &str) -> Option<(char, usize)> {
    let name = text.strip_prefix('&')?;
    if let Some(number) = name.strip_prefix('#') {
        let (digits, radix, start) = match number.strip_prefix(['x', 'X']) {
            Some(digits) => (digits, 16, 3),
            None => (number, 10, 2),
        };
        let end = digits
            .find(|c: char| !c.is_digit(radix))
            .unwrap_or(digits.len());
        let value = u32::from_str_radix(digits.get(..end)?, radix).ok()?;
        let semicolon = usize::from(digits.get(end..)?.starts_with(';'));
        return Some((char::from_u32(value)?, start + end + semicolon));
    }
    let name = name.get(..name.find(';')?)?;
    let (_, c) = NAMED.iter().find(|(known, _)| *known == name)?;
    Some((*c, name.len() + 2))
}

#[cfg(test)]
mod tests {
    #[test]
    fn references_are_decoded() {
        for (value, expected) in [
            ("a&b", "a&b"),
            ("&#39;&#x27;&apos;&#X2f", "'''/"),
            (
                "https&colon;&sol;&sol;a&period;b?c=1&amp;d",
                "https://a.b?c=1&d",
            ),
            ("&#xFFFFFFFFF;&#;&#x;&", "&#xFFFFFFFFF;&#;&#x;&"),
            ("&amp;amp;", "&amp;"),
            ("&copy;", "&copy;"),
        ] {
            assert_eq!(super::decode(value), expected, "{value}");
        }
    }
}
