//! What was hinted in a conversation, so that the same hint is not given again and again.
//!
//! One append-only file a conversation, one line a hint: `SECONDS ROUTE`. Touched only when a hint is about to be given.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use crate::data;
use crate::system::system;

/// Only the end of the file is read: more than anyone is hinted within a cool-down.
const TAIL: u64 = 8 * 1024;

/// Files of conversations untouched for so long are removed.
const KEEP: Duration = Duration::from_hours(7 * 24);

/// The hints of one conversation.
#[derive(Debug)]
pub struct Conversation {
    path: PathBuf,
}

impl Conversation {
    /// The conversation `session` in the data folder `folder`. `None` where the ID cannot name a file.
    #[must_use]
    pub fn open(folder: &Path, session: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let usable = !session.is_empty() && session.len() <= 128 && session.bytes().all(plain);
        usable.then(|| Self {
            path: folder.join("conversations").join(session),
        })
    }

    /// The routes hinted at or after `since`, in seconds since 1970. Lines that are not ours are passed over.
    #[must_use]
    pub fn hinted_since(&self, since: u64) -> Vec<String> {
        let bytes = system().read_end(&self.path, TAIL).unwrap_or_default();
        String::from_utf8_lossy(&bytes)
            .lines()
            .filter_map(|line| line.split_once(' '))
            .filter(|(seconds, _)| seconds.parse::<u64>().is_ok_and(|seconds| seconds >= since))
            .map(|(_, route)| route.to_owned())
            .collect()
    }

    /// Notes that `routes` are hinted at `now`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn note(&self, now: u64, routes: &[&str]) -> std::io::Result<()> {
        let mut lines = String::new();
        for route in routes {
            let _ = writeln!(lines, "{now} {route}");
        }
        data::append(&self.path, &lines)
    }

    /// Forgets every hint: the model no longer sees them.
    pub fn forget(&self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Removes the files of conversations that ended long ago.
pub fn prune(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder.join("conversations")) else {
        return;
    };
    let now = SystemTime::now();
    for entry in entries.flatten() {
        // Only what `open` could have made.
        let ours = entry
            .file_name()
            .to_str()
            .is_some_and(|name| Conversation::open(folder, name).is_some());
        let old = entry
            .metadata()
            .and_then(|meta| {
                if meta.is_file() {
                    meta.modified()
                } else {
                    Ok(now)
                }
            })
            .is_ok_and(|changed| now.duration_since(changed).is_ok_and(|age| age > KEEP));
        if ours && old {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Conversation;

    #[test]
    fn an_id_that_could_leave_the_folder_is_refused() {
        let folder = std::path::Path::new("data");
        for id in ["", "../x", "a/b", "a\\b", "ü", "."] {
            assert!(Conversation::open(folder, id).is_none(), "{id}");
        }
        assert!(Conversation::open(folder, "0b1c-2_D").is_some());
    }

    #[test]
    fn hints_are_remembered_and_noise_is_passed_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let conversation = Conversation::open(folder.path(), "s1").expect("usable");
        conversation.note(100, &["a"]).expect("written");
        conversation.note(200, &["b", "c"]).expect("written");
        std::fs::write(
            folder.path().join("conversations/s2"),
            b"\xff\xfe no\n300 d\n\n x",
        )
        .expect("written");
        assert_eq!(conversation.hinted_since(150), ["b", "c"]);
        let noisy = Conversation::open(folder.path(), "s2").expect("usable");
        assert_eq!(noisy.hinted_since(0), ["d"]);
        conversation.forget();
        assert!(conversation.hinted_since(0).is_empty());
    }
}
