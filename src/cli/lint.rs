//! `promptune lint`: are the pattern files sound, and do their examples hold?

use std::path::{Path, PathBuf};

use super::Run;
use super::exit::Exit;
use super::output;
use crate::patterns::compile;
use crate::patterns::diagnostic::Diagnostic;
use crate::patterns::format::RouteFile;
use crate::patterns::source::{SourceFile, Sources, read_file};
use crate::table::Loaded;

/// Checks pattern files: form, regexes, and that every example routes and no counter-example does
#[derive(clap::Args)]
pub(super) struct Lint {
    /// A patterns folder, or one route file in it
    #[arg(default_value = "patterns")]
    path: PathBuf,
}

impl Run for Lint {
    fn run(self) -> Result<Exit, String> {
        let (folder, only) = locate(&self.path)?;
        let (checked, faults) = check(&folder, only.as_deref());
        if faults.is_empty() {
            let files = if checked == 1 { "file" } else { "files" };
            output::print(&format!(
                "{} {checked} {files}, no fault\n",
                output::styled(output::GOOD, "ok")
            ))?;
            return Ok(Exit::Fine);
        }
        for fault in &faults {
            output::error(&fault.to_string());
        }
        Ok(Exit::Failed)
    }
}

/// The patterns folder of `path`, and the one file asked for where it is a file.
fn locate(path: &Path) -> Result<(PathBuf, Option<PathBuf>), String> {
    if path.is_dir() {
        return Ok((path.to_owned(), None));
    }
    if !path.is_file() {
        return Err(format!(
            "{}: no such file or folder\n  mend: name a patterns folder or a route file",
            path.display()
        ));
    }
    let parent = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty());
    Ok((
        parent.unwrap_or(Path::new(".")).to_owned(),
        Some(path.to_owned()),
    ))
}

/// Checks all files of `folder`, or one of them beside the others. Returns how many were checked and what is wrong.
fn check(folder: &Path, only: Option<&Path>) -> (usize, Vec<Diagnostic>) {
    let mut sources = match Sources::read(folder) {
        Ok(sources) => sources,
        Err(fault) => return (0, vec![fault]),
    };
    if let Some(only) = only {
        // The others' faults are not asked for, but their routes compete for the examples.
        let sound = compile::compile(&sources).is_ok();
        if !sound {
            match read_file(only) {
                Ok(file) => sources.routes = vec![file],
                Err(fault) => return (0, vec![fault]),
            }
        }
    }
    let checked = if only.is_some() {
        1
    } else {
        sources.routes.len() + sources.grammar.len()
    };
    if sources.routes.is_empty() {
        let nothing = Diagnostic::at(
            folder,
            "",
            0,
            "there is no route file here",
            "name a folder with <route>.json files",
        );
        return (0, vec![nothing]);
    }
    let table = match compile::compile(&sources) {
        Ok(table) => table,
        Err(faults) => return (checked, faults),
    };
    let loaded = match Loaded::new(&table) {
        Ok(loaded) => loaded,
        Err(problem) => {
            return (
                checked,
                vec![Diagnostic::at(
                    folder,
                    "",
                    0,
                    problem,
                    "report this as a bug",
                )],
            );
        }
    };
    let wanted = |file: &&SourceFile| {
        only.is_none_or(|only| file.path == only || file.path.file_name() == only.file_name())
    };
    let faults = sources
        .routes
        .iter()
        .filter(wanted)
        .flat_map(|file| failing_examples(file, &loaded))
        .collect();
    (checked, faults)
}

/// Examples that do not take their route, counter-examples that do.
fn failing_examples(file: &SourceFile, loaded: &Loaded) -> Vec<Diagnostic> {
    let Ok(route) = serde_json::from_str::<RouteFile<'_>>(&file.text) else {
        return Vec::new();
    };
    let id = route.route.value.as_str();
    let offered = |prompt: &str| -> Vec<String> {
        let table = loaded.table();
        crate::router::route(prompt, table).map_or_else(
            |_| Vec::new(),
            |routed| {
                routed
                    .decision
                    .offers()
                    .iter()
                    .map(|offer| table.routes[offer.route].id.as_str().to_owned())
                    .collect()
            },
        )
    };
    let mut faults = Vec::new();
    for example in &route.examples {
        let got = offered(&example.value);
        if !got.iter().any(|other| other == id) {
            let instead = if got.is_empty() {
                "stays silent".to_owned()
            } else {
                format!("takes {}", got.join(", "))
            };
            let problem = format!(
                "the example “{}” does not take {id}: it {instead}",
                example.value
            );
            let mend = "add a pattern that meets it, loosen a veto, or drop the example";
            faults.push(Diagnostic::at(
                &file.path,
                &file.text,
                example.offset(&file.text),
                problem,
                mend,
            ));
        }
    }
    for example in &route.counter_examples {
        if offered(&example.value).iter().any(|other| other == id) {
            let problem = format!("the counter-example “{}” takes {id}", example.value);
            let mend =
                "tighten the pattern that met it (`promptune route` shows which), or add a veto";
            faults.push(Diagnostic::at(
                &file.path,
                &file.text,
                example.offset(&file.text),
                problem,
                mend,
            ));
        }
    }
    faults
}
