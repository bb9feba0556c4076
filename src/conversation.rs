//! What was hinted in a conversation, so that the same hint is not given again and again.
//!
//! One append-only file a conversation, one line a hint: `SECONDS ROUTE`, or `SECONDS !off` and `SECONDS !on` where the
//! person switched. Touched only when a hint is about to be given, or by the switch.

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

/// The same where promptune was switched off: it shall not be on again when somebody comes back to it.
const KEEP_OFF: Duration = Duration::from_hours(90 * 24);

/// The switch's lines have these in the route's place. No route's name begins so.
const OFF: &str = "!off";
const ON: &str = "!on";

/// What is known of a conversation.
#[derive(Debug, Default)]
pub struct Past {
    /// "promptune off" was typed last, not "promptune on".
    pub off: bool,
    hints: Vec<(u64, String)>,
}

impl Past {
    /// The routes hinted at or after `since`, in seconds since 1970.
    pub fn hinted_since(&self, since: u64) -> impl Iterator<Item = &str> {
        let late = self.hints.iter().filter(move |(at, _)| *at >= since);
        late.map(|(_, route)| route.as_str())
    }
}

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

    /// What is known of it, from one read. Lines that are not ours are passed over.
    #[must_use]
    pub fn past(&self) -> Past {
        let mut past = Past::default();
        let bytes = system().read_end(&self.path, TAIL).unwrap_or_default();
        for line in String::from_utf8_lossy(&bytes).lines() {
            let Some((seconds, what)) = line.split_once(' ') else {
                continue;
            };
            match (seconds.parse(), what) {
                (Err(_), _) => {}
                (_, OFF) => past.off = true,
                (_, ON) => past.off = false,
                (Ok(seconds), route) => past.hints.push((seconds, route.to_owned())),
            }
        }
        past
    }

    /// Notes that the person switched at `now`.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn switch(&self, now: u64, on: bool) -> std::io::Result<()> {
        self.note(now, &[if on { ON } else { OFF }])
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

    /// The same where the conversation goes on: what was switched off stays off.
    pub fn forget_hints(&self) {
        let off = self.past().off;
        self.forget();
        if off && let Err(error) = self.switch(data::now(), false) {
            data::log(&format!("the off switch cannot be kept: {error}"));
        }
    }
}

/// Removes the files of conversations that ended long ago.
pub fn prune(folder: &Path) {
    let conversations = folder.join("conversations");
    // What a link leads to is not ours to remove.
    if !fs::symlink_metadata(&conversations).is_ok_and(|it| it.is_dir()) {
        return;
    }
    let Ok(entries) = fs::read_dir(&conversations) else {
        return;
    };
    let now = SystemTime::now();
    for entry in entries.flatten() {
        // Only what `open` could have made.
        let ours = entry
            .file_name()
            .to_str()
            .and_then(|name| Conversation::open(folder, name));
        let age = entry
            .metadata()
            .and_then(|meta| {
                if meta.is_file() {
                    meta.modified()
                } else {
                    Ok(now)
                }
            })
            .ok()
            .and_then(|changed| now.duration_since(changed).ok())
            .unwrap_or_default();
        let old = age > KEEP
            && ours.is_some_and(|conversation| age > KEEP_OFF || !conversation.past().off);
        if old {
            let _ = fs::remove_file(entry.path());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{Conversation, prune};

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
        let hinted = |conversation: &Conversation, since| {
            let past = conversation.past();
            past.hinted_since(since)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(hinted(&conversation, 150), ["b", "c"]);
        let noisy = Conversation::open(folder.path(), "s2").expect("usable");
        assert_eq!(hinted(&noisy, 0), ["d"]);
        conversation.forget();
        assert!(hinted(&conversation, 0).is_empty());
    }

    #[test]
    fn the_switch_is_remembered_and_outlives_the_hints() {
        let folder = tempfile::tempdir().expect("a folder");
        let conversation = Conversation::open(folder.path(), "s1").expect("usable");
        assert!(!conversation.past().off);
        conversation.note(100, &["a"]).expect("written");
        conversation.switch(200, false).expect("written");
        assert!(conversation.past().off);
        assert_eq!(conversation.past().hinted_since(0).count(), 1);
        conversation.forget_hints();
        assert!(conversation.past().off);
        assert_eq!(conversation.past().hinted_since(0).count(), 0);
        conversation.switch(300, true).expect("written");
        assert!(!conversation.past().off);
    }

    #[test]
    fn a_conversation_that_is_off_is_kept_longer() {
        let folder = tempfile::tempdir().expect("a folder");
        let weeks = |weeks: u64| SystemTime::now() - Duration::from_hours(weeks * 7 * 24);
        for (session, off, age, kept) in [
            ("new", false, weeks(0), true),
            ("old", false, weeks(2), false),
            ("off", true, weeks(2), true),
            ("off-long-ago", true, weeks(20), false),
        ] {
            let conversation = Conversation::open(folder.path(), session).expect("usable");
            conversation.note(1, &["a"]).expect("written");
            conversation.switch(2, !off).expect("written");
            let path = folder.path().join("conversations").join(session);
            let file = std::fs::File::options()
                .write(true)
                .open(&path)
                .expect("opened");
            file.set_modified(age).expect("aged");
            prune(folder.path());
            assert_eq!(path.exists(), kept, "{session}");
        }
    }
}
