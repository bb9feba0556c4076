//! Promptune's own folder: where everything it writes lies, readable by its owner only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// The log stops growing here, in bytes; `prune` cuts it at the next start of a conversation.
const LOG_LIMIT: u64 = 256 * 1024;

/// The person's configuration folder of the client: `$CLAUDE_CONFIG_DIR`, else `~/.claude`.
#[must_use]
pub fn client_folder() -> Option<PathBuf> {
    if let Some(folder) = non_empty("CLAUDE_CONFIG_DIR") {
        return Some(folder);
    }
    let home = non_empty("HOME").or_else(|| non_empty("USERPROFILE"))?;
    Some(home.join(".claude"))
}

/// The data folder: `$PROMPTUNE_DATA`, else `plugins/data/promptune-promptune` in the client's folder.
/// The same whoever starts the program. It may not exist yet.
#[must_use]
pub fn folder() -> Option<PathBuf> {
    non_empty("PROMPTUNE_DATA")
        .or_else(|| Some(client_folder()?.join("plugins/data/promptune-promptune")))
}

fn non_empty(name: &str) -> Option<PathBuf> {
    std::env::var_os(name)
        .filter(|value| !value.is_empty())
        .map(PathBuf::from)
}

/// Reads a settings file: `None` where it is missing, no plain file, or longer than a megabyte.
#[must_use]
pub fn read_small(path: &Path) -> Option<Vec<u8>> {
    const LONGEST: u64 = 1024 * 1024;
    // A pipe or a device in its place must not hold up the prompt.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path)
        .ok()?
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .ok()?;
    (bytes.len() as u64 <= LONGEST).then_some(bytes)
}

/// Appends `line` to `path` in one write, creating file and folders where needed.
///
/// # Errors
/// When the folder cannot be made or the file not written.
pub fn append(path: &Path, line: &str) -> io::Result<()> {
    // Opening a pipe to write waits for a reader.
    if fs::metadata(path).is_ok_and(|there| !there.is_file()) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidInput,
            "not a plain file",
        ));
    }
    let mut file = match open_to_append(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            if let Some(parent) = path.parent() {
                create_private(parent)?;
            }
            open_to_append(path)?
        }
        other => other?,
    };
    file.write_all(line.as_bytes())
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

fn create_private(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

/// Notes a fault in `errors.log`, one line. Never fails: where nothing can be written there is nobody to tell.
pub fn log(fault: &str) {
    let Some(path) = folder().map(|folder| folder.join("errors.log")) else {
        return;
    };
    if fs::metadata(&path).is_ok_and(|file| file.len() > LOG_LIMIT) {
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
