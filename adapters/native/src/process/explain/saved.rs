//! Heads of responses from files, as curl writes them.

use std::io::{self, Read};
use std::path::Path;

use bytes::Bytes;
use http::header::CONTENT_LENGTH;
use http::{HeaderName, HeaderValue, Response, StatusCode};

/// A saved response.
pub(super) struct Saved {
    pub(super) head: Response<()>,
    /// What stands behind the head. `None` for nothing, though the body need not be empty.
    pub(super) body: Option<Bytes>,
}

/// Reads a file, or standard input if the file is `-`.
///
/// # Errors
/// Returns a sentence that names the file and the line if it cannot be read or is no head.
pub(super) fn read(file: &Path) -> Result<Saved, String> {
    let name = file.display();
    let bytes = match file.as_os_str() == "-" {
        true => {
            let mut bytes = Vec::new();
            io::stdin().read_to_end(&mut bytes).map(|_| bytes)
        }
        false => std::fs::read(file),
    };
    let bytes = bytes.map_err(|error| format!("{name}: {error}"))?;
    parse(&bytes).map_err(|(line, why)| format!("{name}:{line}: {why}"))
}

/// Reads the last of the heads at the start of a text: curl writes those of redirects, of proxies
/// and of interim responses before it.
///
/// # Errors
/// Returns a line and what is wrong with it.
fn parse(bytes: &[u8]) -> Result<Saved, (usize, String)> {
    let mut rest = bytes;
    let mut number = 0;
    loop {
        let mut head = Response::new(());
        *head.status_mut() = status(line(&mut rest, &mut number)).map_err(|why| (number, why))?;
        loop {
            match line(&mut rest, &mut number) {
                b"" => break,
                field => {
                    let (name, value) = split(field).map_err(|why| (number, why))?;
                    head.headers_mut().append(name, value);
                }
            }
        }
        if !rest.starts_with(b"HTTP/") {
            let length = head.headers().get(CONTENT_LENGTH);
            let is_empty = length.is_some_and(|length| length == "0");
            let body = Some(rest).filter(|rest| !rest.is_empty() || is_empty);
            return Ok(Saved {
                head,
                body: body.map(Bytes::copy_from_slice),
            });
        }
    }
}

/// Takes the next line, without its end.
fn line<'a>(rest: &mut &'a [u8], number: &mut usize) -> &'a [u8] {
    *number += 1;
    let end = rest.iter().position(|&byte| byte == b'\n');
    let (line, behind) = match end {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (*rest, &[][..]),
    };
    *rest = behind;
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Reads a status line (RFC 9112 §4), with or without a reason.
fn status(line: &[u8]) -> Result<StatusCode, String> {
    let mut words = line.split(|&byte| byte == b' ');
    let is_http = words.next().is_some_and(|word| word.starts_with(b"HTTP/"));
    let code = words.next().filter(|_| is_http);
    code.and_then(|code| StatusCode::from_bytes(code).ok())
        .ok_or_else(|| "this is no status line, such as \"HTTP/1.1 200 OK\"".to_owned())
}

fn split(line: &[u8]) -> Result<(HeaderName, HeaderValue), String> {
    let fault = || "this is no field, such as \"Content-Type: text/html\"".to_owned();
    let colon = line.iter().position(|&byte| byte == b':');
    let colon = colon.ok_or_else(fault)?;
    let name = HeaderName::from_bytes(&line[..colon]).map_err(|_| fault())?;
    let value = HeaderValue::from_bytes(line[colon + 1..].trim_ascii()).map_err(|_| fault())?;
    Ok((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_head_counts_and_what_stands_behind_it_is_the_body() {
        let saved = |text: &str| {
            let saved = parse(text.as_bytes()).map_err(|(line, _)| line)?;
            let fields = saved.head.headers().len();
            Ok((saved.head.status().as_u16(), fields, saved.body))
        };
        let body = |text: &'static str| Some(Bytes::from(text));
        for (text, expected) in [
            ("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", Ok((200, 1, None))),
            ("HTTP/2 204 \r\n\r\n", Ok((204, 0, None))),
            (
                "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
                Ok((200, 1, body(""))),
            ),
            ("HTTP/1.1 200\na: b\na: c", Ok((200, 2, None))),
            ("HTTP/1.1 200 OK\n\n<p>\n", Ok((200, 0, body("<p>\n")))),
            (
                "HTTP/1.1 301 M\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx",
                Ok((200, 0, body("x"))),
            ),
            ("", Err(1)),
            ("<p>", Err(1)),
            ("HTTP/1.1 OK", Err(1)),
            ("HTTP/1.1 200 OK\r\nA: b\r\nno field\r\n", Err(3)),
        ] {
            assert_eq!(saved(text), expected, "{text:?}");
        }
    }
}
