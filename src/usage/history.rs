//! All transcripts of a folder: every message of every conversation and agent, each once.

use std::fs::{self, File};
use std::io::{self, Read, Seek as _, SeekFrom};
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;

use serde::Deserialize;

use super::cache::{self, Cache, Known, Stamp};
use super::once::Once;
use super::record::{Keeper, Message, Transcript};
use super::transcript::{Reader, Skipped};

/// Agents' folders lie three below the project's; nothing of the client's lies deeper than this.
const DEEPEST: usize = 8;

/// What a folder of transcripts tells.
#[derive(Debug, Default)]
pub struct History {
    files: Vec<Told>,
    skipped: Skipped,
    read: u64,
}

#[derive(Debug)]
struct Told {
    name: String,
    project: String,
    conversation: String,
    known: Known,
    new: bool,
}

/// A transcript that is there.
struct Found {
    path: PathBuf,
    /// Its path within the folder.
    name: String,
    stamp: Stamp,
}

impl History {
    /// Reads the transcripts under `projects`; what is known from last time is taken from the cache in `data`, and
    /// what is new kept there. `tell` is called with how many bytes have been read, and of how many.
    ///
    /// # Errors
    /// When the folder cannot be listed. A file that cannot be read is counted as skipped.
    pub fn read(
        projects: &Path,
        data: Option<&Path>,
        tell: &(dyn Fn(u64, u64) + Sync),
    ) -> io::Result<Self> {
        let mut found = Vec::new();
        let mut skipped = Skipped::default();
        list(projects, "", DEEPEST, &mut found, &mut skipped)?;
        found.sort_unstable_by(|a, b| a.name.cmp(&b.name));
        let store = data.map(|data| cache::file(data, projects));
        let mut cache = store.as_deref().map(cache::load).unwrap_or_default();
        let before = cache.len();
        let files = read_all(found, &mut cache, tell);
        let mut history = Self {
            files: Vec::with_capacity(files.len()),
            skipped,
            read: 0,
        };
        for (told, read) in files {
            history.read += read;
            match told {
                Some(told) => {
                    history.skipped.add(told.known.transcript.skipped);
                    history.files.push(told);
                }
                None => history.skipped.files += 1,
            }
        }
        let changed = history.files.len() != before || history.files.iter().any(|told| told.new);
        if let Some(store) = store.filter(|_| changed) {
            let all: Vec<_> = history
                .files
                .iter()
                .map(|told| (told.name.as_str(), &told.known))
                .collect();
            // A full disk costs time next time, no figure.
            let _ = cache::save(&store, &all);
        }
        Ok(history)
    }

    /// Every message once, in the order of the files' paths.
    #[must_use]
    pub fn messages(&self) -> Vec<Message<'_>> {
        let records = self.files.iter().map(|told| &told.known.transcript);
        let records = records.map(|transcript| transcript.records.len() + 1).sum();
        let mut once = Once::with_capacity(records);
        for told in &self.files {
            let Transcript {
                records,
                beyond,
                names,
                cwd,
                ..
            } = &told.known.transcript;
            for record in records.iter().chain(beyond) {
                let place = (&*told.project, &*told.conversation, cwd.as_deref());
                once.add(Message::new(*record, names, place));
            }
        }
        once.into_all()
    }

    /// What could not be read.
    #[must_use]
    pub fn skipped(&self) -> Skipped {
        self.skipped
    }

    /// How many transcripts there are.
    #[must_use]
    pub fn files(&self) -> usize {
        self.files.len()
    }

    /// How many bytes had to be read this time.
    #[must_use]
    pub fn bytes_read(&self) -> u64 {
        self.read
    }
}

/// Lists the transcripts in `folder`, whose path within the whole is `name`.
fn list(
    folder: &Path,
    name: &str,
    depth: usize,
    found: &mut Vec<Found>,
    skipped: &mut Skipped,
) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let Ok(entry) = entry else {
            skipped.files += 1;
            continue;
        };
        let file = entry.file_name();
        let name = format!("{name}{}", file.to_string_lossy());
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() {
            // One that vanishes in the meantime held nothing, one that may not be read is told.
            let listed = if depth == 0 {
                Ok(())
            } else {
                list(
                    &entry.path(),
                    &format!("{name}/"),
                    depth - 1,
                    found,
                    skipped,
                )
            };
            if listed.is_err_and(|error| error.kind() != io::ErrorKind::NotFound) {
                skipped.files += 1;
            }
        } else if kind.is_file() && entry.path().extension().is_some_and(|kind| kind == "jsonl") {
            match entry.metadata() {
                Ok(meta) => found.push(Found {
                    path: entry.path(),
                    name,
                    stamp: Stamp::of(&meta),
                }),
                Err(_) => skipped.files += 1,
            }
        }
    }
    Ok(())
}

/// Reads what is not known, on all processors, and returns what each file told and how many bytes of it were read.
fn read_all(
    found: Vec<Found>,
    cache: &mut Cache,
    tell: &(dyn Fn(u64, u64) + Sync),
) -> Vec<(Option<Told>, u64)> {
    let mut work = Vec::new();
    let mut done: Vec<(Option<Told>, u64)> = Vec::with_capacity(found.len());
    for (place, file) in found.into_iter().enumerate() {
        let known = cache.remove(&file.name);
        match known {
            Some(known) if known.stamp == file.stamp => {
                done.push((Some(told(&file.name, known, false)), 0));
            }
            known => {
                done.push((None, 0));
                work.push((place, file, known));
            }
        }
    }
    // The biggest first: none is left to one processor at the end.
    work.sort_unstable_by_key(|(_, file, _)| std::cmp::Reverse(file.stamp.size));
    let all: u64 = work.iter().map(|(_, file, _)| file.stamp.size).sum();
    let (next, so_far) = (AtomicUsize::new(0), AtomicU64::new(0));
    let more = |bytes| tell(so_far.fetch_add(bytes, Ordering::Relaxed) + bytes, all);
    let run = || {
        let mut reader = Reader::new();
        let mut results = Vec::new();
        while let Some((place, file, known)) = work.get(next.fetch_add(1, Ordering::Relaxed)) {
            let (known, read) = read_file(file, known.as_ref(), &mut reader, &more);
            results.push((
                *place,
                known.map(|known| told(&file.name, known, true)),
                read,
            ));
        }
        results
    };
    let threads = thread::available_parallelism()
        .map_or(1, NonZero::get)
        .min(work.len());
    let mut results = Vec::new();
    thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(run)).collect();
        results.extend(run());
        for other in others {
            // A thread that panicked leaves its files unread, and they are counted.
            results.extend(other.join().unwrap_or_default());
        }
    });
    for (place, told, read) in results {
        if let Some(slot) = done.get_mut(place) {
            *slot = (told, read);
        }
    }
    done
}

/// A file that tells how much of it has been read.
struct Watched<'a>(&'a mut File, &'a dyn Fn(u64));

impl Read for Watched<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.0.read(into)?;
        (self.1)(read as u64);
        Ok(read)
    }
}

/// Reads one file, or only what was added to it since it was `known`.
fn read_file(
    found: &Found,
    known: Option<&Known>,
    reader: &mut Reader,
    more: &dyn Fn(u64),
) -> (Option<Known>, u64) {
    let opened = File::open(&found.path).and_then(|file| Ok((file.metadata()?, file)));
    let Ok((meta, mut file)) = opened else {
        return (None, 0);
    };
    if !meta.is_file() {
        return (None, 0);
    }
    // As it is now: between listing and reading it may have grown.
    let stamp = Stamp::of(&meta);
    let grown = known.filter(|known| {
        stamp.may_follow(&known.stamp)
            && cache::fingerprint(&mut file, known.transcript.whole)
                .is_ok_and(|fingerprint| fingerprint == known.fingerprint)
    });
    let mut transcript = grown.map_or_else(Transcript::default, |known| known.transcript.clone());
    transcript.skipped.unfinished = 0;
    transcript.skipped.files = 0;
    if file.seek(SeekFrom::Start(transcript.whole)).is_err() {
        return (None, 0);
    }
    let agent = agent_of(&found.name);
    let mut new = Vec::new();
    let done = {
        let mut keeper = Keeper::new(&mut transcript, agent);
        let from = Watched(&mut file, more);
        reader.read_from(from, &mut |entry| new.push(keeper.keep(&entry)))
    };
    transcript.beyond = if done.beyond { new.pop() } else { None };
    let mut once = Once::default();
    for record in transcript.records.drain(..).chain(new) {
        once.add(record);
    }
    transcript.records = once.into_all();
    if agent.is_some() {
        name_agent(&mut transcript, &found.path);
    }
    let read = done.whole;
    transcript.whole += done.whole;
    transcript.skipped.add(done.skipped);
    let fingerprint = cache::fingerprint(&mut file, transcript.whole).unwrap_or(0);
    let known = Known {
        // What broke off is read anew next time.
        stamp: if done.skipped.files == 0 {
            stamp
        } else {
            Stamp::default()
        },
        fingerprint,
        transcript,
    };
    (Some(known), read)
}

/// Older lines do not say whose they are; what lies beside the transcript may.
fn name_agent(transcript: &mut Transcript, path: &Path) {
    #[derive(Deserialize)]
    struct Meta {
        #[serde(rename = "agentType")]
        kind: Option<String>,
    }
    let records = || transcript.records.iter().chain(&transcript.beyond);
    if records().all(|record| record.agent.is_some()) {
        return;
    }
    let meta = crate::data::read_small(&path.with_extension("meta.json"))
        .and_then(|bytes| serde_json::from_slice::<Meta>(&bytes).ok());
    let Some(kind) = meta.and_then(|meta| meta.kind) else {
        return;
    };
    let place = transcript.names.len() as u32;
    transcript.names.push(kind);
    for record in transcript.records.iter_mut().chain(&mut transcript.beyond) {
        record.agent.get_or_insert(place);
    }
}

/// The agent's ID, if `name` is the path of an agent's own transcript.
fn agent_of(name: &str) -> Option<&str> {
    let (folders, file) = name.rsplit_once('/')?;
    folders
        .split('/')
        .any(|folder| folder == "subagents")
        .then_some(())?;
    file.strip_prefix("agent-")?.strip_suffix(".jsonl")
}

fn told(name: &str, known: Known, new: bool) -> Told {
    let mut parts = name.split('/');
    let project = parts.next().unwrap_or_default().to_owned();
    // The conversation's own file, or the folder of that name with its agents.
    let conversation = parts.next().unwrap_or(&project);
    let conversation = conversation.trim_end_matches(".jsonl").to_owned();
    Told {
        name: name.to_owned(),
        project,
        conversation,
        known,
        new,
    }
}
