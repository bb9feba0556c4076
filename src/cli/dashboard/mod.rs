//! `promptune dashboard`: the figures of `cost` and `stats` as one page.

mod agents;
mod chart;
mod gathered;
mod lists;
mod notes;
mod page;
mod parts;
mod routes;
mod slots;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::cost::Projects;
use super::exit::Exit;
use super::wanted::Wanted;
use super::{Run, output, zone};
use crate::data;
use crate::prices::Prices;
use crate::system::system;
use gathered::Gathered;

/// The page, in the data folder.
const FILE: &str = "dashboard.html";

/// Writes what your sessions cost and what came of the hints as one page for the browser
///
/// The figures are those of `cost` and `stats`. The page is a single file that asks for nothing outside itself and
/// holds no text of yours: names of projects, agents, skills and models, and numbers.
#[derive(clap::Args)]
pub(super) struct Dashboard {
    /// The page's file, if not dashboard.html in the data folder
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Open it in the browser
    #[arg(long)]
    open: bool,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    projects: Projects,
}

impl Run for Dashboard {
    fn run(self) -> Result<Exit, String> {
        let folder = data::folder()
            .ok_or("the data folder is not known\n  mend: set HOME, or PROMPTUNE_DATA")?;
        let prices = Prices::load(Some(&folder))?;
        let history = self.projects.history()?;
        let zone = zone::local();
        let gathered = Gathered::new(&history, &folder, &self.wanted, &prices, &zone);
        let page = page::page(&gathered).into_string();
        let file = if let Some(file) = self.out {
            file
        } else {
            // A person who has not used the hook yet has none.
            let _ = system().make_folder(&folder);
            folder.join(FILE)
        };
        write(&file, page.as_bytes()).map_err(|error| {
            format!(
                "{}: {error}\n  mend: name another file with --out FILE",
                file.display()
            )
        })?;
        output::print(&format!("{}\n", file.display()))?;
        if self.open {
            open(&file)?;
        }
        Ok(Exit::Fine)
    }
}

fn write(file: &Path, page: &[u8]) -> io::Result<()> {
    // The new file takes the old one's place, which must not be a device or a folder.
    if fs::metadata(file).is_ok_and(|meta| !meta.is_file()) {
        return Err(io::Error::other("not a plain file"));
    }
    data::replace(file, page)
}

fn open(file: &Path) -> Result<(), String> {
    // A browser has another folder than this process.
    let path = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    open::that_detached(path).map_err(|error| {
        format!("no browser could be started: {error}\n  mend: open the file yourself")
    })
}
