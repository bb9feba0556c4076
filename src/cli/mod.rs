//! The commands people type, one file each.

mod breakeven;
mod catalog;
mod client;
mod completions;
mod cost;
mod dashboard;
mod doctor;
mod estimate;
mod eval;
mod exit;
mod found;
mod hook;
mod index;
mod install;
mod kept;
mod lint;
mod man;
mod model;
mod new;
mod output;
mod patterns;
mod project;
mod replay;
mod route;
mod standing;
mod stats;
mod statusline;
mod uninstall;
mod wanted;
mod zone;

use clap::{Parser, Subcommand};

use exit::Exit;

/// Names the skill or cheap agent that fits a prompt typed into Claude Code, and stays silent otherwise.
#[derive(Parser)]
#[command(name = "promptune", version, about, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Install(install::Install),
    Uninstall(uninstall::Uninstall),
    Doctor(doctor::Doctor),
    Hook(hook::Hook),
    Route(route::Route),
    Eval(eval::Eval),
    Replay(replay::Replay),
    Lint(lint::Lint),
    Cost(cost::Cost),
    Estimate(estimate::Estimate),
    Stats(stats::Stats),
    Statusline(statusline::Statusline),
    Dashboard(dashboard::Dashboard),
    Catalog(catalog::Catalog),
    Index(index::Index),
    New(new::New),
    Completions(completions::Completions),
    Man(man::Man),
    Model(model::Model),
}

/// One command.
trait Run {
    /// Does it. An error is bad input: its text names the place and the mend.
    fn run(self) -> Result<Exit, String>;
}

/// Parses the process's arguments and runs the command they name. Returns the exit code.
#[must_use]
pub fn main() -> u8 {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // `--help` and `--version` are "errors" to clap that print to stdout.
            let _ = error.print();
            return if error.use_stderr() {
                Exit::Usage
            } else {
                Exit::Fine
            } as u8;
        }
    };
    let done = match cli.command {
        Command::Install(command) => command.run(),
        Command::Uninstall(command) => command.run(),
        Command::Doctor(command) => command.run(),
        Command::Hook(command) => command.run(),
        Command::Route(command) => command.run(),
        Command::Eval(command) => command.run(),
        Command::Replay(command) => command.run(),
        Command::Lint(command) => command.run(),
        Command::Cost(command) => command.run(),
        Command::Estimate(command) => command.run(),
        Command::Stats(command) => command.run(),
        Command::Statusline(command) => command.run(),
        Command::Dashboard(command) => command.run(),
        Command::Catalog(command) => command.run(),
        Command::Index(command) => command.run(),
        Command::New(command) => command.run(),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(),
        Command::Model(command) => command.run(),
    };
    match done {
        Ok(exit) => exit as u8,
        Err(problem) => {
            output::error(&problem);
            Exit::Failed as u8
        }
    }
}
