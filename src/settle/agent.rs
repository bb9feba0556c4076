//! What an agent used, by its own transcript.

use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::turn;
use crate::usage::Entry;
use crate::usage::transcript::messages;

/// So long is waited for a last message. None was ever missing after 50 ms; the person waits for none of it.
const PATIENCE: Duration = Duration::from_millis(200);

/// How often is looked.
const PAUSE: Duration = Duration::from_millis(5);

/// A longer transcript is not read while the client waits, in bytes.
const LONGEST: u64 = 256 * 1024 * 1024;

/// Waits until each of `transcripts` ends with a last message, but no longer than 200 ms for all of them
/// together.
pub(super) fn wait<'a>(transcripts: impl Iterator<Item = &'a Path>) {
    let until = Instant::now() + PATIENCE;
    for transcript in transcripts {
        // What cannot be read now will not be in a moment.
        while turn::ended(transcript).is_ok_and(|ended| !ended) && Instant::now() < until {
            thread::sleep(PAUSE);
        }
    }
}

/// The requests of an agent in order, each once.
///
/// # Errors
/// When the transcript is missing, no plain file, or too long.
pub(super) fn requests(transcript: &Path) -> io::Result<Vec<Entry<'static>>> {
    let meta = fs::metadata(transcript)?;
    if !meta.is_file() || meta.len() > LONGEST {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let (mut requests, _) = messages(transcript);
    requests.retain(|request| !request.synthetic());
    Ok(requests)
}
