//! What the hook asks of the system while a prompt waits for it.
//!
//! Rust's library answers; in a process whose C library has not started yet (`src/start`), something simpler does.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::data;
use crate::patterns::own::Stamp;

/// The system's services.
pub trait System: Sync {
    /// An environment variable.
    fn variable(&self, name: &str) -> Option<OsString>;

    /// Seconds since 1970.
    fn now(&self) -> u64;

    /// Waits.
    fn pause(&self, milliseconds: u32);

    /// The length of a plain file in bytes.
    fn length(&self, path: &Path) -> Option<u64>;

    /// How a file or folder is, for a look whether it changed; all zero where there is none.
    fn stamp(&self, path: &Path) -> Stamp;

    /// The end of a plain file, at most `most` bytes.
    fn read_end(&self, path: &Path, most: u64) -> Option<Vec<u8>>;

    /// The whole of a plain file, for the rest of the process's life. Nothing of one that is longer than `most` bytes.
    fn whole(&self, path: &Path, most: u64) -> Option<&'static [u8]> {
        if self.length(path)? > most {
            return Some(&[]);
        }
        Some(self.read_end(path, most)?.leak())
    }
    /// The beginning of a plain file, at most `most` bytes.
    fn read_start(&self, path: &Path, most: u64) -> Option<Vec<u8>>;

    /// The names of a folder's entries, at most about `most` of them, in no order; `None` where it is no folder.
    fn names(&self, folder: &Path, most: usize) -> Option<Vec<OsString>>;

    /// Appends to a plain file in one write. The file is made where it is missing, its folder is not.
    ///
    /// # Errors
    /// When it is no plain file, a symbolic link to one among them, or cannot be written.
    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()>;

    /// Makes a folder and those above it, for their owner only.
    ///
    /// # Errors
    /// When it cannot be made.
    fn make_folder(&self, path: &Path) -> io::Result<()>;

    /// Writes to stdout. When that fails, the client has gone and there is nobody to tell.
    fn answer(&self, bytes: &[u8]);
}

static SYSTEM: Mutex<&'static dyn System> = Mutex::new(&Library);

/// Who answers.
#[must_use]
pub fn system() -> &'static dyn System {
    *SYSTEM.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Lets `system` answer from now on.
pub fn served_by(system: &'static dyn System) {
    *SYSTEM.lock().unwrap_or_else(PoisonError::into_inner) = system;
}

/// Rust's library.
#[derive(Debug)]
pub struct Library;

impl System for Library {
    fn variable(&self, name: &str) -> Option<OsString> {
        std::env::var_os(name)
    }

    fn now(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }

    fn pause(&self, milliseconds: u32) {
        std::thread::sleep(std::time::Duration::from_millis(milliseconds.into()));
    }

    fn length(&self, path: &Path) -> Option<u64> {
        let there = fs::metadata(path).ok()?;
        there.is_file().then_some(there.len())
    }

    fn stamp(&self, path: &Path) -> Stamp {
        fs::metadata(path).map_or_else(|_| Stamp::default(), |there| stamp(&there))
    }

    fn read_end(&self, path: &Path, most: u64) -> Option<Vec<u8>> {
        // A pipe or a device in its place must not hold up the prompt.
        let length = self.length(path)?;
        let mut file = File::open(path).ok()?;
        file.seek(SeekFrom::Start(length.saturating_sub(most)))
            .ok()?;
        let mut bytes = Vec::new();
        file.take(most).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    fn read_start(&self, path: &Path, most: u64) -> Option<Vec<u8>> {
        self.length(path)?;
        let mut bytes = Vec::new();
        let file = File::open(path).ok()?;
        file.take(most).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    fn names(&self, folder: &Path, most: usize) -> Option<Vec<OsString>> {
        let entries = fs::read_dir(folder).ok()?;
        let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
        Some(names.take(most).collect())
    }

    fn append(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        // Opening a pipe to write waits for a reader.
        if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        data::open_to_append(path)?.write_all(bytes)
    }

    fn make_folder(&self, path: &Path) -> io::Result<()> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(path)
    }

    fn answer(&self, bytes: &[u8]) {
        let mut out = io::stdout().lock();
        let _ = out.write_all(bytes);
        let _ = out.flush();
    }
}

/// A folder's length means nothing.
#[cfg(unix)]
fn stamp(there: &fs::Metadata) -> Stamp {
    use std::os::unix::fs::MetadataExt as _;

    Stamp {
        size: if there.is_dir() { 1 } else { there.len() },
        seconds: there.mtime(),
        nanos: there.mtime_nsec(),
    }
}

#[cfg(not(unix))]
fn stamp(there: &fs::Metadata) -> Stamp {
    let changed = there.modified().ok();
    let since = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
    let since = since.unwrap_or_default();
    Stamp {
        size: if there.is_dir() { 1 } else { there.len() },
        seconds: since.as_secs().cast_signed(),
        nanos: i64::from(since.subsec_nanos()),
    }
}
