//! Promptune's own folder: where everything it writes lies, readable by its owner only.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::system::system;

/// The log stops growing here, in bytes; `prune` cuts it at the next start of a conversation.
const LOG_LIMIT: u64 = 256 * 1024;

/// The ending of a file that is not yet in its place: this, a process's number, and `.tmp`.
const ASIDE: &str = "promptune-";

/// After so long nobody is at work on it any more.
const LEFT_BEHIND: Duration = Duration::from_hours(1);

/// The folders within the data folder.
const FOLDERS: [&str; 2] = ["conversations", "index"];

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
    ours().append(true).create(true).open(path)
}

/// How a file of ours is opened to be written: for its owner only, and never through a symbolic link that somebody
/// planted in its place.
pub(crate) fn ours() -> OpenOptions {
    #[allow(unused_mut, reason = "on Unix it is")]
    let mut options = OpenOptions::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600).custom_flags(libc::O_NOFOLLOW);
    }
    options
}

/// Puts a file of `bytes` in the place of `path`, at once and whole.
///
/// # Errors
/// When it cannot be written; `path` is as it was then.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // Two processes may replace the same file.
    let aside = path.with_extension(format!("{ASIDE}{}.tmp", std::process::id()));
    let written = fs::remove_file(&aside)
        .or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })
        .and_then(|()| {
            let mut new = ours().write(true).create_new(true).open(&aside)?;
            new.write_all(bytes)
        })
        .and_then(|()| fs::rename(&aside, path));
    if written.is_err() {
        let _ = fs::remove_file(&aside);
    }
    written
}

/// Sees to it that `folder`, one of ours, leads nowhere else: a symbolic link in its place is removed.
pub fn unlink_planted(folder: &Path) {
    if fs::symlink_metadata(folder).is_ok_and(|it| it.is_symlink())
        && fs::remove_file(folder).is_ok()
    {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        log(&format!(
            "{name}: a symbolic link stood there and is removed"
        ));
    }
}

/// Tidies the data folder `folder` at the start of a conversation: links in place of its folders, files that a killed
/// process left half-written, a full log.
pub fn tidy(folder: &Path) {
    for name in FOLDERS {
        unlink_planted(&folder.join(name));
    }
    for folder in [folder, &folder.join("index")] {
        remove_left_behind(folder);
    }
    prune_log();
}

/// Removes what `replace` wrote and could not put in its place.
fn remove_left_behind(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let ours = entry.file_name().to_str().is_some_and(is_aside);
        let old = |file: &fs::Metadata| {
            let age = file.modified().ok().and_then(|at| at.elapsed().ok());
            file.is_file() && age.is_some_and(|age| age > LEFT_BEHIND)
        };
        if ours && entry.metadata().is_ok_and(|file| old(&file)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_aside(name: &str) -> bool {
    let whole = name.strip_suffix(".tmp").unwrap_or_default();
    let ending = whole.rsplit_once('.').map(|(_, ending)| ending);
    let number = ending.and_then(|ending| ending.strip_prefix(ASIDE));
    number.is_some_and(|it| !it.is_empty() && it.bytes().all(|byte| byte.is_ascii_digit()))
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
fn prune_log() {
    let Some(path) = folder().map(|folder| folder.join("errors.log")) else {
        return;
    };
    if fs::metadata(&path).is_ok_and(|file| file.len() > LOG_LIMIT) {
        let _ = fs::rename(&path, path.with_extension("log.old"));
    }
}
