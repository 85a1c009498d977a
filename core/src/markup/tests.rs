//! The tokenizer against lol_html's, and its fast path against itself.

use std::cell::RefCell;

use lol_html::html_content::TextType;
use lol_html::{HtmlRewriter, Settings, doc_text};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::search::Landmark;
use super::{BodyStart, Initials, Prologue, Search, State, Step, Tokens};

/// No foreign content, nor others that take knowledge of trees. Nor `=>`, where lol_html goes its
/// own way.
#[rustfmt::skip]
const FRAGMENTS: [&str; 52] = [
    "@", "@", "@", "@", "@", "@", "<script>", "<script>", "</script>", "<SCRIPT ", "</Script ",
    "<script/>", "<!--", "-->", "--!>", "<!", "<?", "</", "<", ">", "-", "!", "/", "'", "\"", "=x",
    " ", "\n", "a", "<p title='", "<p title=\"", "<b class=x", "</p>", "<title>", "</title>",
    "<textarea>", "</textarea\t", "<style>", "</style>", "<noscript>", "</noscript>", "<xmp>",
    "</xmp>", "<!doctype x", "<em>", "</em>", "<EM", "<iframe>", "<IFRAME ",
    "<noembed>", "</noframes>", "<longer-than-any-name-that-matters ",
];

/// The place of an `@`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Data,
    Text,
    Script,
    Plaintext,
    /// A tag, a comment or a doctype.
    Elsewhere,
}

fn told(page: &str) -> Vec<Place> {
    let mut tokens = Tokens::default();
    let mut places = Vec::new();
    for byte in page.bytes() {
        let state = tokens.step(byte);
        if byte == b'@' {
            places.push(match state {
                State::Data => Place::Data,
                State::Text(_) if **tokens.element() == *b"script" => Place::Script,
                State::Text(_) => Place::Text,
                State::Plaintext => Place::Plaintext,
                _ => Place::Elsewhere,
            });
        }
    }
    places
}

fn parsed(page: &str) -> Vec<Place> {
    // So that text can be told from text.
    let mut number = 0_u32..;
    let numbered: String = page
        .split_inclusive('@')
        .map(|part| part.replace('@', &format!("@{};", number.next().unwrap_or(0))))
        .collect();
    let places = RefCell::new(vec![Place::Elsewhere; page.matches('@').count()]);
    let text = RefCell::new(String::new());
    let handler = doc_text!(|chunk| {
        let mut text = text.borrow_mut();
        text.push_str(chunk.as_str());
        if chunk.last_in_text_node() {
            let place = match chunk.text_type() {
                TextType::Data => Place::Data,
                TextType::ScriptData => Place::Script,
                TextType::PlainText => Place::Plaintext,
                _ => Place::Text,
            };
            for marked in text.split('@').skip(1) {
                let number = marked
                    .split(';')
                    .next()
                    .and_then(|number| number.parse().ok());
                let number: usize = number.expect("a number");
                places.borrow_mut()[number] = place;
            }
            text.clear();
        }
        Ok(())
    });
    let settings = Settings::new()
        .append_document_content_handler(handler)
        .with_strict(false);
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    rewriter.write(numbered.as_bytes()).expect("no limit");
    rewriter.end().expect("no limit");
    places.into_inner()
}

/// Returns the states after each byte.
fn steps(page: &str) -> Vec<State> {
    let mut tokens = Tokens::default();
    page.bytes().map(|byte| tokens.step(byte)).collect()
}

/// Returns the step for each byte up to the place, and then whether the document may end.
fn searched<P: Landmark + Default>(page: &str, chunk: usize) -> (Vec<Step>, bool) {
    let mut search = Search::<P>::default();
    let mut steps = Vec::new();
    for mut rest in page.as_bytes().chunks(chunk) {
        while !rest.is_empty() {
            let (read, step) = search.next(rest);
            steps.extend(vec![step; read]);
            if matches!(step, Step::Written | Step::Implied) {
                return (steps, false);
            }
            rest = &rest[read..];
        }
    }
    (steps, search.may_end())
}

static EM: Initials = Initials::of(&[b"em"]);

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn tags_comments_and_texts_are_those_of_a_parser(
        fragments in vec(select(&FRAGMENTS[..]), 0..30), plaintext in any::<bool>(),
    ) {
        let mut page = fragments.concat();
        if plaintext {
            page += "<plaintext>@</plaintext>@";
        }
        prop_assert_eq!(told(&page), parsed(&page), "{}", page);
    }

    #[test]
    fn what_is_skipped_changes_no_state(
        fragments in vec(select(&FRAGMENTS[..]), 0..30), chunk in 1..40_usize,
    ) {
        let page = fragments.concat();
        let expected = steps(&page);
        let mut tokens = Tokens::default();
        let mut read = 0;
        for mut rest in page.as_bytes().chunks(chunk) {
            while let [byte, behind @ ..] = rest {
                let skipped = match tokens.state() {
                    State::Data => {
                        Tokens::skip_data(rest, &EM, |name| name != b"em")
                    }
                    _ => tokens.skip(rest),
                };
                if skipped > 0 {
                    prop_assert_eq!(tokens.state(), expected[read + skipped - 1], "{}", page);
                    rest = &rest[skipped..];
                    read += skipped;
                } else {
                    prop_assert_eq!(tokens.step(*byte), expected[read], "{}", page);
                    rest = behind;
                    read += 1;
                }
            }
        }
    }

    #[test]
    fn no_cut_moves_a_head_or_a_body(
        fragments in vec(select(&FRAGMENTS[..]), 0..30), chunk in 2..40_usize,
        head in select(vec!["", "\u{FEFF}", "<head>", "<!doctype html><meta>", "<template>"]),
    ) {
        let page = head.to_owned() + &fragments.concat();
        let head = searched::<Prologue>(&page, 1);
        prop_assert_eq!(searched::<Prologue>(&page, chunk), head, "{}", page);
        let body = searched::<BodyStart>(&page, 1);
        prop_assert_eq!(searched::<BodyStart>(&page, chunk), body, "{}", page);
    }
}

#[test]
fn a_longer_name_than_any_that_matters_is_none_of_those() {
    let mut tokens = Tokens::default();
    for byte in *b"<PlaintextPlaintext" {
        tokens.step(byte);
    }
    assert_eq!(**tokens.name(), *b"plaintextpl");
    assert_eq!(tokens.step(b'>'), State::Data);
}
