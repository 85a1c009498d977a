//! Tells which character a stretch of bytes spells.

const NAMES: [(&str, u8); 23] = [
    ("NewLine", b'\n'),
    ("Tab", b'\t'),
    ("amp", b'&'),
    ("apos", b'\''),
    ("bsol", b'\\'),
    ("colon", b':'),
    ("comma", b','),
    ("commat", b'@'),
    ("equals", b'='),
    ("grave", b'`'),
    ("gt", b'>'),
    ("lowbar", b'_'),
    ("lpar", b'('),
    ("lsqb", b'['),
    ("lt", b'<'),
    ("nbsp", b' '),
    ("num", b'#'),
    ("period", b'.'),
    ("quest", b'?'),
    ("quot", b'"'),
    ("rpar", b')'),
    ("sol", b'/'),
    ("vert", b'|'),
];

/// Returns the value that a stretch spells as a whole, a code point or a byte, unless `next`
/// continues it.
pub(super) fn spelled(stretch: &[u8], next: Option<u8>) -> Option<u32> {
    if let [byte] = stretch {
        return Some(u32::from(*byte));
    }
    let stretch = str::from_utf8(stretch).ok()?;
    match stretch.bytes().next()? {
        b'\\' => backslash(stretch, next),
        b'%' => percent(stretch),
        b'&' => reference(stretch, next),
        _ => None,
    }
}

fn number(digits: &str, radix: u32, lengths: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let valid = lengths.contains(&digits.len()) && digits.chars().all(|it| it.is_digit(radix));
    u32::from_str_radix(digits, radix).ok().filter(|_| valid)
}

fn goes_on(next: Option<u8>, radix: u32) -> bool {
    next.is_some_and(|next| char::from(next).is_digit(radix))
}

fn backslash(stretch: &str, next: Option<u8>) -> Option<u32> {
    let behind = stretch.trim_start_matches('\\');
    if stretch.len() - behind.len() > 7 {
        return None;
    }
    let mut chars = behind.chars();
    match (chars.next()?, chars.as_str()) {
        ('u', rest) if rest.starts_with('{') => number(rest[1..].strip_suffix('}')?, 16, 1..=6),
        ('u', rest) => number(rest, 16, 4..=4),
        ('x', rest) => number(rest, 16, 2..=2),
        ('b' | 'f' | 'n' | 'r' | 't' | 'v', "") => Some(10),
        ('0'..='9', _) => css(behind, next),
        (mark, "") if mark.is_ascii_punctuation() => Some(u32::from(mark)),
        _ => None,
    }
}

fn css(behind: &str, next: Option<u8>) -> Option<u32> {
    let space = [' ', '\t', '\n', '\r', '\x0c'];
    let digits = behind
        .strip_suffix("\r\n")
        .or_else(|| behind.strip_suffix(space));
    let ended = digits.is_some();
    let digits = digits.unwrap_or(behind);
    let open = if ended {
        behind.ends_with('\r') && next == Some(b'\n')
    } else {
        next.is_some_and(|next| space.contains(&char::from(next)))
            || goes_on(next, 16) && digits.len() < 6
    };
    number(digits, 16, 1..=6).filter(|&value| !open && value >= 0x20)
}

fn percent(stretch: &str) -> Option<u32> {
    let mut hex = stretch.strip_prefix('%')?;
    for _ in 0..3 {
        hex = hex
            .strip_prefix("25")
            .filter(|rest| !rest.is_empty())
            .unwrap_or(hex);
    }
    number(hex, 16, 2..=2)
}

fn reference(stretch: &str, next: Option<u8>) -> Option<u32> {
    let body = stretch.strip_prefix('&')?;
    let body = body.strip_prefix("amp;").unwrap_or(body);
    let name = body.strip_suffix(';');
    if let Some(number_sign) = name.unwrap_or(body).strip_prefix('#') {
        let is_open = |radix| name.is_none() && (goes_on(next, radix) || next == Some(b';'));
        return match number_sign.strip_prefix(['x', 'X']) {
            Some(hex) => number(hex, 16, 1..=6).filter(|_| !is_open(16)),
            None => number(number_sign, 10, 1..=7).filter(|_| !is_open(10)),
        };
    }
    let name = if stretch == "&amp;" {
        Some("amp")
    } else {
        name
    };
    let known = NAMES.iter().find(|(known, _)| Some(*known) == name);
    known.map(|(_, code)| u32::from(*code))
}
