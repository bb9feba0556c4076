//! `promptune catalog`: what is installed, what it costs, and what keeps it from being used.

mod audit;
mod listing;
mod shown;
mod suggest;
mod words;

use super::cost::Projects;
use super::exit::Exit;
use super::{Run, output, project};
use crate::catalog::{self, Catalogue, Entry};
use audit::Audit;

/// Looks through the skills, agents and commands that the client offers here
///
/// Names those that were never used, whose description the client has no room for or that do not say when they are
/// wanted, and pairs that say the same. Nothing is changed.
#[derive(clap::Args)]
pub(super) struct Catalog {
    /// List every entry, not only what is to be said about some
    #[arg(long, conflicts_with = "json")]
    all: bool,
    /// Print everything as JSON
    #[arg(long)]
    json: bool,
    /// Print a better description of one entry, made from its own text
    #[arg(long, value_name = "NAME", conflicts_with_all = ["all", "json"])]
    suggest: Option<String>,
    /// The model's context window, in tokens: the client's listing of skills gets a share of it
    #[arg(long, value_name = "TOKENS", default_value_t = 1_000_000)]
    window: u64,
    #[command(flatten)]
    projects: Projects,
}

impl Run for Catalog {
    fn run(self) -> Result<Exit, String> {
        let catalogue = catalog::installed(project::folder().as_deref());
        if let Some(name) = &self.suggest {
            let entry = named(&catalogue, name)?;
            output::print(&shown::suggestion(entry, &suggest::suggest(entry)?))?;
            return Ok(Exit::Fine);
        }
        let history = self.projects.history()?;
        let audit = Audit::new(&catalogue, &history, &catalog::used::skills(), self.window);
        let text = if self.json {
            shown::json(&audit)?
        } else {
            shown::text(&audit, self.all)
        };
        output::print(&text)?;
        Ok(Exit::Fine)
    }
}

/// The entry that `name` means: its ID, else its name.
fn named<'c>(catalogue: &'c Catalogue, name: &str) -> Result<&'c Entry, String> {
    let all = || {
        catalogue
            .entries
            .iter()
            .chain(catalogue.withheld.iter().map(|it| &it.entry))
    };
    let found: Vec<&Entry> = all().filter(|entry| entry.id == name).collect();
    let found = if found.is_empty() {
        all()
            .filter(|entry| entry.name == name || entry.id.ends_with(&format!(":{name}")))
            .collect()
    } else {
        found
    };
    match found[..] {
        [entry] => Ok(entry),
        [] => Err(format!(
            "nothing called {name:?} is installed here\n  mend: take a name from `promptune catalog --all`"
        )),
        _ => {
            let ids: Vec<&str> = found.iter().map(|entry| entry.id.as_str()).collect();
            Err(format!(
                "several are called {name:?}: {}\n  mend: name one of these",
                ids.join(", ")
            ))
        }
    }
}
