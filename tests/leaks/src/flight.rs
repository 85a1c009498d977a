//! React server components: text rows that state their length in bytes, which mapping must keep
//! true.
//!
//! A row is an id in hexadecimal, a colon, and either text up to a line feed, or `T`, a length in
//! hexadecimal, a comma and that many bytes. A page has rows either as they are
//! (`text/x-component`) or in scripts, as strings that these [push](streamgate_sight::parted).

use streamgate_sight::parted;

/// Returns where the length of a row ends in two texts that differ within the length, at `i` and at
/// `o`.
pub(crate) fn behind_length(
    before: &[u8],
    i: usize,
    after: &[u8],
    o: usize,
) -> Option<(usize, usize)> {
    let digits = before
        .get(..i)?
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_hexdigit())
        .count();
    let head = before.get(..i - digits)?.strip_suffix(b":T")?;
    if !head.last()?.is_ascii_hexdigit() || digits > 8 {
        return None;
    }
    let end = |text: &[u8], at: usize| {
        let more = text
            .get(at..)?
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        (text.get(at + more) == Some(&b',')).then_some(at + more)
    };
    Some((end(before, i)?, end(after, o)?))
}

/// The media type of a page that consists of rows.
pub(crate) const ROWS: &str = "text/x-component";

/// Returns whether the lengths were true before and no longer are.
pub(crate) fn broke(media_type: &str, before: &[u8], after: &[u8]) -> bool {
    are_true(media_type, before) && !are_true(media_type, after)
}

/// Returns whether every row has the length that it states.
fn are_true(media_type: &str, body: &[u8]) -> bool {
    match media_type {
        ROWS => are_rows(body),
        _ => are_rows(&pushed(body)),
    }
}

/// Returns what a page's scripts push, as the scripts see it. The result is empty if the strings
/// are not valid JSON, but for the backslashes that keep a script from ending.
fn pushed(page: &[u8]) -> Vec<u8> {
    let (_, raw) = parted(page);
    let raw = String::from_utf8_lossy(&raw).replace("<\\!--", "<!--");
    let raw = raw.replace("</\\script", "</script").into_bytes();
    serde_json::from_slice::<String>(&[b"\"", &raw[..], b"\""].concat())
        .unwrap_or_default()
        .into_bytes()
}

fn are_rows(mut rest: &[u8]) -> bool {
    while !rest.is_empty() {
        let id = rest
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        let Some(row) = rest[id..].strip_prefix(b":") else {
            return false;
        };
        let length = row.strip_prefix(b"T").and_then(|row| {
            let comma = row.iter().take(10).position(|byte| *byte == b',')?;
            let digits = std::str::from_utf8(&row[..comma]).ok()?;
            Some((usize::from_str_radix(digits, 16).ok()?, &row[comma + 1..]))
        });
        rest = match length {
            Some((length, text)) => match text.get(length..) {
                Some(rest) => rest,
                None => return false,
            },
            None => match row.iter().position(|byte| *byte == b'\n') {
                Some(end) => &row[end + 1..],
                None => return true,
            },
        };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_with_rows_have_true_ones() {
        let rows = include_bytes!("../pages/tides.rsc");
        assert!(are_true(ROWS, rows));
        let page = include_bytes!("../pages/app.html");
        assert!(are_true("text/html", page) && !pushed(page).is_empty());
    }

    #[test]
    fn what_is_pushed_is_one_text() {
        let page = br#"a.__next_f.push([1,"x\"y\\"])b.__next_f.push([0])c.__next_f.push([1,"z"])d"#;
        let rest = br#"a.__next_f.push([1,""])b.__next_f.push([0])c.__next_f.push([1,""])d"#;
        assert_eq!(parted(page), (rest.to_vec(), br#"x\"y\\z"#.to_vec()));
        assert_eq!(pushed(page), br#"x"y\z"#);
        let page =
            br#"(self.__FLIGHT_DATA||=[]).push("x<\!--")(w.__next_f=w.__next_f||[]).push([1,"y"])"#;
        let rest = br#"(self.__FLIGHT_DATA||=[]).push("")(w.__next_f=w.__next_f||[]).push([1,""])"#;
        assert_eq!(parted(page), (rest.to_vec(), br#"x<\!--y"#.to_vec()));
        assert_eq!(pushed(page), b"x<!--y");
    }

    #[test]
    fn a_length_that_is_no_longer_true_is_noticed() {
        let before = b"0:[1]\n1:T5,a\nb,z2:[]\n";
        assert!(!broke(ROWS, before, b"0:[1]\n1:T6,a\nbb,z2:[]\n"));
        assert!(broke(ROWS, before, b"0:[1]\n1:T5,a\nbb,z2:[]\n"));
        // A length that was not true before shows nothing.
        assert!(!broke(ROWS, b"0:T9,a", b"0:T9,b"));
        let page = |length: &str, text: &str| {
            format!(
                r#"<script>self.__next_f.push([0])</script><script>self.__next_f.push([1,"1:T{length},"])</script><script>self.__next_f.push([1,"{text}2:[]\n"])</script>"#
            )
        };
        let before = page("5", r"\u00e9\nbz");
        assert!(!broke(
            "text/html",
            before.as_bytes(),
            page("6", r"\u00e9\nbbz").as_bytes()
        ));
        assert!(broke(
            "text/html",
            before.as_bytes(),
            page("5", r"\u00e9\nbbz").as_bytes()
        ));
    }
}
