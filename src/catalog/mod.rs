//! Every skill, agent and command that the client would offer in a conversation here.
//!
//! `places` and `plugins` tell where to look, `files` reads, `gather` takes what the client takes. `compile` makes an
//! `index` of it, `file` keeps that, and `rank` looks a prompt up in it.

pub mod compile;
mod concepts;
mod entry;
pub mod everyday;
pub mod file;
mod files;
pub mod frontmatter;
mod gather;
pub mod hint;
pub mod index;
mod places;
mod plugins;
pub mod rank;
pub mod refresh;
pub mod rows;
pub(crate) mod said;
mod settings;
mod stem;
mod terms;
pub mod used;
mod words;
mod written;

use std::path::{Path, PathBuf};

use crate::patterns::diagnostic::Diagnostic;
use crate::patterns::own::Source;
use crate::permissions::Denied;
use crate::usage::once::hash_bytes;

use files::Files;
use gather::Gather;
use settings::Settings;

pub use crate::layers::Unfit;
pub use entry::{Entry, Kind, LONGEST_DESCRIPTION, LONGEST_NAME, Scope};

/// A prompt looks at so many files and folders of the catalogue at most, and at the compiled catalogue itself.
pub const MOST_STATS: usize = 7;

/// An entry that is ignored scores at least so much of what it would,
pub(crate) const LEAST_LIKING: f32 = 0.85;
/// and one that is used at most so much.
pub(crate) const MOST_LIKING: f32 = 1.15;

/// How often an entry was called and left aside here.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Use {
    /// Calls.
    pub called: u64,
    /// Hints in a row that came to nothing.
    pub ignored: u64,
}

impl Use {
    /// What the entry's scores are multiplied by.
    #[must_use]
    #[allow(
        clippy::cast_precision_loss,
        reason = "a rough measure of large counts"
    )]
    pub fn liking(self) -> f32 {
        let used = 0.04 * (1.0 + self.called as f32).ln();
        let ignored = 0.05 * (1.0 + self.ignored as f32).ln();
        (1.0 + used - ignored).clamp(LEAST_LIKING, MOST_LIKING)
    }
}

/// What is installed.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// What the client's model can call, each once, in order of kind and ID.
    pub entries: Vec<Entry>,
    /// What is installed and kept from the model.
    pub withheld: Vec<Withheld>,
    /// Folders and settings whose change means that the catalogue may be another one, at most [`MOST_STATS`]: folders
    /// of a scope, settings, the list of installed plugins. With all zero for what is not there. They were looked at
    /// before anything was read.
    pub sources: Vec<Source>,
    /// What could not be read, or is not offered although its author may expect it.
    pub faults: Vec<Diagnostic>,
    /// Files that were looked at.
    pub looked: usize,
    /// Files that were read, because they are new or have changed.
    pub read: usize,
    /// How the client lists its skills.
    pub listing: Listing,
}

impl Catalogue {
    /// How many entries of `kind` there are.
    #[must_use]
    pub fn count(&self, kind: Kind) -> usize {
        self.entries.iter().filter(|it| it.kind == kind).count()
    }
}

/// What the settings say of the client's listing of skills.
#[derive(Debug, Default, Clone)]
pub struct Listing {
    /// The share of the context window it may take, where set.
    pub fraction: Option<f64>,
    /// The characters a description may have, where set.
    pub longest: Option<usize>,
    /// Skills that are listed by their name only.
    pub name_only: Vec<String>,
}

/// An entry that only a person can call, or nobody.
#[derive(Debug)]
pub struct Withheld {
    /// The entry.
    pub entry: Entry,
    /// Why the model cannot call it.
    pub why: Why,
}

/// Why the model cannot call an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// `disable-model-invocation` in its frontmatter.
    ForPeople,
    /// `paths` in its frontmatter: the client offers it once such a file is worked on.
    Conditional,
    /// `skillOverrides` in the settings.
    Override,
    /// A deny rule in the settings.
    Denied,
}

impl Why {
    /// The word for it: `disable-model-invocation`, `paths`, `skillOverrides` or `denied`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ForPeople => "disable-model-invocation",
            Self::Conditional => "paths",
            Self::Override => "skillOverrides",
            Self::Denied => "denied",
        }
    }
}

/// Looks what is installed for a conversation in the folder `project`, and reads every file.
#[must_use]
pub fn installed(project: Option<&Path>) -> Catalogue {
    with(project, &mut Files::default())
}

/// Where it is remembered what the files say.
fn store(project: Option<&Path>, data: &Path) -> PathBuf {
    let project = project.map_or(&b""[..], |project| project.as_os_str().as_encoded_bytes());
    let user = crate::data::client_folder().unwrap_or_default();
    let name = hash_bytes(project) ^ hash_bytes(user.as_os_str().as_encoded_bytes()).rotate_left(1);
    data.join(format!("index/files-{name:016x}.cache"))
}

fn with(project: Option<&Path>, files: &mut Files) -> Catalogue {
    let sources = places::sources(project);
    let settings = Settings::read(project);
    let denied = Denied::read(project);
    let plugins = plugins::enabled(&settings, project);
    let mut gather = Gather::new(files, &settings, &denied);
    gather.all(&places::homes(project), &plugins);
    let Gather {
        mut entries,
        mut withheld,
        faults,
        ..
    } = gather;
    entries.sort_by(|a, b| (a.kind, &a.id).cmp(&(b.kind, &b.id)));
    withheld.sort_by(|a, b| (a.entry.kind, &a.entry.id).cmp(&(b.entry.kind, &b.entry.id)));
    let name_only = entries
        .iter()
        .filter(|entry| entry.plugin.is_none() && settings.name_only(&entry.id));
    let listing = Listing {
        fraction: settings.budget_fraction,
        longest: settings.longest_description,
        name_only: name_only.map(|entry| entry.id.clone()).collect(),
    };
    Catalogue {
        entries,
        withheld,
        sources,
        faults,
        looked: files.looked,
        read: files.read,
        listing,
    }
}
