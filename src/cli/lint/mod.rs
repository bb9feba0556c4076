//! `promptune lint`: are the pattern files sound, and do their examples hold?

mod own;

use std::path::{Path, PathBuf};

use super::exit::Exit;
use super::{Run, output};
use crate::patterns::compile;
use crate::patterns::diagnostic::Diagnostic;
use crate::patterns::format::{RouteFile, Text};
use crate::patterns::source::{SourceFile, Sources, read_file};
use crate::table::Loaded;

/// Checks pattern files: form, regexes, and that every example routes and no counter-example does
///
/// Without PATH: your own files, the project's, and `patterns/` here, where it is a patterns folder.
#[derive(clap::Args)]
pub(super) struct Lint {
    /// A patterns folder with a grammar, one route file in it, or one file of your own or the project's
    path: Option<PathBuf>,
}

/// A patterns folder that needs not be named.
const HERE: &str = "patterns";

impl Run for Lint {
    fn run(self) -> Result<Exit, String> {
        let (checked, faults) = match &self.path {
            Some(path) if !own::is_own(path) => {
                let (folder, only) = locate(path)?;
                check(&folder, only.as_deref())
            }
            Some(path) => own::check(Some(path)),
            None => {
                let (mut checked, mut faults) = own::check(None);
                if Path::new(HERE).join("grammar").is_dir() {
                    let (more, further) = check(Path::new(HERE), None);
                    checked += more;
                    faults.extend(further);
                }
                (checked, faults)
            }
        };
        if checked == 0 && faults.is_empty() {
            let folders = own::folders().join(" or ");
            output::print(&format!(
                "{} built-in patterns only: there is nothing in {folders}\n",
                output::styled(output::GOOD, "ok")
            ))?;
            return Ok(Exit::Fine);
        }
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
    let tests = Tests {
        file,
        id: &route.route.value,
        examples: &route.examples,
        counter_examples: &route.counter_examples,
    };
    tests.failing(|prompt| {
        let table = loaded.table();
        let Ok(routed) = crate::router::route(prompt, table) else {
            return Vec::new();
        };
        let offers = routed.decision.offers();
        let ids = offers.iter().map(|offer| &table.routes[offer.route].id);
        ids.map(|id| id.as_str().to_owned()).collect()
    })
}

/// The prompts by which a route is tested.
struct Tests<'a> {
    file: &'a SourceFile,
    id: &'a str,
    examples: &'a [Text<'a>],
    counter_examples: &'a [Text<'a>],
}

impl Tests<'_> {
    /// What fails, where `offered` has the routes that a prompt is offered.
    fn failing(&self, offered: impl Fn(&str) -> Vec<String>) -> Vec<Diagnostic> {
        let id = self.id;
        let mut faults = Vec::new();
        let mut fault = |example: &Text<'_>, problem: String, mend: &str| {
            let (path, text) = (&self.file.path, &self.file.text);
            faults.push(Diagnostic::at(
                path,
                text,
                example.offset(text),
                problem,
                mend,
            ));
        };
        for example in self.examples {
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
                fault(example, problem, mend);
            }
        }
        for example in self.counter_examples {
            if offered(&example.value).iter().any(|other| other == id) {
                let problem = format!("the counter-example “{}” takes {id}", example.value);
                let mend = "tighten the pattern that met it (`promptune route` shows which), or add a veto";
                fault(example, problem, mend);
            }
        }
        faults
    }
}
