//! `streamgate completions`: the script by which a shell completes the command.

use clap::{Args, Command};
use clap_complete::Shell;

use super::terminal;

/// How `--help` ends.
const HELP: &str = "\
Examples:
  streamgate completions bash > ~/.local/share/bash-completion/completions/streamgate
  streamgate completions zsh > ~/.zfunc/_streamgate    with ~/.zfunc in fpath
  streamgate completions fish > ~/.config/fish/completions/streamgate.fish

Exit status:
  0  the script is printed
  1  it cannot be written
  2  the command line is not valid";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Completions {
    /// The shell that is to complete
    shell: Shell,
}

impl Completions {
    /// Prints the script for a program, on standard output.
    ///
    /// # Errors
    /// Returns a sentence for the terminal if it cannot be written.
    pub(crate) fn run(self, mut program: Command) -> Result<(), String> {
        let name = program.get_name().to_owned();
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut program, name, &mut script);
        terminal::print(&script)
    }
}
