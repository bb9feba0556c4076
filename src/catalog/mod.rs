//! Every skill, agent and command that the client would offer in a conversation here.

mod entry;
pub mod frontmatter;

use std::path::Path;

use crate::patterns::diagnostic::Diagnostic;
use crate::patterns::own::Source;

pub use entry::{Entry, Kind, LONGEST_DESCRIPTION, LONGEST_NAME, Scope};

/// A prompt looks at so many files and folders of the catalogue at most.
pub const MOST_STATS: usize = 8;

/// What is installed.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// What the client's model can call, each once, in order of ID.
    pub entries: Vec<Entry>,
    /// Folders and settings whose change means that the catalogue may be another one, at most [`MOST_STATS`]: folders
    /// of a scope, settings, the list of installed plugins. With all zero for what is not there.
    pub sources: Vec<Source>,
    /// What could not be read, or is not offered although its author may expect it.
    pub faults: Vec<Diagnostic>,
}

/// Looks what is installed for a conversation in the folder `project`.
#[must_use]
pub fn installed(project: Option<&Path>) -> Catalogue {
    let _ = project;
    Catalogue::default()
}
