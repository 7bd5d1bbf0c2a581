//! Completions for shells, and the page for `man`: made from the command line itself.

use std::io::{self, Write};

use clap::{Args, Command};
use clap_mangen::Man;

/// For whoever installs the program.
#[derive(Debug, Args)]
pub(crate) struct Printed {
    /// Print the completions for a shell, and do nothing else
    #[arg(long, value_name = "SHELL", exclusive = true, hide_short_help = true)]
    completions: Option<clap_complete::Shell>,
    /// Print the page for man(1), and do nothing else
    #[arg(long, exclusive = true, hide_short_help = true)]
    man: bool,
}

impl Printed {
    /// What is to be printed of this program's command line, if anything.
    pub(crate) fn text(&self, mut command: Command) -> Option<String> {
        let mut text = Vec::new();
        if let Some(shell) = self.completions {
            let name = command.get_name().to_owned();
            clap_complete::generate(shell, &mut command, name, &mut text);
        } else if self.man {
            page(command, &mut text).expect("a buffer takes everything");
        } else {
            return None;
        }
        Some(String::from_utf8_lossy(&text).into_owned())
    }
}

/// One page for the program and all its commands.
fn page(mut command: Command, out: &mut Vec<u8>) -> io::Result<()> {
    // Gives each command its whole name.
    command.build();
    Man::new(command.clone()).render(out)?;
    for command in command.get_subcommands() {
        of_command(command, out)?;
    }
    Ok(())
}

fn of_command(command: &Command, out: &mut Vec<u8>) -> io::Result<()> {
    if command.get_name() == "help" {
        return Ok(());
    }
    let man = Man::new(command.clone());
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    let mut sections = Vec::new();
    man.render_description_section(&mut sections)?;
    man.render_synopsis_section(&mut sections)?;
    man.render_options_section(&mut sections)?;
    // The service's own are in the page already.
    if command.get_name() != "serve" {
        man.render_extra_section(&mut sections)?;
    }
    let sections = String::from_utf8_lossy(&sections).replace("\n.SH ", "\n.SS ");
    writeln!(out, ".SH \"{}\"", name.to_uppercase())?;
    out.write_all(sections.as_bytes())?;
    for command in command.get_subcommands() {
        of_command(command, out)?;
    }
    Ok(())
}
