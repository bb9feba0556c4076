//! The project that a command is run in.

use std::env;
use std::path::{Path, PathBuf};

use crate::data;

/// `$CLAUDE_PROJECT_DIR`, else the nearest folder above with `.claude` or `.git` in it, else the current one.
pub(super) fn folder() -> Option<PathBuf> {
    if let Some(folder) = env::var_os("CLAUDE_PROJECT_DIR").filter(|folder| !folder.is_empty()) {
        return Some(PathBuf::from(folder));
    }
    let here = env::current_dir().ok()?;
    let user = data::client_folder();
    let is_project = |folder: &&Path| {
        let own = folder.join(".claude");
        (own.is_dir() && Some(&own) != user.as_ref()) || folder.join(".git").exists()
    };
    let found = here.ancestors().find(is_project).map(Path::to_owned);
    Some(found.unwrap_or(here))
}
