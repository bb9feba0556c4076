//! Changing files that are the person's: replaced whole, with their rights, through links.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::data;

/// Puts `bytes` in the place of the person's file `path`, at once and whole. Its rights stay, and a symbolic link
/// still leads there.
///
/// # Errors
/// When it cannot be written; it is as it was then.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let target = match fs::symlink_metadata(path) {
        Ok(there) if there.is_symlink() => fs::canonicalize(path)?,
        _ => path.to_owned(),
    };
    let rights = fs::metadata(&target).map(|there| there.permissions()).ok();
    let aside = beside(&target);
    data::replace(&aside, bytes)
        .and_then(|()| rights.map_or(Ok(()), |rights| fs::set_permissions(&aside, rights)))
        .and_then(|()| fs::rename(&aside, &target))
        .inspect_err(|_| {
            let _ = fs::remove_file(&aside);
        })
}

fn beside(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".promptune");
    path.with_file_name(name)
}

/// Renaming a file onto a folder fails with words that do not help.
pub(super) fn no_folder(path: &Path) -> Result<(), String> {
    if path.is_dir() {
        return Err(format!(
            "{}: a folder is in the place of this file\n  mend: move it away",
            path.display()
        ));
    }
    Ok(())
}
