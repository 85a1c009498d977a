//! Reads streams and pages whole, as simply as can be.

/// A row: what is before its content, without a length, and its content.
pub(super) type Row = (String, Vec<u8>);

/// Returns the rows of a stream.
pub(super) fn rows(stream: &[u8]) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut rest = stream;
    while !rest.is_empty() {
        let colon = rest.iter().position(|&byte| byte == b':').expect("a colon");
        let id = std::str::from_utf8(&rest[..colon]).expect("an id");
        assert!(id.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        rest = &rest[colon + 1..];
        let comma = rest.iter().position(|&byte| byte == b',');
        let length = comma
            .filter(|_| b"TAOoUSsLlGgMmVb".contains(&rest[0]))
            .and_then(|comma| {
                usize::from_str_radix(std::str::from_utf8(&rest[1..comma]).ok()?, 16).ok()
            });
        if let (Some(length), Some(comma)) = (length, comma) {
            rows.push((
                format!("{id}:{}", char::from(rest[0])),
                rest[comma + 1..][..length].to_vec(),
            ));
            rest = &rest[comma + 1 + length..];
        } else {
            let end = rest.iter().position(|&byte| byte == b'\n').expect("a line");
            rows.push((format!("{id}:"), rest[..end].to_vec()));
            rest = &rest[end + 1..];
        }
    }
    rows
}

/// Returns the stream in a page, and the page without it.
pub(super) fn page(page: &str) -> (Vec<u8>, String) {
    let (mut stream, mut html) = (Vec::new(), String::new());
    // A call in the argument of one with base64 comes before that.
    let page = page.replace("]),3),\"", "])__next_f.push([3,\"");
    let mut rest = page.as_str();
    while let Some((before, call)) = rest.split_once("__next_f.push([") {
        html += before;
        let mut values = serde_json::Deserializer::from_str(call.get(2..).unwrap_or_default())
            .into_iter::<String>();
        rest = call;
        if let (Some(Ok(text)), true) = (values.next(), call.starts_with(['1', '3'])) {
            if call.starts_with('1') {
                stream.extend(text.bytes());
            } else {
                stream.extend(base64(&text));
            }
            html += "CALL";
            rest = &call[2 + values.byte_offset()..];
        }
    }
    (stream, html + rest)
}

/// Returns the bytes that base64 stands for.
fn base64(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits = text.trim_end_matches('=').bytes();
    let bits: String = digits
        .map(|digit| DIGITS.iter().position(|&known| known == digit))
        .map(|value| format!("{:06b}", value.expect("a digit")))
        .collect();
    bits.as_bytes()
        .chunks_exact(8)
        .map(|byte| u8::from_str_radix(std::str::from_utf8(byte).expect("bits"), 2).expect("bits"))
        .collect()
}

/// Returns a JSON string's inside as Next.js writes it (`htmlEscapeJsonString`).
pub(super) fn json(text: &str) -> String {
    let json = serde_json::to_string(text).expect("a string");
    let escaped = ['&', '<', '>', '\u{2028}', '\u{2029}']
        .iter()
        .fold(json, |json, character| {
            json.replace(*character, &format!("\\u{:04x}", u32::from(*character)))
        });
    escaped[1..escaped.len() - 1].to_owned()
}
