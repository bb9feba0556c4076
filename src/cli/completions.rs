//! `promptune completions`: what a shell needs to complete the commands.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::exit::Exit;
use super::{Cli, Run, output};

/// Prints completions for a shell
///
/// bash: promptune completions bash > ~/.local/share/bash-completion/completions/promptune
/// zsh: promptune completions zsh > a folder in $fpath/_promptune
/// fish: promptune completions fish > ~/.config/fish/completions/promptune.fish
#[derive(clap::Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Completions {
    /// Which shell
    #[arg(value_enum)]
    shell: Shell,
}

impl Run for Completions {
    fn run(self) -> Result<Exit, String> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "promptune", &mut text);
        output::print(&String::from_utf8_lossy(&text))?;
        Ok(Exit::Fine)
    }
}
