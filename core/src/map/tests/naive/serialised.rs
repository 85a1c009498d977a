//! Strings of serialised PHP.

/// How far back a length is looked for.
const NEAR: usize = 96;

/// Returns whether a length in `text` counts what follows.
pub(super) fn counts(text: &[u8]) -> bool {
    let text = &text[text.len().saturating_sub(NEAR)..];
    (0..text.len()).any(|at| {
        let word = at > 0 && text[at - 1].is_ascii_alphanumeric();
        let Some(rest) = text[at..].strip_prefix(b"s:").filter(|_| !word) else {
            return false;
        };
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let length = str::from_utf8(&rest[..digits]).expect("digits");
        let Some(rest) = rest[digits..].strip_prefix(b":") else {
            return false;
        };
        let quotes = ["\\\\\\\"", "\\\"", "\"", "&quot;", "&#34;"];
        quotes.iter().any(|quote| {
            let Some(content) = rest.strip_prefix(quote.as_bytes()) else {
                return false;
            };
            let closing = format!("{quote};");
            let is_closed = content
                .windows(closing.len())
                .any(|window| window == closing.as_bytes());
            match length.parse::<usize>() {
                Ok(length) if digits <= 9 && *quote == "\"" => content.len() < length,
                Ok(_) => digits <= 9 && !is_closed,
                Err(_) => false,
            }
        })
    })
}
