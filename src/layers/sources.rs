//! The files a layer is written in: which, their text within bounds, and whether they are as they were.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::Place;
use crate::patterns::diagnostic::Diagnostic;
use crate::patterns::own::{ArchivedOwn, ArchivedStamp, Source, Stamp};
use crate::patterns::source::SourceFile;
use crate::system::system;

/// A prompt looks at so many files and folders of a layer at most. Where a layer has more files, the folder tells of
/// files that come, go or are replaced; an edit inside one is seen at the next start of a conversation.
pub const MOST_STATS: usize = 4;

/// The largest file that is read, in bytes.
pub const LARGEST_FILE: u64 = 4 << 20;

/// All files of a layer together, in bytes.
pub const LARGEST_LAYER: u64 = 16 << 20;

/// So many route files are read.
pub const MOST_FILES: usize = 2000;

/// So many entries of a folder are looked at.
const MOST_ENTRIES: usize = 20_000;

/// Two changes of a file within this time may leave the same time behind.
const GRAIN: Duration = Duration::from_millis(20);

/// A layer as written.
#[derive(Debug, Default)]
pub struct Written {
    /// What was looked at: the folder, `skill-rules.json`, the route files.
    pub sources: Vec<Source>,
    /// The texts that could be read, with their index in `sources`.
    pub files: Vec<(u32, SourceFile)>,
    /// What could not be read.
    pub faults: Vec<Diagnostic>,
}

impl Written {
    /// Whether there is anything at all.
    #[must_use]
    pub fn exists(&self) -> bool {
        self.sources
            .iter()
            .any(|source| source.stamp != Stamp::default())
    }

    /// Whether `file`, an index into `sources`, is `skill-rules.json`.
    #[must_use]
    pub fn is_skill_rules(file: u32) -> bool {
        file == 1
    }
}

/// Reads the layer at `place`.
#[must_use]
pub fn read(place: &Place) -> Written {
    let mut written = Written::default();
    let folder = place.folder();
    let mut newest = look(&mut written, &folder);
    let mut paths = vec![place.skill_rules()];
    let (files, faults) = list(&folder);
    paths.extend(files);
    written.faults.extend(faults);
    for path in &paths {
        newest = newest.max(look(&mut written, path));
    }
    // Read later than the times tell apart: a change while we read leaves another time.
    if let Ok(age) = SystemTime::now().duration_since(newest)
        && age < GRAIN
    {
        thread::sleep(GRAIN);
    }
    let mut left = LARGEST_LAYER;
    for (index, path) in paths.iter().enumerate() {
        let index = index as u32 + 1;
        if written.sources[index as usize].stamp == Stamp::default() {
            continue;
        }
        match read_text(path, &mut left) {
            Ok(text) => written.files.push((
                index,
                SourceFile {
                    path: path.clone(),
                    text,
                },
            )),
            Err(fault) => written.faults.push(fault),
        }
    }
    written
}

/// Notes how `path` is. Returns when it was last changed.
fn look(written: &mut Written, path: &Path) -> SystemTime {
    let stamp = system().stamp(path);
    written.sources.push(Source {
        path: path.to_string_lossy().into_owned(),
        stamp,
    });
    let since = Duration::new(
        u64::try_from(stamp.seconds).unwrap_or(0),
        u32::try_from(stamp.nanos).unwrap_or(0),
    );
    UNIX_EPOCH + since
}

/// The route files of `folder`, in order of name.
fn list(folder: &Path) -> (Vec<PathBuf>, Option<Diagnostic>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return (Vec::new(), None);
    };
    let mut paths: Vec<PathBuf> = entries
        .take(MOST_ENTRIES)
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "json"))
        .filter(|path| {
            path.file_name()
                .is_some_and(|name| name != "schema.json" && name != "config.json")
        })
        .collect();
    paths.sort();
    let fault = (paths.len() > MOST_FILES).then(|| {
        Diagnostic::at(
            folder,
            "",
            0,
            format!(
                "there are {} files here; the first {MOST_FILES} are read",
                paths.len()
            ),
            "keep only the routes you use",
        )
    });
    paths.truncate(MOST_FILES);
    (paths, fault)
}

fn read_text(path: &Path, left: &mut u64) -> Result<String, Diagnostic> {
    let fault = |problem: String, mend: &str| Diagnostic::at(path, "", 0, problem, mend);
    let unreadable =
        |error: std::io::Error| fault(format!("cannot be read: {error}"), "check its permissions");
    // Opening a pipe would wait for a writer.
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err(fault("this is no plain file".to_owned(), "put a file here"));
    }
    let file = File::open(path).map_err(unreadable)?;
    let most = LARGEST_FILE.min(*left);
    let mut bytes = Vec::new();
    file.take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    if bytes.len() as u64 > most {
        return Err(fault(
            format!(
                "the file is too large: {} MB a file and {} MB a layer are read",
                LARGEST_FILE >> 20,
                LARGEST_LAYER >> 20
            ),
            "split it, or keep only the rules you use",
        ));
    }
    *left -= bytes.len() as u64;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
        Diagnostic::at(
            path,
            &text,
            valid,
            "this byte is not UTF-8",
            "save the file as UTF-8",
        )
    })
}

/// Whether the sources of `own` are as they were, as far as `most` stats tell.
#[must_use]
pub fn unchanged(own: &ArchivedOwn, most: usize) -> bool {
    let files = if own.sources.len() <= most {
        own.sources.len()
    } else {
        most.min(2)
    };
    own.sources[..files].iter().all(|source| {
        let now = system().stamp(Path::new(source.path.as_str()));
        same(&source.stamp, now)
    })
}

fn same(then: &ArchivedStamp, now: Stamp) -> bool {
    *then == now
}
