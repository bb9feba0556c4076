//! The ledger's files: appended to without a lock, set aside when full, read whole.
//!
//! `ledger.jsonl` is the one that grows. When it is full it is renamed to `ledger.000001.jsonl` and so on. Whoever
//! has it open at that moment writes on into the renamed file, and every reader reads all of them: no line is lost.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use memchr::memmem;

use super::{FIRST, Record};
use crate::data;

/// A file is set aside from this size on, in bytes.
pub const FULL: u64 = 2 * 1024 * 1024;

/// So many files set aside are kept; the oldest is removed when there are more.
pub const KEPT: usize = 32;

/// A longer line is not written, in bytes.
pub const LONGEST_LINE: usize = 4096;

/// What a reader got.
#[derive(Debug, Default)]
pub struct Read {
    /// The records, oldest first as far as the files tell.
    pub records: Vec<Record>,
    /// Lines that are none: cut short by a kill or a full disk, or written by somebody else.
    pub skipped: usize,
}

/// Appends `record` to the ledger in the data folder `folder` with one write, and does nothing else: fit for the
/// prompt's path.
///
/// # Errors
/// When the record is too long, or the file cannot be written.
pub fn append(folder: &Path, record: &Record) -> io::Result<()> {
    data::append(&current(folder), &line(record)?)
}

/// The same off the prompt's path: a line that was cut short before is ended first, and a full file is set aside.
///
/// # Errors
/// When the record is too long, or the file cannot be written. That a full file cannot be set aside is no error:
/// the next one tries again.
pub fn append_and_tend(folder: &Path, record: &Record) -> io::Result<()> {
    let mut text = line(record)?;
    let path = current(folder);
    if cut_short(&path) {
        text.insert(0, '\n');
    }
    data::append(&path, &text)?;
    // Somebody else may have set it aside by now.
    if fs::metadata(&path).is_ok_and(|file| file.len() >= FULL) {
        let _ = set_aside(folder);
    }
    Ok(())
}

/// Reads the whole ledger.
#[must_use]
pub fn read(folder: &Path) -> Read {
    let mut read = Read::default();
    for mut file in open(folder, usize::MAX) {
        let mut bytes = Vec::new();
        let _ = file.read_to_end(&mut bytes);
        read.add(&bytes, |_| true);
    }
    read
}

/// Reads what the newest two files hold of one conversation. A conversation is looked at while it goes on, so what
/// it left in older files is of no use any more.
#[must_use]
pub fn read_lately(folder: &Path, conversation: &str) -> Vec<Record> {
    let finder = memmem::Finder::new(conversation);
    let mut records = newest(folder, |line| finder.find(line).is_some());
    records.retain(|record| record.conversation == conversation);
    records
}

/// Reads the newest two files.
#[must_use]
pub fn read_newest(folder: &Path) -> Vec<Record> {
    newest(folder, |_| true)
}

fn newest(folder: &Path, wanted: impl Fn(&[u8]) -> bool) -> Vec<Record> {
    let mut read = Read::default();
    for mut file in open(folder, 1) {
        let mut bytes = Vec::new();
        let _ = file.read_to_end(&mut bytes);
        read.add(&bytes, &wanted);
    }
    read.records
}

impl Read {
    /// Adds the records in `bytes` of which the line is `wanted`.
    pub(super) fn add(&mut self, bytes: &[u8], wanted: impl Fn(&[u8]) -> bool) {
        for line in data::lines(bytes) {
            if line.is_empty() || !wanted(line) {
                continue;
            }
            if let Ok(record) = serde_json::from_slice(line) {
                self.records.push(record);
                continue;
            }
            // A line cut short has no end of its own, so the next one stands behind it on the same line. Inside a
            // JSON string quotes are escaped: this is nowhere but at the beginning of a record.
            let mut cuts: Vec<usize> = memmem::find_iter(line, FIRST.as_bytes()).collect();
            cuts.push(line.len());
            let parts = cuts.windows(2).map(|ends| &line[ends[0]..ends[1]]);
            let before = self.records.len();
            self.records
                .extend(parts.filter_map(|part| serde_json::from_slice(part).ok()));
            let beginning = usize::from(cuts[0] > 0);
            self.skipped += beginning + cuts.len() - 1 - (self.records.len() - before);
        }
    }
}

/// The file that grows.
#[must_use]
pub fn current(folder: &Path) -> PathBuf {
    folder.join("ledger.jsonl")
}

fn line(record: &Record) -> io::Result<String> {
    let mut line = serde_json::to_string(record)?;
    line.push('\n');
    if line.len() > LONGEST_LINE {
        let problem = "a line of more than 4 KB";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
    }
    Ok(line)
}

/// Whether the last line lacks its end. It is only a kindness to other readers: ours finds its way.
fn cut_short(path: &Path) -> bool {
    let last = || -> io::Result<u8> {
        let mut options = OpenOptions::new();
        options.read(true);
        // Opening a pipe waits for a writer.
        if !fs::metadata(path)?.is_file() {
            return Ok(b'\n');
        }
        let mut file = options.open(path)?;
        let mut last = [0];
        file.seek(SeekFrom::End(-1))?;
        file.read_exact(&mut last)?;
        Ok(last[0])
    };
    last().is_ok_and(|byte| byte != b'\n')
}

/// Renames the full file to the next number, and removes the oldest beyond those kept.
///
/// Only one process at a time gets the lock, and it looks again, so a fresh file is never renamed and no number is
/// taken twice. Where files cannot be locked, the ledger grows on.
fn set_aside(folder: &Path) -> io::Result<()> {
    let lock = data::open_to_append(&folder.join("ledger.lock"))?;
    match lock.try_lock() {
        Err(TryLockError::WouldBlock) => return Ok(()),
        Err(TryLockError::Error(error)) => return Err(error),
        Ok(()) => {}
    }
    let path = current(folder);
    if fs::metadata(&path)?.len() < FULL {
        return Ok(());
    }
    let mut numbers = numbers(folder);
    let next = numbers.last().map_or(1, |last| last + 1);
    fs::rename(&path, numbered(folder, next))?;
    numbers.push(next);
    for number in numbers.iter().rev().skip(KEPT) {
        fs::remove_file(numbered(folder, *number))?;
    }
    Ok(())
}

/// Opens the growing file and the `most` newest of those set aside, oldest first.
fn open(folder: &Path, most: usize) -> Vec<File> {
    let plain = |path: &Path| {
        let file = fs::metadata(path).is_ok_and(|meta| meta.is_file());
        file.then(|| File::open(path).ok()).flatten()
    };
    // A file may be set aside between the listing and the opening; then the listing has changed.
    for _ in 0..100 {
        let before = numbers(folder);
        let newest = plain(&current(folder));
        if numbers(folder) != before {
            continue;
        }
        let from = before.len().saturating_sub(most);
        let aside = before[from..]
            .iter()
            .filter_map(|number| plain(&numbered(folder, *number)));
        return aside.chain(newest).collect();
    }
    Vec::new()
}

fn numbered(folder: &Path, number: u32) -> PathBuf {
    folder.join(format!("ledger.{number:06}.jsonl"))
}

/// The numbers of the files set aside, in order.
fn numbers(folder: &Path) -> Vec<u32> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let number = |entry: fs::DirEntry| -> Option<u32> {
        let name = entry.file_name();
        let digits = name.to_str()?.strip_prefix("ledger.")?;
        digits.strip_suffix(".jsonl")?.parse().ok()
    };
    let mut numbers: Vec<u32> = entries.flatten().filter_map(number).collect();
    numbers.sort_unstable();
    numbers
}
