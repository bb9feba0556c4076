//! Laying out the plugin with the binary in the data folder.
//!
//! `plugin/` is a marketplace for the client. Its `marketplace.json` names the folder of one version, which is made
//! aside and moved into place whole; replacing that file is the switch from one version to the next. Conversations that
//! began with an older version run on with its folder.

use std::cmp::Reverse;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

use super::carried;
use crate::cli::kept;
use crate::data;
use crate::system::system;

/// The marketplace's folder in the data folder.
pub(in crate::cli) const PLUGIN: &str = "plugin";

/// Folders of older versions that stay, for conversations that began with them.
const OLDER: usize = 2;

/// What was laid out.
#[derive(Debug)]
pub(super) struct Laid {
    /// The folder of this version.
    pub(super) folder: PathBuf,
    /// It is new, or was mended.
    pub(super) changed: bool,
}

/// A fault with a path in it, and the mend.
pub(in crate::cli) fn unwritable(path: &Path, error: &io::Error) -> String {
    format!(
        "{}: {error}\n  mend: make the folder writable, or let PROMPTUNE_DATA name another one",
        path.display()
    )
}

/// The running program's own bytes, even where its file was replaced meanwhile.
pub(super) fn own_bytes() -> Result<Vec<u8>, String> {
    let path = if cfg!(target_os = "linux") {
        PathBuf::from("/proc/self/exe")
    } else {
        std::env::current_exe().map_err(|error| format!("this program cannot be found: {error}"))?
    };
    fs::read(&path).map_err(|error| format!("this program cannot be read: {error}"))
}

/// Lays out the plugin around `binary` in the data folder `data` and lets the marketplace name it.
///
/// # Errors
/// When something cannot be written, or is not what `install` makes. What was there before is then as it was.
pub(super) fn lay_out(data: &Path, binary: &[u8]) -> Result<Laid, String> {
    let plugin = data.join(PLUGIN);
    let version = carried::version(binary);
    let folder = plugin.join(&version);
    for ours in [
        &plugin,
        &plugin.join(".claude-plugin"),
        &folder,
        &data.join("bin"),
    ] {
        no_link(ours)?;
    }
    make_folder(&plugin.join(".claude-plugin"))?;
    let whole = is_whole(&folder, binary);
    if !whole {
        place(&folder, binary)?;
    }
    let marketplace = plugin.join(carried::MARKETPLACE);
    let listed = carried::marketplace(&version)?;
    let listed_before = fs::read(&marketplace).is_ok_and(|bytes| bytes == listed);
    if !listed_before {
        kept::no_folder(&marketplace)?;
        data::replace(&marketplace, &listed).map_err(|error| unwritable(&marketplace, &error))?;
    }
    link(&folder.join(carried::BINARY), &data.join(carried::BINARY))?;
    Ok(Laid {
        folder,
        changed: !whole || !listed_before,
    })
}

/// A link planted there would have files written or removed elsewhere.
fn no_link(path: &Path) -> Result<(), String> {
    if fs::symlink_metadata(path).is_ok_and(|there| there.is_symlink()) {
        return Err(format!(
            "{}: this is a symbolic link, and promptune made none\n  mend: look where it leads, then remove it",
            path.display()
        ));
    }
    Ok(())
}

fn make_folder(path: &Path) -> Result<(), String> {
    system()
        .make_folder(path)
        .map_err(|error| unwritable(path, &error))
}

/// Whether all files of this version are there as they should be.
fn is_whole(folder: &Path, binary: &[u8]) -> bool {
    carried::contents(binary).all(|(path, bytes)| same(&folder.join(path), bytes))
}

fn same(path: &Path, bytes: &[u8]) -> bool {
    let plain = fs::symlink_metadata(path)
        .is_ok_and(|there| there.is_file() && there.len() == bytes.len() as u64);
    plain && fs::read(path).is_ok_and(|there| there == bytes)
}

/// Writes all files aside, then moves the folder into its place.
fn place(folder: &Path, binary: &[u8]) -> Result<(), String> {
    let named = |end: &str| {
        let mut name = folder.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{}.{end}", std::process::id()));
        folder.with_file_name(name)
    };
    let aside = named("tmp");
    let _ = fs::remove_dir_all(&aside);
    let placed = write_all(&aside, binary).and_then(|()| {
        if fs::symlink_metadata(folder).is_ok() {
            // Damaged: what is there makes room first.
            let damaged = named("old");
            fs::rename(folder, &damaged).map_err(|error| unwritable(folder, &error))?;
            let _ = fs::remove_dir_all(&damaged);
        }
        fs::rename(&aside, folder).map_err(|error| unwritable(folder, &error))
    });
    if placed.is_err() {
        let _ = fs::remove_dir_all(&aside);
    }
    placed
}

fn write_all(folder: &Path, binary: &[u8]) -> Result<(), String> {
    for (path, bytes) in carried::contents(binary) {
        let path = folder.join(path);
        if let Some(above) = path.parent() {
            make_folder(above)?;
        }
        let written = data::open_to_append(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_data()
        });
        written.map_err(|error| unwritable(&path, &error))?;
    }
    let binary = folder.join(carried::BINARY);
    executable(&binary).map_err(|error| unwritable(&binary, &error))
}

#[cfg(unix)]
fn executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(0o700))
}

#[cfg(not(unix))]
fn executable(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Lets `name`, which stays the same from version to version, be the program `binary`: for PATH and the status line.
fn link(binary: &Path, name: &Path) -> Result<(), String> {
    if let (Ok(there), Ok(wanted)) = (fs::File::open(name), fs::File::open(binary))
        && no_link(name).is_ok()
        && same_content(there, wanted)
    {
        return Ok(());
    }
    if let Some(above) = name.parent() {
        make_folder(above)?;
    }
    let aside = name.with_extension(format!("{}.tmp", std::process::id()));
    let _ = fs::remove_file(&aside);
    let linked = fs::hard_link(binary, &aside)
        .or_else(|_| fs::copy(binary, &aside).map(|_| ()))
        .and_then(|()| fs::rename(&aside, name));
    linked.map_err(|error| {
        let _ = fs::remove_file(&aside);
        unwritable(name, &error)
    })
}

fn same_content(mut one: fs::File, mut other: fs::File) -> bool {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    one.read_to_end(&mut first).is_ok() && other.read_to_end(&mut second).is_ok() && first == second
}

/// Removes the folders of versions before the two that were replaced last, and what was left half made.
pub(super) fn prune(data: &Path, current: &Path) {
    let Ok(entries) = fs::read_dir(data.join(PLUGIN)) else {
        return;
    };
    let mut older = Vec::new();
    for entry in entries.flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        let unfinished = [".tmp", ".old"]
            .iter()
            .any(|end| name.to_string_lossy().ends_with(end));
        if unfinished {
            let _ = fs::remove_dir_all(&path);
        } else if path != current && carried::is_version(&name) {
            older.push((entry.metadata().and_then(|it| it.modified()).ok(), path));
        }
    }
    older.sort_by_key(|(made, _)| Reverse(*made));
    for (_, path) in older.into_iter().skip(OLDER) {
        let _ = fs::remove_dir_all(path);
    }
}
