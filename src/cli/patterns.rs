//! `--patterns`: try a folder of pattern files before it is built in.

use std::path::PathBuf;

use crate::patterns::compile;
use crate::patterns::compiled::ArchivedCompiled;
use crate::patterns::source::Sources;
use crate::table::{self, Loaded};

/// Which patterns a command uses.
#[derive(clap::Args)]
pub(super) struct Patterns {
    /// Use the patterns of this folder instead of the built-in ones
    #[arg(long, value_name = "FOLDER")]
    patterns: Option<PathBuf>,
}

impl Patterns {
    /// Compiles the folder, where one is named.
    ///
    /// # Errors
    /// What is wrong with its files.
    pub(super) fn load(&self) -> Result<Option<Loaded>, String> {
        let Some(folder) = &self.patterns else {
            return Ok(None);
        };
        let sources = Sources::read(folder).map_err(|fault| fault.to_string())?;
        let table = compile::compile(&sources).map_err(|faults| {
            let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
            lines.join("\n")
        })?;
        Loaded::new(&table).map(Some)
    }
}

/// The table to use: the loaded one, else the built-in one.
pub(super) fn table(loaded: Option<&Loaded>) -> &ArchivedCompiled {
    match loaded {
        Some(loaded) => loaded.table(),
        None => table::builtin(),
    }
}
