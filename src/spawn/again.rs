//! Whether a task that was given a smaller model is handed out again, to a larger one.
//!
//! Of a task only a fingerprint is kept, from which no word can be read, and only as long as its conversation's file.

use std::path::{Path, PathBuf};

use crate::data;
use crate::system::system;

/// Fingerprints of the same task in other words differ in so many of their 64 bits at most.
const ALIKE: u32 = 8;

/// A task handed out later than this is another one, in seconds.
const SOON: u64 = 2 * 60 * 60;

/// Only the end of the file is read, in bytes.
const TAIL: u64 = 8 * 1024;

/// A task's fingerprint: tasks of nearly the same words have nearly the same one.
#[must_use]
pub fn fingerprint(task: &str) -> u64 {
    let mut counts = [0_i32; 64];
    let words = task.split(|letter: char| !letter.is_alphanumeric());
    for word in words.filter(|word| !word.is_empty()) {
        let mut hash = 0xcbf2_9ce4_8422_2325_u64;
        for byte in word.bytes() {
            hash = (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3);
        }
        // The low bits of FNV are its weakest.
        hash ^= hash >> 32;
        for (bit, count) in counts.iter_mut().enumerate() {
            *count += if hash >> bit & 1 == 1 { 1 } else { -1 };
        }
    }
    let bits = counts.iter().enumerate();
    bits.fold(0, |all, (bit, count)| all | u64::from(*count > 0) << bit)
}

/// Notes that the task of `call` was given a smaller model.
///
/// # Errors
/// When the file cannot be written.
pub fn note(folder: &Path, session: &str, call: &str, task: &str) -> std::io::Result<()> {
    let Some(path) = file(folder, session) else {
        return Ok(());
    };
    let line = format!("{} {call} {:016x}\n", data::now(), fingerprint(task));
    data::append(&path, &line)
}

/// The call by which the same task was given a smaller model a while ago.
#[must_use]
pub fn earlier(folder: &Path, session: &str, task: &str) -> Option<String> {
    let bytes = system().read_end(&file(folder, session)?, TAIL)?;
    let (now, own) = (data::now(), fingerprint(task));
    let text = String::from_utf8_lossy(&bytes);
    text.lines().rev().find_map(|line| {
        let mut parts = line.split(' ');
        let at: u64 = parts.next()?.parse().ok()?;
        let call = parts.next()?;
        let then = u64::from_str_radix(parts.next()?, 16).ok()?;
        let alike = (then ^ own).count_ones() <= ALIKE;
        (alike && now.saturating_sub(at) <= SOON).then(|| call.to_owned())
    })
}

/// Beside the conversation's hints, by a name of the same form: it is removed with them.
fn file(folder: &Path, session: &str) -> Option<PathBuf> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let usable = !session.is_empty() && session.len() <= 100 && session.bytes().all(plain);
    usable.then(|| {
        folder
            .join("conversations")
            .join(format!("{session}_models"))
    })
}

#[cfg(test)]
mod tests {
    use super::{earlier, note};

    #[test]
    fn the_same_task_is_known_again_and_another_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let task = "Run the complete test suite with `npm test` and report how many tests passed, failed and were skipped. Do not modify any files.";
        note(folder.path(), "s1", "toolu_1", task).expect("written");
        let again = task.replace("Do not modify", "Don't modify");
        let of = |task: &str| earlier(folder.path(), "s1", task);
        assert_eq!(of(task).as_deref(), Some("toolu_1"));
        assert_eq!(of(&again).as_deref(), Some("toolu_1"));
        assert_eq!(
            of("Find where the retry policy is defined and list its callers."),
            None
        );
        assert_eq!(earlier(folder.path(), "s2", task), None);
        assert_eq!(earlier(folder.path(), "../s1", task), None);
    }
}
