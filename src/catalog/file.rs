//! The compiled catalogue's file in the data folder: written off the prompt's path, read on it.

use std::io;
use std::path::{Path, PathBuf};

use super::index::Index;
use super::{MOST_STATS, Unfit};
use crate::data;
use crate::system::system;

/// Larger files are not read, in bytes: 20,000 entries take less.
const LARGEST: u64 = 48 << 20;

/// Where the compiled catalogue of a conversation in `project` is kept.
#[must_use]
pub fn path(project: Option<&Path>, data: &Path) -> PathBuf {
    let user = data::client_folder().unwrap_or_default();
    let parts = [project.unwrap_or(Path::new("")), user.as_path()];
    let parts = parts.map(|part| part.as_os_str().as_encoded_bytes());
    let hash = parts
        .join(&0)
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
    data.join(format!("index/catalog-{hash:016x}.bin"))
}

/// The compiled catalogue of a conversation in `project`, for the rest of the process's life; `None` where there is
/// none. At most [`MOST_STATS`] files and folders are looked at.
///
/// # Errors
/// When it is cut off, damaged or of another build, or when what is installed has changed since.
pub fn open(project: Option<&Path>, data: &Path) -> Result<Option<Index<'static>>, Unfit> {
    let Some(bytes) = system().whole(&path(project, data), LARGEST) else {
        return Ok(None);
    };
    let index = Index::read(bytes)?;
    let fresh = index
        .sources()
        .take(MOST_STATS)
        .all(|source| source.is_some_and(|(path, then)| system().stamp(Path::new(path)) == then));
    if fresh {
        Ok(Some(index))
    } else {
        Err(Unfit::Stale)
    }
}

/// Before the ID of an entry where it is remembered beside routes, whose IDs have no such mark.
pub const MARK: &str = "catalog:";

/// As what an entry is remembered beside routes.
#[must_use]
pub fn remembered(id: &str) -> String {
    format!("{MARK}{id}")
}

/// Puts the compiled catalogue in its file's place, whole or not at all.
///
/// # Errors
/// When it cannot be written.
pub(super) fn write(bytes: &[u8], project: Option<&Path>, data: &Path) -> io::Result<()> {
    let path = path(project, data);
    if let Some(folder) = path.parent() {
        data::unlink_planted(folder);
        system().make_folder(folder)?;
    }
    data::replace(&path, bytes)
}
