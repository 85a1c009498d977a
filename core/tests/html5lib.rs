//! Runs the inputs of html5lib's tokenizer and tree-construction tests through stages that have
//! nothing to change in them: every byte comes out as it went in, however the input is cut. See
//! `data/html5lib/README.md`.
#![cfg(not(target_arch = "wasm32"))] // Like all tests that share `common`.
#![allow(clippy::unwrap_used)] // A test fails by panicking.

mod common;

use common::{rewriter, run};
use streamgate::Gate;

const TOKENIZER: &str = include_str!("data/html5lib/tokenizer.txt");
const TREE_CONSTRUCTION: &str = include_str!("data/html5lib/tree-construction.txt");

/// Returns the inputs in a file.
fn inputs(text: &str) -> Vec<Vec<u8>> {
    // Not `lines`, which would also remove a carriage return at the end of an input.
    text.trim_end_matches('\n')
        .split('\n')
        .map(unescaped)
        .collect()
}

fn unescaped(line: &str) -> Vec<u8> {
    let mut input = Vec::new();
    let mut bytes = line.bytes();
    while let Some(byte) = bytes.next() {
        input.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(b'\\') => b'\\',
                Some(b'x') => {
                    let digits = [bytes.next().unwrap(), bytes.next().unwrap()];
                    u8::from_str_radix(std::str::from_utf8(&digits).unwrap(), 16).unwrap()
                }
                other => panic!("no escape: {other:?} in {line}"),
            },
            byte => byte,
        });
    }
    input
}

/// Stages that find nothing in any of the inputs.
struct Idle(Gate);

impl Idle {
    fn new(rules: &str) -> Self {
        let text = format!("origin.url = 'https://absent.origin.test'\n{rules}");
        Self(Gate::from_toml(&text, "test").unwrap())
    }

    /// Runs each input through the stages: whole, cut in two at every position, and byte by byte.
    fn leaves(&self, inputs: &[Vec<u8>]) {
        assert!(inputs.len() > 1000);
        assert!(!rewriter(&self.0, "text/html").is_empty());
        for input in inputs {
            for at in 0..input.len() {
                let (start, end) = input.split_at(at);
                self.leaves_chunks(input, [start, end].into_iter().filter(|c| !c.is_empty()));
            }
            self.leaves_chunks(input, input.chunks(1));
        }
    }

    fn leaves_chunks<'a>(&self, input: &[u8], chunks: impl Iterator<Item = &'a [u8]>) {
        let chunks: Vec<_> = chunks.collect();
        let output = run(rewriter(&self.0, "text/html"), chunks.iter().copied()).unwrap();
        assert!(
            output == input,
            "{:?} came out as {:?}, from {:?}",
            String::from_utf8_lossy(input),
            String::from_utf8_lossy(&output),
            chunks
                .iter()
                .map(|chunk| String::from_utf8_lossy(chunk))
                .collect::<Vec<_>>()
        );
    }
}

/// Rules that select nothing, and attributes without any URL of the origin.
const RULES: &str = "
    [map]
    scope = 'attributes'

    [[html]]
    select = 'no-such-element'
    remove = true

    [[html]]
    select  = 'p[data-no-such-attribute] > a.no-such-class'
    prepend = '<b>never</b>'
    append  = '<b>never</b>'
    before  = '<b>never</b>'
    after   = '<b>never</b>'
    set     = { class = 'never' }
";

#[test]
fn rules_that_select_nothing_leave_the_tokenizers_inputs() {
    Idle::new(RULES).leaves(&inputs(TOKENIZER));
}

#[test]
fn rules_that_select_nothing_leave_the_tree_constructions_inputs() {
    Idle::new(RULES).leaves(&inputs(TREE_CONSTRUCTION));
}

#[test]
fn mapping_of_an_origin_that_is_not_there_leaves_all_inputs() {
    let mapping = Idle::new("");
    mapping.leaves(&inputs(TOKENIZER));
    mapping.leaves(&inputs(TREE_CONSTRUCTION));
}
