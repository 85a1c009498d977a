//! `streamgate man`: the manual pages of the program and of its commands.

use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, Command};
use clap_mangen::Man;
use roff::{Roff, roman};

use super::terminal;

/// How `--help` ends.
const HELP: &str = "\
Examples:
  streamgate man | man -l -                        the page of the program
  streamgate man explain | man -l -                the page of a command
  streamgate man --dir ~/.local/share/man/man1     all pages, for a package

Exit status:
  0  the pages are printed or written
  1  they cannot be, or there is no such command
  2  the command line is not valid";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Manual {
    /// The command whose page is printed. Left out: that of the program
    #[arg(conflicts_with = "dir")]
    command: Option<String>,
    /// Write all pages as files into this folder, which is made if there is none
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
}

impl Manual {
    /// Prints a page of a program on standard output, or writes all of them.
    ///
    /// # Errors
    /// Returns a sentence for the terminal if there is no such command, or something cannot be
    /// written.
    pub(crate) fn run(self, mut program: Command) -> Result<(), String> {
        program = program.disable_help_subcommand(true);
        program.build(); // So that commands know their whole names.
        if let Some(dir) = self.dir {
            return write_all(program, &dir).map_err(|e| format!("{}: {e}", dir.display()));
        }
        let meant = match self.command {
            None => program,
            Some(name) => {
                let found = program.find_subcommand(&name).cloned();
                found.ok_or_else(|| format!("there is no command {name}"))?
            }
        };
        let page = page(meant).map_err(|e| e.to_string())?;
        terminal::print(&page)
    }
}

fn write_all(program: Command, dir: &Path) -> io::Result<()> {
    std::fs::create_dir_all(dir)?;
    let commands: Vec<_> = program.get_subcommands().cloned().collect();
    for command in std::iter::once(program).chain(commands) {
        let name = Man::new(command.clone()).get_filename();
        std::fs::write(dir.join(name), page(command)?)?;
    }
    Ok(())
}

fn page(command: Command) -> io::Result<Vec<u8>> {
    let help = command.get_after_help().map(ToString::to_string);
    let has_commands = command.has_subcommands();
    let man = Man::new(command).manual("streamgate");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    if has_commands {
        man.render_subcommands_section(&mut page)?;
    }
    sections(&help.unwrap_or_default()).to_writer(&mut page)?;
    Ok(page)
}

/// Makes sections of how a help ends, of which each paragraph has its title in its first line.
/// Lines stay as they are, which `Man` would fill.
fn sections(help: &str) -> Roff {
    let mut sections = Roff::new();
    for paragraph in help.split("\n\n") {
        let titled = paragraph.split_once('\n');
        let titled = titled.and_then(|(title, lines)| Some((title.strip_suffix(':')?, lines)));
        let Some((title, lines)) = titled else {
            sections.control("PP", []).text([roman(paragraph)]);
            continue;
        };
        sections.control("SH", [title.to_uppercase().as_str()]);
        sections.control("nf", []);
        for line in lines.lines() {
            sections.text([roman(line.trim_start())]);
        }
        sections.control("fi", []);
    }
    sections
}
