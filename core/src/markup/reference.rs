//! Character references: their characters, as far as URLs and policies in attribute values need
//! them, and their lengths in text.

use std::borrow::Cow;

/// The references by name to the characters that URLs and policies are made of.
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

/// The names that need no `;` in text (HTML standard §13.5): those of HTML 2 and ISO 8859-1.
const WITHOUT_SEMICOLON: &str = "\
    AElig AMP Aacute Acirc Agrave Aring Atilde Auml COPY Ccedil ETH Eacute Ecirc Egrave Euml GT \
    Iacute Icirc Igrave Iuml LT Ntilde Oacute Ocirc Ograve Oslash Otilde Ouml QUOT REG THORN \
    Uacute Ucirc Ugrave Uuml Yacute aacute acirc acute aelig agrave amp aring atilde auml brvbar \
    ccedil cedil cent copy curren deg divide eacute ecirc egrave eth euml frac12 frac14 frac34 \
    gt iacute icirc iexcl igrave iquest iuml laquo lt macr micro middot nbsp not ntilde oacute \
    ocirc ograve ordf ordm oslash otilde ouml para plusmn pound quot raquo reg sect shy sup1 \
    sup2 sup3 szlig thorn times uacute ucirc ugrave uml uuml yacute yen yuml";

/// A length in bytes that no name of a character reference has (HTML standard §13.5).
pub(crate) const LONGEST_NAME: usize = 33;

/// Returns the length of the character reference at the start of `text`, or 1 if the `&` there
/// begins none (HTML standard §13.2.5.72 to 13.2.5.80). Returns `None` if that depends on the text
/// that follows, of which there is none if this is the `last`.
///
/// Takes any name before a `;` for one that HTML has.
pub(crate) fn length(text: &[u8], last: bool) -> Option<usize> {
    let behind = text.get(1..).unwrap_or_default();
    let behind = behind.get(..LONGEST_NAME).unwrap_or(behind);
    let (prefix, is_digit): (usize, fn(&u8) -> bool) = match behind {
        [b'#', b'x' | b'X', ..] => (2, u8::is_ascii_hexdigit),
        [b'#', ..] => (1, u8::is_ascii_digit),
        _ => (0, u8::is_ascii_alphanumeric),
    };
    let rest = behind.get(prefix..).unwrap_or_default();
    let name = rest.iter().take_while(|byte| is_digit(byte)).count();
    let end = prefix + name;
    match behind.get(end) {
        None if end < LONGEST_NAME && !last => None,
        Some(b';') if name > 0 => Some(end + 2),
        _ if prefix > 0 && name > 0 => Some(end + 1),
        _ if prefix > 0 => Some(1),
        _ => Some(1 + without_semicolon(behind)),
    }
}

/// Returns the length of the longest name at the start of `text` that needs no `;`, or 0.
fn without_semicolon(text: &[u8]) -> usize {
    let names = WITHOUT_SEMICOLON.split(' ');
    let names = names.filter(|name| text.starts_with(name.as_bytes()));
    names.map(str::len).max().unwrap_or(0)
}

/// Returns an attribute's value with its character references decoded (HTML standard §13.2.5.72).
/// Names that are not in [`NAMED`] stay as they are.
pub(crate) fn decode(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let mut decoded = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(at) = rest.find('&') {
        let (before, reference) = rest.split_at_checked(at).unwrap_or((rest, ""));
        decoded.push_str(before);
        let (c, length) = first(reference).unwrap_or(('&', 1));
        decoded.push(c);
        rest = reference.get(length..).unwrap_or_default();
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

/// Returns the character of the reference at the start of `text`, and the reference's length.
fn first(text: &str) -> Option<(char, usize)> {
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
    fn references_in_text_end_where_the_parser_ends_them() {
        for (text, last, expected) in [
            ("&copy;x", false, Some(6)),
            ("&unknown;x", false, Some(9)),
            ("&copy 2024", false, Some(5)),
            ("&copyright ", false, Some(5)),
            ("&notin ", false, Some(4)),
            ("&notin;", false, Some(7)),
            ("&sup2x ", false, Some(5)),
            ("&AMP=", false, Some(4)),
            ("&amp", true, Some(4)),
            ("&amp", false, None),
            ("&", false, None),
            ("&", true, Some(1)),
            ("& x", false, Some(1)),
            ("&&amp;", false, Some(1)),
            ("&#169 2", false, Some(5)),
            ("&#169a", false, Some(5)),
            ("&#xa9g", false, Some(5)),
            ("&#XA9;", false, Some(6)),
            ("&#16", false, None),
            ("&#x", false, None),
            ("&#x", true, Some(1)),
            ("&#;", false, Some(1)),
            ("&#xg", false, Some(1)),
            ("&;", false, Some(1)),
            ("&x#1;", false, Some(1)),
        ] {
            assert_eq!(super::length(text.as_bytes(), last), expected, "{text}");
        }
        let long = format!("&amp{}", "a".repeat(30));
        assert_eq!(super::length(long.as_bytes(), false), Some(4));
        assert_eq!(super::length(&long.as_bytes()[..33], false), None);
        assert_eq!(super::WITHOUT_SEMICOLON.split(' ').count(), 106);
    }

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
