//! Hosts in sentences.

use super::Page;

const KEYWORDS: &str = "and await case default delete do elif else elsif extends if in instanceof \
    new not of or return throw typeof unless void yield";

fn is_keyword(word: &[u8]) -> bool {
    KEYWORDS
        .split_whitespace()
        .any(|keyword| keyword.as_bytes() == word)
}

impl Page<'_> {
    pub(super) fn is_in_sentence(&self, start: usize, end: usize) -> bool {
        let is_name =
            |byte: &u8| byte.is_ascii_alphanumeric() || b"_$".contains(byte) || *byte > 0x7f;
        let follows = self.text[..start].strip_suffix(b" ").is_some_and(|text| {
            let word = text
                .rsplit(|byte| !is_name(byte))
                .next()
                .unwrap_or_default();
            let before = &text[..text.len() - word.len()];
            let is_escape = before.ends_with(b"\\") && word.len() <= "u00e9instanceof".len();
            !word.is_empty() && !is_escape && !is_keyword(word)
        });
        let begins = self
            .before(start)
            .is_some_and(|(code, _)| b"\x81>\"'`".contains(&code));
        let Some((b' ', behind)) = self.character(end) else {
            return follows && self.ends_host(end);
        };
        match self.code(behind) {
            None => follows,
            Some(0x80) => follows || begins,
            Some(code) if code.is_ascii_alphanumeric() => {
                let rest = self.text[behind..].iter();
                let word: Vec<u8> = rest.copied().take_while(u8::is_ascii_alphabetic).collect();
                follows || begins && !is_keyword(&word)
            }
            Some(code) => follows && (code <= b' ' || b"(<-&|\"'".contains(&code)),
        }
    }
}
