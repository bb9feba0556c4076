//! Checking the files of the person and of the project.

use std::path::Path;

use super::Tests;
use crate::cli::project;
use crate::layers::{self, Layers, Place, index, route_file, sources};
use crate::patterns::diagnostic::Diagnostic;
use crate::{router, table};

/// Whether `path` is a file of a person's or a project's layer.
pub(super) fn is_own(path: &Path) -> bool {
    let parent = path.parent().and_then(Path::file_name);
    path.file_name()
        .is_some_and(|name| name == "skill-rules.json")
        || (path.is_file() && parent.is_some_and(|folder| folder == "promptune"))
        || layers::places(project::folder().as_deref())
            .iter()
            .any(|place| same(&place.folder(), path) || path.starts_with(place.folder()))
}

/// Where own files are looked for.
pub(super) fn folders() -> Vec<String> {
    layers::places(project::folder().as_deref())
        .iter()
        .flat_map(|place| [place.folder(), place.skill_rules()])
        .map(|path| path.display().to_string())
        .collect()
}

/// Checks all own files, or only those at `only`. Returns how many were checked and what is wrong.
pub(super) fn check(only: Option<&Path>) -> (usize, Vec<Diagnostic>) {
    let project = project::folder();
    let (layers, reports) = index::all(project.as_deref(), None);
    let mut faults: Vec<Diagnostic> = Vec::new();
    let mut checked = 0;
    for report in reports {
        faults.extend(report.faults);
        let (files, failing) = examples(&report.place, &layers, only);
        checked += files;
        faults.extend(failing);
    }
    if let Some(only) = only {
        faults.retain(|fault| within(&fault.file, only));
        if checked == 0 && faults.is_empty() {
            faults.push(Diagnostic::at(
                only,
                "",
                0,
                "this is not a file of yours or of this project",
                "run it where the project is; `promptune lint` alone checks all files there are",
            ));
        }
    }
    (checked, faults)
}

/// The examples of a layer, with it and the layers below it.
fn examples(place: &Place, layers: &Layers, only: Option<&Path>) -> (usize, Vec<Diagnostic>) {
    let sound = layers.sound.iter();
    let below = Layers {
        sound: sound
            .filter(|layer| layer.owner <= place.owner)
            .copied()
            .collect(),
        unfit: Vec::new(),
    };
    let offered = |prompt: &str| -> Vec<String> {
        let Ok(routed) = router::route(prompt, table::builtin()) else {
            return Vec::new();
        };
        let routed = layers::decide::over(routed, &below);
        let known = below.routes();
        let offers = routed.decision.offers();
        let ids = offers.iter().map(|offer| known.id(offer.route));
        ids.map(str::to_owned).collect()
    };
    let mut faults = Vec::new();
    let mut checked = 0;
    for (number, file) in sources::read(place).files {
        if only.is_some_and(|only| !within(&file.path, only)) {
            continue;
        }
        checked += 1;
        if sources::Written::is_skill_rules(number) {
            continue;
        }
        let Some(own) = route_file::parse(&file).ok() else {
            continue;
        };
        // A file with another fault is not in the layer: that its examples fail says nothing more.
        let compiled = below.sound.iter().any(|layer| {
            let files = layer
                .own
                .changes
                .iter()
                .map(|change| change.file.to_native());
            layer.owner == place.owner && files.into_iter().any(|file| file == number)
        });
        if compiled {
            let tests = Tests {
                file: &file,
                id: own.id(),
                examples: &own.examples,
                counter_examples: &own.counter_examples,
            };
            faults.extend(tests.failing(offered));
        }
    }
    (checked, faults)
}

fn within(file: &Path, only: &Path) -> bool {
    same(file, only) || file.parent().is_some_and(|folder| same(folder, only))
}

fn same(a: &Path, b: &Path) -> bool {
    a == b
        || a.canonicalize()
            .ok()
            .zip(b.canonicalize().ok())
            .is_some_and(|(a, b)| a == b)
}
