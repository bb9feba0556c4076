//! Promptune's own folder: where everything it writes lies, readable by its owner only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::system::system;

/// The log stops growing here, in bytes; `prune` cuts it at the next start of a conversation.
const LOG_LIMIT: u64 = 256 * 1024;

/// The person's configuration folder of the client: `$CLAUDE_CONFIG_DIR`, else `~/.claude`.
#[must_use]
pub fn client_folder() -> Option<PathBuf> {
    if let Some(folder) = non_empty("CLAUDE_CONFIG_DIR") {
        return Some(folder);
    }
    Some(home()?.join(".claude"))
}

/// The person's home.
#[must_use]
pub fn home() -> Option<PathBuf> {
    non_empty("HOME").or_else(|| non_empty("USERPROFILE"))
}

/// The data folder: `$PROMPTUNE_DATA`, else `plugins/data/promptune-promptune` in the client's folder.
/// The same whoever starts the program. It may not exist yet.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    non_empty("PROMPTUNE_DATA")
        .or_else(|| Some(client_folder()?.join("plugins/data/promptune-promptune")))
}

fn non_empty(name: &str) -> Option<PathBuf> {
    system()
        .variable(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// Reads a settings file: `None` where it is missing, no plain file, or longer than a megabyte.
#[must_use]
pub fn read_small(path: &Path) -> Option<Vec<u8>> {
    read_within(path, 1 << 20)
}

/// Reads a file: `None` where it is missing, no plain file, or longer than `longest` bytes.
#[must_use]
pub fn read_within(path: &Path, longest: u64) -> Option<Vec<u8>> {
    let bytes = system().read_end(path, longest + 1)?;
    (bytes.len() as u64 <= longest).then_some(bytes)
}

/// The lines of `bytes`, without their ends. As fast as memory is read, unlike a split by a closure.
pub(crate) fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut from = 0;
    memchr::memchr_iter(b'\n', bytes)
        .chain([bytes.len()])
        .map(move |end| {
            let line = &bytes[from..end];
            from = end + 1;
            line
        })
}

/// Appends `line` to `path` in one write, creating file and folders where needed.
///
/// # Errors
/// When the folder cannot be made or the file not written.
pub fn append(path: &Path, line: &str) -> io::Result<()> {
    match system().append(path, line.as_bytes()) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(parent) = path.parent() {
                system().make_folder(parent)?;
            }
            system().append(path, line.as_bytes())
        }
        other => other,
    }
}

pub(crate) fn open_to_append(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Puts a file of `bytes` in the place of `path`, at once and whole.
///
/// # Errors
/// When it cannot be written; `path` is as it was then.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Two processes may replace the same file.
    let aside = path.with_extension(format!("{}.tmp", std::process::id()));
    let written = fs::remove_file(&aside)
        .or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })
        .and_then(|()| open_to_append(&aside)?.write_all(bytes))
        .and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    system().now()
}

/// Notes a fault in `errors.log`, one line. Never fails: where nothing can be written there is nobody to tell.
pub fn log(fault: &str) {
    let Some(path) = folder().map(|folder| folder.join("errors.log")) else {
        return;
    };
    if system()
        .length(&path)
        .is_some_and(|length| length > LOG_LIMIT)
    {
        return;
    }
    let plain: String = fault
        .chars()
        .take(500)
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    let _ = append(&path, &format!("{} {plain}\n", now()));
}

/// Starts the log anew once it is full.
pub fn prune_log() {
    let Some(path) = folder().map(|folder| folder.join("errors.log")) else {
        return;
    };
    if fs::metadata(&path).is_ok_and(|file| file.len() > LOG_LIMIT) {
        let _ = fs::rename(&path, path.with_extension("log.old"));
    }
}
