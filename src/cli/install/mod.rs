//! `promptune install`: the plugin with this program in it, in the client.

mod before;
mod carried;
mod form;
mod layout;

use std::env;
use std::fmt;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use super::client::{Client, shell, shown};
use super::exit::Exit;
use super::output::{self, FAINT, GOOD, NAME, styled};
use super::{Run, standing};
use crate::data;

pub(super) use before::Before;
pub(super) use carried::{BINARY, MARKETPLACE as LISTING};
pub(super) use layout::{PLUGIN, unwritable};

/// The marketplace's name, and the plugin's in it.
pub(super) const MARKETPLACE: &str = "promptune";
/// The plugin, as the client calls it.
pub(super) const ID: &str = "promptune@promptune";

/// Installs promptune into Claude Code, or upgrades what is there
///
/// Lays the plugin out with this program in the data folder and registers it with the client's own commands.
/// Conversations that are open go on with what they began with.
#[derive(clap::Args)]
pub(super) struct Install {
    /// For all your projects, for everyone in this project, or for you in this project
    #[arg(long, value_enum, default_value_t = Scope::User)]
    scope: Scope,
    /// Say every step, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Add a sentence to your CLAUDE.md: what promptune names an agent for shall be delegated
    #[arg(long, conflicts_with = "no_standing_request")]
    standing_request: bool,
    /// Add no such sentence, and remove it where it is
    #[arg(long)]
    no_standing_request: bool,
    /// Claude Code's program, where it is not `claude` on PATH
    #[arg(long, value_name = "PATH")]
    client: Option<PathBuf>,
}

/// Whom the plugin is enabled for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Scope {
    /// All your projects
    User,
    /// Everyone who works in this project
    Project,
    /// You, in this project
    Local,
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::User => "user",
            Self::Project => "project",
            Self::Local => "local",
        })
    }
}

impl Run for Install {
    fn run(self) -> Result<Exit, String> {
        let data = data_folder()?;
        let client = Client::find(self.client.as_deref())?;
        client.new_enough()?;
        let marketplace = data.join(PLUGIN);
        let path = utf8(&marketplace)?;
        let scope = self.scope.to_string();
        let steps: [&[&str]; 2] = [
            &["plugin", "marketplace", "add", path],
            &["plugin", "install", ID, "--scope", &scope],
        ];
        let binary = layout::own_bytes()?;
        if self.dry_run {
            return self.tell(&data, &binary, &steps);
        }
        let first = !marketplace.exists();
        let there = self.is_there();
        let installed = self.install(&data, &binary, &client, &steps);
        let laid = match installed {
            Ok(laid) => laid,
            Err(problem) => {
                if first {
                    take_back(&data, &client);
                }
                return Err(problem);
            }
        };
        layout::prune(&data, &laid.folder);
        self.say(&data, &client, there, laid.changed)?;
        self.standing(first)?;
        Ok(Exit::Fine)
    }
}

/// The data folder.
pub(super) fn data_folder() -> Result<PathBuf, String> {
    let folder = data::folder()
        .ok_or("there is no data folder\n  mend: set HOME, CLAUDE_CONFIG_DIR or PROMPTUNE_DATA")?;
    // The client is told the path, and may be elsewhere when it reads it.
    std::path::absolute(&folder).map_err(|error| format!("{}: {error}", folder.display()))
}

fn utf8(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| {
        format!(
            "{}: the client cannot be told this path, as it is not UTF-8\n  mend: let PROMPTUNE_DATA name another folder",
            path.display()
        )
    })
}

/// What a first installation made before it failed.
fn take_back(data: &Path, client: &Client) {
    let before = Before::read(data);
    if data.join(PLUGIN).exists() {
        let _ = client.run(&["plugin", "marketplace", "remove", MARKETPLACE], None);
    }
    super::uninstall::remove_program(data);
    let _ = std::fs::remove_dir(data);
    let _ = before.restore();
}

impl Install {
    fn install(
        &self,
        data: &Path,
        binary: &[u8],
        client: &Client,
        steps: &[&[&str]],
    ) -> Result<layout::Laid, String> {
        let project = env::current_dir().map_err(|error| format!("this folder: {error}"))?;
        let mut before = Before::read(data);
        if let Some(folder) = data::client_folder() {
            before.look(&folder, self.scope, &project);
        }
        let laid = layout::lay_out(data, binary)?;
        before
            .write(data)
            .map_err(|error| unwritable(&data.join(PLUGIN), &error))?;
        for step in steps {
            client.run(step, None)?;
        }
        Ok(laid)
    }

    fn tell(&self, data: &Path, binary: &[u8], steps: &[&[&str]]) -> Result<Exit, String> {
        let folder = data.join(PLUGIN).join(carried::version(binary));
        let mut lines = vec![
            format!(
                "lay out the plugin's {} files and this program in {}",
                carried::FILES.len() - 1,
                folder.display()
            ),
            format!(
                "let {} name that folder, and {} be the program",
                data.join(PLUGIN).join(carried::MARKETPLACE).display(),
                data.join(BINARY).display()
            ),
        ];
        lines.extend(steps.iter().map(|step| format!("run {}", shown(step))));
        let memory = standing::memory_file()?;
        if self.standing_request {
            lines.push(format!(
                "add to {}: {}",
                memory.display(),
                standing::SENTENCE
            ));
        } else if self.no_standing_request {
            lines.push(format!(
                "remove the standing request from {}",
                memory.display()
            ));
        }
        output::plan(lines.iter().map(String::as_str))?;
        Ok(Exit::Fine)
    }

    /// Whether the client has the plugin for this scope.
    fn is_there(&self) -> bool {
        let scope = self.scope.to_string();
        let here = env::current_dir().ok();
        let entries = data::client_folder().map(|it| super::uninstall::installations(&it));
        entries
            .unwrap_or_default()
            .iter()
            .any(|it| it.scope == scope && (self.scope == Scope::User || it.project_path == here))
    }

    /// Three lines: what happened, how to try it, how to be rid of it.
    fn say(&self, data: &Path, client: &Client, there: bool, changed: bool) -> Result<(), String> {
        let happened = match (there, changed) {
            (false, _) => "is installed",
            (true, true) => "is installed in the place of another version",
            (true, false) => "was installed already",
        };
        let program = if super::client::on_path("promptune").is_some() {
            "promptune".to_owned()
        } else {
            shell(&data.join(BINARY))
        };
        output::print(&format!(
            "{} {happened} in Claude Code {} (scope: {}).\n{}: type \"run the tests\" in a new conversation. {}: {program} doctor\n{}\n",
            styled(GOOD, concat!("promptune ", env!("CARGO_PKG_VERSION"))),
            client.version,
            self.scope,
            styled(NAME, "Try it"),
            styled(NAME, "Check it"),
            styled(
                FAINT,
                &format!(
                    "Silence a conversation: \"promptune off\". Remove it: {program} uninstall"
                )
            ),
        ))
    }

    /// Adds or removes the standing request, or offers it once, where somebody is there to answer.
    fn standing(&self, first: bool) -> Result<(), String> {
        let file = standing::memory_file()?;
        let shown = shell(&file);
        if self.no_standing_request {
            if standing::remove(&file)? {
                output::print(&format!("The standing request is gone from {shown}.\n"))?;
            }
            return Ok(());
        }
        let there = standing::look(&file) != standing::Standing::Absent;
        let asked = self.standing_request || (first && !there && wants_it(&file)?);
        if asked && standing::add(&file)? {
            output::print(&format!(
                "The standing request is in {shown}; --no-standing-request takes it out again.\n"
            ))?;
        }
        Ok(())
    }
}

/// Explains the standing request and asks for it. Whoever says nothing has not asked.
fn wants_it(file: &Path) -> Result<bool, String> {
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Ok(false);
    }
    output::print(&format!(
        "\nThe model takes a hook's hint for less than your own word. One sentence in {} would say it in your name:\n\n  {}\n\nAdd it? [y/N] ",
        shell(file),
        standing::SENTENCE
    ))?;
    // The question's line has no end.
    io::stdout()
        .flush()
        .map_err(|error| format!("stdout: {error}"))?;
    let mut answer = String::new();
    io::stdin()
        .lock()
        .read_line(&mut answer)
        .map_err(|error| format!("stdin: {error}"))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
