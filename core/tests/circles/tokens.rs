//! Splits Rust source into the few kinds of tokens that show which names the source uses. Comments,
//! literals and lifetimes are dropped.

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Token {
    /// An identifier or a keyword.
    Word(String),
    /// `::`.
    PathSeparator,
    /// Any other mark.
    Mark(char),
}

impl Token {
    /// Returns whether the token is this word.
    pub(crate) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(found) if found == word)
    }
}

/// Returns the tokens of a source file.
pub(crate) fn tokens(source: &str) -> Vec<Token> {
    let mut rest = source;
    let mut tokens = Vec::new();
    while let Some(first) = rest.chars().next() {
        if let Some(comment) = rest.strip_prefix("//") {
            rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
        } else if rest.starts_with("/*") {
            rest = after_block_comment(rest);
        } else if let Some(literal) = raw_string(rest) {
            rest = literal;
        } else if let Some(string) = strip_any(rest, &["\"", "b\"", "c\""]) {
            rest = after_quote(string, '"');
        } else if let Some(byte) = rest.strip_prefix("b'") {
            rest = after_quote(byte, '\'');
        } else if first == '\'' {
            rest = after_character_or_lifetime(rest);
        } else if is_word(first) {
            let end = rest.find(|found| !is_word(found)).unwrap_or(rest.len());
            let (word, behind) = rest.split_at(end);
            if !first.is_ascii_digit() {
                tokens.push(Token::Word(word.to_owned()));
            }
            rest = behind;
        } else if let Some(behind) = rest.strip_prefix("::") {
            tokens.push(Token::PathSeparator);
            rest = behind;
        } else {
            if !first.is_whitespace() {
                tokens.push(Token::Mark(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    tokens
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

fn strip_any<'a>(text: &'a str, prefixes: &[&str]) -> Option<&'a str> {
    prefixes.iter().find_map(|prefix| text.strip_prefix(prefix))
}

/// Returns the text behind a block comment, which may contain nested ones.
fn after_block_comment(text: &str) -> &str {
    let mut depth = 0;
    let mut rest = text;
    loop {
        if let Some(behind) = rest.strip_prefix("/*") {
            (depth, rest) = (depth + 1, behind);
        } else if let Some(behind) = rest.strip_prefix("*/") {
            (depth, rest) = (depth - 1, behind);
        } else {
            let mut characters = rest.chars();
            characters.next();
            rest = characters.as_str();
        }
        if depth == 0 || rest.is_empty() {
            return rest;
        }
    }
}

/// Returns the text behind the raw string at the start of `text`, or `None` if no raw string starts
/// there.
fn raw_string(text: &str) -> Option<&str> {
    let text = strip_any(text, &["r", "br", "cr"])?;
    let hashes = text.len() - text.trim_start_matches('#').len();
    let string = text[hashes..].strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(hashes));
    Some(string.split_once(&end).map_or("", |(_, rest)| rest))
}

/// Returns the text behind the closing quote of a literal.
fn after_quote(text: &str, quote: char) -> &str {
    let mut characters = text.chars();
    while let Some(found) = characters.next() {
        if found == '\\' {
            characters.next();
        } else if found == quote {
            break;
        }
    }
    characters.as_str()
}

fn after_character_or_lifetime(text: &str) -> &str {
    let mut characters = text.chars();
    characters.next();
    let inner = characters.as_str();
    let first = characters.next();
    if first == Some('\\') || characters.next() == Some('\'') {
        after_quote(inner, '\'')
    } else {
        inner.trim_start_matches(is_word)
    }
}

#[test]
fn literals_comments_and_lifetimes_are_no_tokens() {
    let source = r##"
        /* a /* b */ c */ d::<'e>('f', '\'', b'g', "h\"", r#"i"j"#, 0x2f) // k
    "##;
    let words: Vec<_> = tokens(source)
        .into_iter()
        .filter_map(|token| match token {
            Token::Word(word) => Some(word),
            _ => None,
        })
        .collect();
    assert_eq!(words, ["d"]);
}
