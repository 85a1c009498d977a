//! The commands of the book are those that there are.

use clap::{CommandFactory, Parser};
use streamgate_book::{commands, mentions};

use super::Arguments;

#[test]
fn every_command_of_the_book_is_understood() {
    for (command, words) in [("conformance", 3), ("soak", 2)] {
        let program = ["cargo", "xtask", command];
        for command in commands(&program) {
            let words = command.words.iter().skip(words - 1);
            if let Err(error) = Arguments::try_parse_from(words) {
                panic!("{}: {error}", command.place);
            }
        }
        let mentions = mentions(&program);
        assert!(mentions.len() >= 3, "{command}");
        for mention in mentions {
            mention.check(&Arguments::command(), words).unwrap();
        }
    }
}
