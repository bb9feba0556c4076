//! What was read of the transcripts last time, so that only what is new is read again.
//!
//! One file for each folder of transcripts, replaced as a whole: a head of magic, version and checksum, then the
//! files. One that is damaged, of another version, or cannot be read counts as missing. A file that cannot be written
//! costs time, never a figure.

use std::collections::HashMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use serde::{Deserialize, Serialize};

use super::once::hash_bytes;
use super::record::Transcript;
use crate::data;
use crate::system::system;

/// Changes with the form of anything that is kept.
const MAGIC: &[u8; 16] = b"promptune-cost-2";
/// How many places of a file its fingerprint looks at, and how many bytes at each.
const SAMPLES: u64 = 16;
const SAMPLE: u64 = 4096;

/// What tells that a file is still the same: size, times in nanoseconds, device and inode.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    pub(super) size: u64,
    modified: u128,
    changed: i128,
    device: u64,
    inode: u64,
}

impl Stamp {
    pub(super) fn of(meta: &Metadata) -> Self {
        let modified = meta.modified().ok();
        let modified = modified.and_then(|at| at.duration_since(UNIX_EPOCH).ok());
        #[cfg(unix)]
        let (changed, device, inode) = {
            use std::os::unix::fs::MetadataExt as _;
            // Unlike the time of modification, a program cannot set this one back.
            let changed = i128::from(meta.ctime()) * 1_000_000_000 + i128::from(meta.ctime_nsec());
            (changed, meta.dev(), meta.ino())
        };
        #[cfg(not(unix))]
        let (changed, device, inode) = (0, 0, 0);
        Self {
            size: meta.len(),
            modified: modified.map_or(0, |since| since.as_nanos()),
            changed,
            device,
            inode,
        }
    }

    /// Whether this may be the same file, grown.
    pub(super) fn may_follow(&self, before: &Self) -> bool {
        self.device == before.device && self.inode == before.inode && self.size >= before.size
    }
}

/// A file and what it told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Known {
    pub(super) stamp: Stamp,
    /// Of the part up to `transcript.whole`.
    pub(super) fingerprint: u64,
    pub(super) transcript: Transcript,
}

/// All that is known, by path within the folder.
pub(super) type Cache = HashMap<String, Known>;

/// The cache's file in the data folder for the transcripts under `projects`.
pub(super) fn file(data: &Path, projects: &Path) -> PathBuf {
    let name = hash_bytes(projects.as_os_str().as_encoded_bytes());
    data.join(format!("cost-{name:016x}.cache"))
}

/// What is known; nothing where the file is missing or damaged.
pub(super) fn load(file: &Path) -> Cache {
    decoded(file).unwrap_or_default()
}

fn decoded(file: &Path) -> Option<Cache> {
    // A pipe in its place would hold everything up.
    if !fs::metadata(file).ok()?.is_file() {
        return None;
    }
    let bytes = fs::read(file).ok()?;
    let (magic, rest) = bytes.split_at_checked(MAGIC.len())?;
    let (sum, body) = rest.split_at_checked(8)?;
    if magic != MAGIC || sum != hash_bytes(body).to_le_bytes() {
        return None;
    }
    let files: Vec<(String, Known)> = postcard::from_bytes(body).ok()?;
    Some(files.into_iter().collect())
}

/// Replaces the file, at once.
///
/// # Errors
/// When the folder cannot be made or the file not written; then the old one stands.
pub(super) fn save(file: &Path, cache: &[(&str, &Known)]) -> io::Result<()> {
    let body = postcard::to_stdvec(cache).map_err(io::Error::other)?;
    system().make_folder(file.parent().unwrap_or(Path::new(".")))?;
    let sum = hash_bytes(&body).to_le_bytes();
    data::replace(file, &[&MAGIC[..], &sum, &body].concat())
}

/// A fingerprint of the first `length` bytes: of all of a small file, of samples over a big one.
///
/// # Errors
/// When they cannot be read.
pub(super) fn fingerprint(file: &mut File, length: u64) -> io::Result<u64> {
    let mut sampled = Vec::new();
    if length <= SAMPLES * SAMPLE {
        file.seek(SeekFrom::Start(0))?;
        file.take(length).read_to_end(&mut sampled)?;
    } else {
        for sample in 0..SAMPLES {
            // The first begins at 0, the last ends at `length`.
            let from = (length - SAMPLE) * sample / (SAMPLES - 1);
            file.seek(SeekFrom::Start(from))?;
            file.take(SAMPLE).read_to_end(&mut sampled)?;
        }
    }
    Ok(hash_bytes(&sampled) ^ length)
}
