//! The commands that the pages tell people to type.

use crate::{Block, pages, shell};

/// A command in a block of a shell.
pub struct Typed {
    /// The place of its block, as `docs/native.md:12`.
    pub place: String,
    /// The words, the name of the program first.
    pub words: Vec<String>,
}

/// Returns all commands that start with the words in `program`: those in blocks marked `sh` and, in
/// blocks without a mark or marked `console`, those behind `$ `. What the root's `cargo run` runs
/// counts as `streamgate`.
#[must_use]
pub fn commands(program: &[&str]) -> Vec<Typed> {
    let blocks = pages().into_iter().flat_map(|page| page.blocks());
    let typed = blocks.flat_map(|block| {
        let commands = shell::commands(&text(&block));
        commands.into_iter().map(move |words| Typed {
            place: block.place.clone(),
            words: as_streamgate(words),
        })
    });
    let typed = typed.filter(|typed| {
        typed
            .words
            .iter()
            .zip(program)
            .filter(|(a, b)| a == b)
            .count()
            == program.len()
    });
    typed.collect()
}

/// Returns what of a block is typed.
fn text(block: &Block) -> String {
    match block.info.first().map(String::as_str) {
        Some("sh") => block.text.clone(),
        None | Some("console") => {
            let typed = block
                .text
                .lines()
                .filter_map(|line| line.strip_prefix("$ "));
            typed.map(|line| format!("{line}\n")).collect()
        }
        Some(_) => String::new(),
    }
}

/// Puts `streamgate` in the place of a `cargo run` that runs it.
pub(crate) fn as_streamgate(words: Vec<String>) -> Vec<String> {
    let is_run = words.first().is_some_and(|word| word == "cargo")
        && words.get(1).is_some_and(|word| word == "run");
    let mut options = words.iter().take_while(|word| *word != "--");
    let is_other =
        options.any(|word| matches!(word.as_str(), "-p" | "--package" | "--manifest-path"));
    if !is_run || is_other {
        return words;
    }
    let arguments = words.into_iter().skip_while(|word| word != "--").skip(1);
    std::iter::once("streamgate".to_owned())
        .chain(arguments)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::as_streamgate;

    #[test]
    fn what_the_roots_cargo_run_runs_is_streamgate() {
        for (text, expected) in [
            (
                "cargo run --release -- serve --origin x",
                "streamgate serve --origin x",
            ),
            ("cargo run", "streamgate"),
            (
                "cargo run -p streamgate --example edge",
                "cargo run -p streamgate --example edge",
            ),
            ("cargo test", "cargo test"),
        ] {
            let words = text.split(' ').map(str::to_owned).collect();
            assert_eq!(as_streamgate(words).join(" "), expected);
        }
    }
}
