//! The commands of the book are those that there are.

use clap::{CommandFactory, Parser};
use streamgate_book::{commands, mentions};

use super::Arguments;

#[test]
fn every_command_of_the_book_is_understood() {
    const PROGRAM: [&str; 3] = ["cargo", "xtask", "leaks"];
    let typed = commands(&PROGRAM);
    assert!(typed.len() >= 2, "{}", typed.len());
    for command in typed {
        if let Err(error) = Arguments::try_parse_from(command.words.iter().skip(2)) {
            panic!("{}: {error}", command.place);
        }
    }
    for mention in mentions(&PROGRAM) {
        mention.check(&Arguments::command(), 3).unwrap();
    }
}
