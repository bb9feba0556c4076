//! `promptune man`: the pages for `man`, for those who package the program.

use std::path::{Path, PathBuf};

use clap::CommandFactory as _;
use clap_mangen::Man as Page;

use super::exit::Exit;
use super::{Cli, Run, output};

/// Writes the pages for `man` into a folder: promptune.1, and one for each command
#[derive(clap::Args)]
#[command(hide = true)]
pub(super) struct Man {
    /// The folder, which is there
    folder: PathBuf,
}

impl Run for Man {
    fn run(self) -> Result<Exit, String> {
        let mut cli = Cli::command().disable_help_subcommand(true);
        cli.build();
        let mut count = 1;
        write(&self.folder, &cli)?;
        for command in cli.get_subcommands().filter(|it| !it.is_hide_set()) {
            write(&self.folder, command)?;
            count += 1;
        }
        output::print(&format!("{count} pages in {}\n", self.folder.display()))?;
        Ok(Exit::Fine)
    }
}

fn write(folder: &Path, command: &clap::Command) -> Result<(), String> {
    let page = Page::new(command.clone());
    let path = folder.join(page.get_filename());
    let mut text = Vec::new();
    page.render(&mut text)
        .and_then(|()| std::fs::write(&path, text))
        .map_err(|error| {
            format!(
                "{}: {error}\n  mend: name a folder that is there and can be written",
                path.display()
            )
        })
}
