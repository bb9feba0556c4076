//! The files of the catalogue: each is read once, and again when it has changed.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::said::Said;
use crate::data;
use crate::usage::once::hash_bytes;

/// Changes with the form of anything that is kept.
const MAGIC: &[u8; 16] = b"promptune-cata-2";

/// So much of a file is read, in bytes: frontmatter and a body's beginning.
const BEGINNING: u64 = 64 << 10;

/// So many files are looked at.
pub(super) const MOST_FILES: usize = 20_000;

/// Which file it is, whatever its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Identity(u64, u64);

/// What tells that a file is as it was: size, times of change (in nanoseconds), and which file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Stamp {
    size: u64,
    modified: i128,
    changed: i128,
    device: u64,
    inode: u64,
}

impl Stamp {
    #[cfg(unix)]
    fn of(_: &Path, meta: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt as _;

        let nanos =
            |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos);
        Self {
            size: meta.len(),
            modified: nanos(meta.mtime(), meta.mtime_nsec()),
            changed: nanos(meta.ctime(), meta.ctime_nsec()),
            device: meta.dev(),
            inode: meta.ino(),
        }
    }

    #[cfg(not(unix))]
    fn of(path: &Path, meta: &Metadata) -> Self {
        let modified = meta.modified().ok();
        let since = modified.and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        Self {
            size: meta.len(),
            modified: since.map_or(0, |since| since.as_nanos().cast_signed()),
            changed: 0,
            device: 0,
            inode: hash_bytes(real.as_os_str().as_encoded_bytes()),
        }
    }
}

/// What is known of the files.
#[derive(Debug, Default)]
pub(super) struct Files {
    known: Known,
    seen: Known,
    /// A number for what was compiled from them.
    pub(super) compiled: u64,
    remembered: u64,
    /// How many had to be read.
    pub(super) read: usize,
    /// How many have been looked at.
    pub(super) looked: usize,
}

impl Files {
    /// With what `store` remembers; nothing where it is missing, damaged or of another version.
    pub(super) fn remembered(store: &Path) -> Self {
        let (compiled, known) = decoded(store).unwrap_or_default();
        Self {
            known,
            compiled,
            remembered: compiled,
            ..Self::default()
        }
    }

    /// What the file at `path` says; `None` where there is no plain file, it cannot be read, or there are too many.
    pub(super) fn get(&mut self, path: &Path) -> Option<(Identity, Said)> {
        if self.looked == MOST_FILES {
            return None;
        }
        // Opening a pipe would wait for a writer.
        let meta = fs::metadata(path).ok().filter(Metadata::is_file)?;
        self.looked += 1;
        let stamp = Stamp::of(path, &meta);
        let identity = Identity(stamp.device, stamp.inode);
        if let Some((then, said)) = self.seen.get(path)
            && *then == stamp
        {
            return Some((identity, said.clone()));
        }
        let said = match self.known.remove(path) {
            Some((then, said)) if then == stamp => said,
            _ => {
                self.read += 1;
                Said::of(&beginning(path)?)
            }
        };
        self.seen.insert(path.to_owned(), (stamp, said.clone()));
        Some((identity, said))
    }

    /// Remembers what was seen in `store`, if that is anything new.
    ///
    /// # Errors
    /// When it cannot be written: then the files are read again next time.
    pub(super) fn remember(&self, store: &Path) -> io::Result<()> {
        let same = self.read == 0 && self.known.is_empty();
        if same && self.compiled == self.remembered {
            return Ok(());
        }
        let all: Vec<_> = self
            .seen
            .iter()
            .map(|(path, (stamp, said))| (path, stamp, said))
            .collect();
        let body = postcard::to_stdvec(&(self.compiled, all)).map_err(io::Error::other)?;
        let mut bytes = Vec::with_capacity(body.len() + 24);
        bytes.extend_from_slice(MAGIC);
        bytes.extend_from_slice(&hash_bytes(&body).to_le_bytes());
        bytes.extend_from_slice(&body);
        if let Some(folder) = store.parent() {
            data::unlink_planted(folder);
            crate::system::system().make_folder(folder)?;
        }
        data::replace(store, &bytes)
    }
}

type Known = HashMap<PathBuf, (Stamp, Said)>;

fn decoded(store: &Path) -> Option<(u64, Known)> {
    if !fs::metadata(store).ok()?.is_file() {
        return None;
    }
    let bytes = fs::read(store).ok()?;
    let (magic, rest) = bytes.split_at_checked(MAGIC.len())?;
    let (sum, body) = rest.split_at_checked(8)?;
    if magic != MAGIC || sum != hash_bytes(body).to_le_bytes() {
        return None;
    }
    let (compiled, all): (u64, Vec<(PathBuf, Stamp, Said)>) = postcard::from_bytes(body).ok()?;
    let known = all
        .into_iter()
        .map(|(path, stamp, said)| (path, (stamp, said)));
    Some((compiled, known.collect()))
}

fn beginning(path: &Path) -> Option<String> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(BEGINNING).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
