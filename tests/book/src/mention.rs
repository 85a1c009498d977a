//! The commands that the pages name within their texts, often with a placeholder in them.

use clap::{Arg, Command};

use crate::commands::as_streamgate;
use crate::pages;

/// A command within a text, as `` `cargo xtask soak --minutes N` ``.
pub struct Mention {
    /// The place, as `docs/native.md:12`.
    pub place: String,
    /// The words, the name of the program first, without brackets around what can be left out.
    pub words: Vec<String>,
}

/// Returns all commands in texts that start with the words in `program`.
#[must_use]
pub fn mentions(program: &[&str]) -> Vec<Mention> {
    let spans = pages().into_iter().flat_map(|page| page.spans());
    let mentions = spans.map(|span| Mention {
        place: span.place,
        words: as_streamgate(span.text.split_whitespace().map(bare).collect()),
    });
    let starts = |mention: &Mention| {
        mention.words.len() >= program.len()
            && mention.words.iter().zip(program).all(|(a, b)| a == b)
    };
    mentions.filter(starts).collect()
}

fn bare(word: &str) -> String {
    word.trim_matches(['[', ']', '…']).to_owned()
}

impl Mention {
    /// Checks that all subcommands and options are those of a program. `words` is how many words
    /// its name has.
    ///
    /// # Errors
    /// Returns a sentence that names the place and the word that the program does not know.
    pub fn check(&self, program: &Command, words: usize) -> Result<(), String> {
        let mut command = program;
        let mut is_option_behind = false;
        for word in self
            .words
            .iter()
            .skip(words)
            .take_while(|word| *word != "<")
        {
            let place = &self.place;
            if let Some(option) = word.strip_prefix("--") {
                is_option_behind = true;
                let option = option.split('=').next().unwrap_or_default();
                if !has(command, option) {
                    return Err(format!("{place}: {} has no --{option}", command.get_name()));
                }
            } else if let Some(found) = command.find_subcommand(word) {
                command = found;
            } else if command.has_subcommands() && !is_option_behind {
                return Err(format!("{place}: {} has no {word}", command.get_name()));
            }
        }
        Ok(())
    }
}

/// Returns whether a command has an option of this name. One that hands its arguments on knows none
/// of their names, so that another test has to look at them.
fn has(command: &Command, option: &str) -> bool {
    let hands_on = command.get_arguments().any(Arg::is_trailing_var_arg_set);
    let mut own = command.get_arguments().filter_map(Arg::get_long);
    hands_on || ["", "help", "version"].contains(&option) || own.any(|name| name == option)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_that_the_program_does_not_know_is_found() {
        let serve = Command::new("serve").arg(Arg::new("o").long("origin"));
        let check = Command::new("check").arg(Arg::new("file"));
        let program = Command::new("gate").subcommands([serve, check]);
        for (text, expected) in [
            ("gate serve --origin URL", Ok(())),
            ("gate check FILE", Ok(())),
            (
                "gate serve --orgin URL",
                Err("a.md:1: serve has no --orgin"),
            ),
            ("gate server", Err("a.md:1: gate has no server")),
        ] {
            let mention = Mention {
                place: "a.md:1".to_owned(),
                words: text.split(' ').map(str::to_owned).collect(),
            };
            let expected = expected.map_err(str::to_owned);
            assert_eq!(mention.check(&program, 1), expected, "{text}");
        }
    }
}
