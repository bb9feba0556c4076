//! Keeping compiled layers up to date.

use std::collections::HashSet;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};

use super::compile::{self, Outcome};
use super::{Layer, Layers, Owner, Place, Unfit, file, places, sources};
use crate::patterns::diagnostic::Diagnostic;
use crate::table;

/// Compiling a layer takes no longer for a person who waits for it.
pub const PATIENT: Duration = Duration::from_secs(20);

/// And no longer at the start of a conversation.
pub const QUICK: Duration = Duration::from_secs(2);

/// What became of one layer.
#[derive(Debug)]
pub struct Report {
    /// Where it is written.
    pub place: Place,
    /// It was compiled anew; otherwise there is nothing of it.
    pub compiled: bool,
    /// What is refused.
    pub faults: Vec<Diagnostic>,
    /// Files read.
    pub files: usize,
    /// Routes in it.
    pub routes: usize,
    /// Regexes in it.
    pub regexes: usize,
    /// Phrases in it.
    pub phrases: usize,
    /// Size of the compiled file.
    pub bytes: usize,
    /// How long it took.
    pub took: Duration,
    /// Why the compiled file could not be kept, if it could not.
    pub unwritten: Option<io::Error>,
}

/// Compiles the layers of a conversation in the folder `project` and keeps them in the data folder `data`. With `data`
/// missing they are compiled for this process only.
#[must_use]
pub fn all(project: Option<&Path>, data: Option<&Path>) -> (Layers, Vec<Report>) {
    let mut layers = Layers::default();
    let mut reports = Vec::new();
    for place in places(project) {
        let (layer, report) = one(&place, &layers.sound, data, PATIENT);
        layers.sound.extend(layer);
        reports.push(report);
    }
    (layers, reports)
}

/// Compiles what is not up to date. Returns the layers, and reports on those that were compiled.
#[must_use]
pub fn refresh(project: Option<&Path>, data: &Path, within: Duration) -> (Layers, Vec<Report>) {
    let mut layers = Layers::default();
    let mut reports = Vec::new();
    for place in places(project) {
        let found = Layers::read(vec![place.clone()], data, usize::MAX);
        if let [layer] = found.sound[..] {
            layers.sound.push(layer);
            continue;
        }
        let (layer, report) = one(&place, &layers.sound, Some(data), within);
        layers.sound.extend(layer);
        if report.compiled || !report.faults.is_empty() {
            reports.push(report);
        }
    }
    (layers, reports)
}

/// The IDs of the built-in routes and those of `layers`.
#[must_use]
pub fn known(layers: &[Layer]) -> HashSet<String> {
    let tables = std::iter::once(table::builtin()).chain(layers.iter().map(|it| &it.own.compiled));
    tables
        .flat_map(|table| table.routes.iter())
        .map(|route| route.id.as_str().to_owned())
        .collect()
}

fn one(
    place: &Place,
    below: &[Layer],
    data: Option<&Path>,
    within: Duration,
) -> (Option<Layer>, Report) {
    let begun = Instant::now();
    let written = sources::read(place);
    let exists = written.exists();
    let Outcome {
        own,
        faults,
        regexes,
        phrases,
        files,
    } = if exists {
        compile::compile(place, written, &known(below), within)
    } else {
        Outcome::default()
    };
    let mut report = Report {
        place: place.clone(),
        compiled: false,
        faults,
        files,
        routes: own.as_ref().map_or(0, |own| own.compiled.routes.len()),
        regexes,
        phrases,
        bytes: 0,
        took: Duration::ZERO,
        unwritten: None,
    };
    let path = data.map(|data| place.compiled(data));
    let bytes = own.as_ref().map(file::bytes);
    let layer = match bytes {
        Some(Ok(bytes)) => {
            report.bytes = bytes.len();
            report.compiled = true;
            if let Some(path) = &path {
                report.unwritten = file::write(path, &bytes).err();
            }
            file::in_memory(bytes).ok().map(|own| Layer {
                owner: place.owner,
                own,
            })
        }
        other => {
            report.unwritten = other.and_then(Result::err);
            // What was compiled from files that are no more, or from sound ones before these.
            if let Some(path) = &path {
                file::remove(path);
            }
            None
        }
    };
    report.took = begun.elapsed();
    (layer, report)
}

/// Names a layer's place to a person: `the user's layer (~/.claude/promptune)`.
#[must_use]
pub fn described(place: &Place) -> String {
    let whose = match place.owner {
        Owner::Builtin => "built-in",
        Owner::User => "user",
        Owner::Project => "project",
    };
    format!("{whose} layer ({})", place.folder().display())
}

/// Why the layer at `place` is passed over, in one line.
#[must_use]
pub fn passed_over(place: &Place, unfit: Unfit) -> String {
    format!("the {} is passed over: {unfit}", described(place))
}
