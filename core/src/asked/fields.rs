//! Fields and cookies of a request as texts.

use http::{HeaderMap, HeaderName, header};

/// Returns the value of a field, of which several lines are one list (RFC 9110 §5.3). What is no
/// text in it is replaced.
pub(super) fn text(head: &HeaderMap, name: &HeaderName) -> Option<String> {
    let mut lines = head.get_all(name).into_iter();
    let mut value = String::from_utf8_lossy(lines.next()?.as_bytes()).into_owned();
    for line in lines {
        value.push_str(", ");
        value.push_str(&String::from_utf8_lossy(line.as_bytes()));
    }
    Some(value)
}

/// Returns the value of the first cookie of this name (RFC 6265 §4.2).
pub(super) fn cookie(head: &HeaderMap, name: &str) -> Option<String> {
    let lines = head.get_all(header::COOKIE).into_iter();
    let pairs = lines.flat_map(|line| line.as_bytes().split(|&byte| byte == b';'));
    let mut pairs = pairs.filter_map(|pair| {
        let at = pair.iter().position(|&byte| byte == b'=')?;
        let (key, value) = pair.split_at_checked(at)?;
        Some((key.trim_ascii(), value.get(1..)?.trim_ascii()))
    });
    let (_, value) = pairs.find(|(key, _)| *key == name.as_bytes())?;
    Some(String::from_utf8_lossy(value).into_owned())
}
