//! Keeps the compiled catalogue up to date, off the prompt's path.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use super::compile::compile;
use super::files::Files;
use super::index::Index;
use super::{Catalogue, Entry, Kind, Use, file, places, store, used, with};
use crate::adaptive::Adaptive;
use crate::ledger::{self, What};
use crate::usage::once::hash_bytes;

/// Two changes of a folder within this time may leave the same time behind.
const GRAIN: Duration = Duration::from_millis(20);

/// What became of the catalogue.
#[derive(Debug)]
pub struct Report {
    /// What is installed.
    pub catalogue: Catalogue,
    /// Size of what was compiled, in bytes; 0 where it is as it was, or where nothing is installed.
    pub bytes: usize,
    /// How long it all took.
    pub took: Duration,
    /// Why it could not be kept, if it could not.
    pub unwritten: Option<io::Error>,
}

/// The catalogue of a conversation in `project`, as last compiled into the data folder `data`, or compiled anew where a
/// prompt would see that it has changed. With `data` missing it is compiled for this process only. `None` where nothing
/// is installed, and for the report where nothing was looked at.
#[must_use]
pub fn quick(
    project: Option<&Path>,
    data: Option<&Path>,
) -> (Option<Index<'static>>, Option<Report>) {
    if let Some(Ok(Some(index))) = data.map(|data| file::open(project, data)) {
        return (Some(index), None);
    }
    let (index, report) = anew(project, data);
    (index, Some(report))
}

/// Looks at every file, reads those that are new or have changed, and compiles the catalogue where it has become
/// another one.
#[must_use]
pub fn thorough(project: Option<&Path>, data: &Path) -> Report {
    look(project, Some(data), false).1
}

/// The same, but compiles it in any case.
#[must_use]
pub fn anew(project: Option<&Path>, data: Option<&Path>) -> (Option<Index<'static>>, Report) {
    look(project, data, true)
}

/// Any number of processes may do this at once: each writes a whole file in one step.
fn look(
    project: Option<&Path>,
    data: Option<&Path>,
    anew: bool,
) -> (Option<Index<'static>>, Report) {
    let begun = Instant::now();
    let store = data.map(|data| store(project, data));
    let mut files = store.as_deref().map(Files::remembered).unwrap_or_default();
    wait_out(project);
    let mut report = Report {
        catalogue: with(project, &mut files),
        bytes: 0,
        took: Duration::ZERO,
        unwritten: None,
    };
    let index = keep(project, data, anew, &mut files, &mut report);
    if let Some(store) = store {
        let kept = if report.catalogue.entries.is_empty() {
            removed(&store)
        } else {
            files.remember(&store)
        };
        report.unwritten = report.unwritten.or(kept.err());
    }
    report.took = begun.elapsed();
    (index, report)
}

/// Compiles what `report` has, and keeps it in `data`.
fn keep(
    project: Option<&Path>,
    data: Option<&Path>,
    anew: bool,
    files: &mut Files,
    report: &mut Report,
) -> Option<Index<'static>> {
    let catalogue = &report.catalogue;
    if catalogue.entries.is_empty() {
        report.unwritten = data.and_then(|data| removed(&file::path(project, data)).err());
        return None;
    }
    let uses = Uses::read(data);
    let print = fingerprint(catalogue, &uses);
    if !anew
        && files.compiled == print
        && let Some(Ok(Some(index))) = data.map(|data| file::open(project, data))
    {
        return Some(index);
    }
    let bytes = compile(&catalogue.entries, &catalogue.sources, &|it: &Entry| {
        uses.of(it)
    });
    report.bytes = bytes.len();
    match data.map(|data| file::write(&bytes, project, data)) {
        Some(Err(error)) => report.unwritten = Some(error),
        _ => files.compiled = print,
    }
    Index::read(bytes.leak()).ok()
}

/// Waits until a change of what a prompt looks at would leave another time than the one it has now.
fn wait_out(project: Option<&Path>) {
    let newest = places::sources(project)
        .iter()
        .map(|source| {
            let stamp = source.stamp;
            Duration::new(
                u64::try_from(stamp.seconds).unwrap_or(0),
                u32::try_from(stamp.nanos).unwrap_or(0),
            )
        })
        .max();
    let age = SystemTime::now().duration_since(UNIX_EPOCH + newest.unwrap_or_default());
    if age.is_ok_and(|age| age < GRAIN) {
        thread::sleep(GRAIN);
    }
}

fn removed(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A number that is another one where anything is different that is compiled.
fn fingerprint(catalogue: &Catalogue, uses: &Uses) -> u64 {
    let mut all = String::new();
    for entry in &catalogue.entries {
        // A little more or less use changes nothing worth the time.
        let liking = (uses.of(entry).liking() * 50.0).round();
        let _ = writeln!(all, "{entry:?}{liking}");
    }
    for source in &catalogue.sources {
        let _ = writeln!(all, "{source:?}");
    }
    hash_bytes(all.as_bytes())
}

/// How often entries were called, and hinted in vain.
struct Uses {
    skills: HashMap<String, u64>,
    agents: HashMap<String, u64>,
    ignored: Adaptive,
}

impl Uses {
    /// Skills by the client's own count, agents by the ledger in `data`.
    fn read(data: Option<&Path>) -> Self {
        let mut agents: HashMap<String, u64> = HashMap::new();
        for record in data.map(ledger::read_newest).unwrap_or_default() {
            if let What::Agent { name, .. } = record.what {
                *agents.entry(name).or_default() += 1;
            }
        }
        Self {
            skills: used::skills(),
            agents,
            ignored: data.map(Adaptive::read).unwrap_or_default(),
        }
    }

    fn of(&self, entry: &Entry) -> Use {
        let calls = if entry.kind == Kind::Agent {
            &self.agents
        } else {
            &self.skills
        };
        Use {
            called: calls.get(&entry.id).copied().unwrap_or_default(),
            ignored: u64::from(self.ignored.ignored(&file::remembered(&entry.id))),
        }
    }
}
