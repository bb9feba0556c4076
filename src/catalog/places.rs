//! Where a person and a project keep skills, agents and commands.

use std::path::{Path, PathBuf};

use super::Scope;
use crate::data;
use crate::patterns::own::Source;
use crate::system::system;

/// One folder of the client's: `~/.claude`, or a `.claude` of the project or above it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Home {
    pub(super) scope: Scope,
    pub(super) root: PathBuf,
}

/// The person's folder, and those of the project, the nearest first: from the conversation's folder up to the
/// repository's, or where there is no repository up to, and without, the person's home.
pub(super) fn homes(project: Option<&Path>) -> Vec<Home> {
    let user = data::client_folder();
    let person = data::home();
    let mut homes = Vec::new();
    for folder in project.into_iter().flat_map(Path::ancestors) {
        if Some(folder) == person.as_deref() {
            break;
        }
        let root = folder.join(".claude");
        if Some(&root) != user.as_ref() {
            homes.push(Home {
                scope: Scope::Project,
                root,
            });
        }
        if system().stamp(&folder.join(".git")).size != 0 {
            break;
        }
    }
    homes.extend(user.map(|root| Home {
        scope: Scope::User,
        root,
    }));
    homes
}

/// What is looked at to see whether anything came, went or was switched: at most [`super::MOST_STATS`].
pub(super) fn sources(project: Option<&Path>) -> Vec<Source> {
    let mut paths = Vec::new();
    if let Some(user) = data::client_folder() {
        for part in [
            "skills",
            "agents",
            "settings.json",
            "plugins/installed_plugins.json",
        ] {
            paths.push(user.join(part));
        }
    }
    let homes = homes(project);
    let mut projects = homes.iter().filter(|home| home.scope == Scope::Project);
    let nearest = projects.clone().find(|home| home.root.is_dir());
    if let Some(home) = nearest.or_else(|| projects.next()) {
        for part in ["skills", "agents", "settings.json"] {
            paths.push(home.root.join(part));
        }
    }
    let stamped = paths.into_iter().map(|path| Source {
        stamp: system().stamp(&path),
        path: path.to_string_lossy().into_owned(),
    });
    stamped.collect()
}
