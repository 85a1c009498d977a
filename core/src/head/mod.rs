//! Heads: which fields of a message go on to the other side, and how they change when the body
//! does.

pub(crate) mod cdn_loop;
pub(crate) mod fields;
pub(crate) mod hop_by_hop;
pub(crate) mod lengths;
mod list;
pub(crate) mod max_forwards;
pub(crate) mod request;
pub(crate) mod response;
mod untrusted;
pub(crate) mod validators;

use std::borrow::Cow;

use http::{HeaderMap, HeaderName, HeaderValue, header};

/// Returns whether `Vary` names a field, given in lower case, or all of them.
pub(crate) fn names_in_vary(head: &HeaderMap, field: &str) -> bool {
    let is_it = |name: &[u8]| {
        let name = name.trim_ascii();
        name == b"*" || name.eq_ignore_ascii_case(field.as_bytes())
    };
    let mut lines = head.get_all(header::VARY).into_iter();
    lines.any(|line| line.as_bytes().split(|&byte| byte == b',').any(is_it))
}

/// Removes the fields that `unwanted` names, and leaves the others in their order, which
/// [`HeaderMap::remove`] does not. Values are moved, not cloned.
pub(crate) fn remove(head: &mut HeaderMap, unwanted: impl Fn(&HeaderName) -> bool) {
    if !head.keys().any(&unwanted) {
        return;
    }
    let mut kept = HeaderMap::with_capacity(head.len());
    let mut wanted: Option<HeaderName> = None;
    for (name, value) in std::mem::take(head) {
        // A value without a name belongs to the name before it.
        if let Some(name) = name {
            wanted = (!unwanted(&name)).then_some(name);
        }
        if let Some(name) = &wanted {
            kept.append(name, value);
        }
    }
    *head = kept;
}

/// Returns the digits of a number in base 16, as `{:016x}` writes them. Each exchange needs those
/// of the fingerprint twice, and formatting takes more instructions.
fn digits(number: u64) -> [u8; 16] {
    std::array::from_fn(|place| match (number >> (60 - 4 * place)) as u8 & 0xf {
        digit @ 0..=9 => b'0' + digit,
        digit => b'a' + (digit - 10),
    })
}

/// Sets a field, unless the value is none that a field may have.
fn set(head: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::try_from(value) {
        head.insert(name, value);
    }
}

/// Replaces the value of one line. A value that would become invalid stays as it was.
fn edit_line(line: &mut HeaderValue, map: impl for<'v> FnOnce(&'v [u8]) -> Cow<'v, [u8]>) {
    if let Cow::Owned(mapped) = map(line.as_bytes())
        && let Ok(mapped) = HeaderValue::from_bytes(&mapped)
    {
        *line = mapped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_those_that_formatting_writes() {
        for number in [0, 1, 0x9a, 0xfedc_ba98_7654_3210, u64::MAX] {
            assert_eq!(digits(number), *format!("{number:016x}").as_bytes());
        }
    }

    #[test]
    fn what_is_left_stays_in_its_order() {
        let head = |fields: &[(&'static str, &'static str)]| {
            let mut head = HeaderMap::new();
            for (name, value) in fields {
                head.append(*name, HeaderValue::from_static(value));
            }
            head
        };
        let mut left = head(&[
            ("via", "1"),
            ("set-cookie", "a"),
            ("via", "2"),
            ("x-a", "3"),
            ("set-cookie", "b"),
            ("set-cookie", "c"),
            ("x-b", "4"),
        ]);
        remove(&mut left, |name| name == "via");
        let fields: Vec<_> = left
            .iter()
            .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
            .collect();
        assert_eq!(
            fields,
            [
                ("set-cookie", "a"),
                ("set-cookie", "b"),
                ("set-cookie", "c"),
                ("x-a", "3"),
                ("x-b", "4")
            ]
        );
    }
}
