//! `promptune index`: compiles the patterns of the person and of the project, and the catalogue of what is installed.

use std::fmt::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};

use serde::Serialize;

use super::exit::Exit;
use super::output::{self, FAINT, NAME, styled};
use super::{Run, project};
use crate::catalog::{Kind, file};
use crate::data;
use crate::layers::index::{self, Report};
use crate::settings::Settings;

/// Compiles your own routes, the project's, and the catalogue of installed skills and agents, so that a prompt finds them ready
///
/// Reads promptune/*.json and skills/skill-rules.json in ~/.claude and in the project's .claude. The start of a
/// conversation does the same where files have changed.
#[derive(clap::Args)]
pub(super) struct Index {
    /// Print the report as JSON
    #[arg(long)]
    json: bool,
}

impl Run for Index {
    fn run(self) -> Result<Exit, String> {
        let data = data::folder().ok_or(
            "there is no data folder\n  mend: set HOME, CLAUDE_CONFIG_DIR or PROMPTUNE_DATA",
        )?;
        let project = project::folder();
        let (_, reports) = index::all(project.as_deref(), Some(&data));
        let installed = Settings::read(&data).catalog.then(|| {
            let begun = Instant::now();
            let (_, report) = file::anew(project.as_deref(), Some(&data));
            (report, begun.elapsed())
        });
        let place = file::path(project.as_deref(), &data);
        if self.json {
            let layers = reports.iter().map(|it| Part::Layer(Layer::new(it, &data)));
            let catalogue = installed.iter();
            let catalogue =
                catalogue.map(|(it, took)| Part::Catalogue(Compiled::new(it, *took, &place)));
            let parts: Vec<Part<'_>> = layers.chain(catalogue).collect();
            let json = serde_json::to_string_pretty(&parts).map_err(|error| error.to_string())?;
            output::print(&format!("{json}\n"))?;
        } else {
            output::print(&shown(&reports))?;
            if let Some((report, took)) = &installed {
                output::print(&shown_catalogue(report, *took))?;
            }
        }
        let mut fine = true;
        for report in &reports {
            if !self.json {
                for fault in &report.faults {
                    output::error(&fault.to_string());
                }
            }
            if let Some(error) = &report.unwritten {
                let path = report.place.compiled(&data);
                output::error(&format!(
                    "{}: cannot be written: {error}\n  mend: check the folder's permissions, or set PROMPTUNE_DATA",
                    path.display()
                ));
            }
            fine &= report.faults.is_empty() && report.unwritten.is_none();
        }
        if let Some(error) = installed.and_then(|(report, _)| report.unwritten) {
            output::error(&format!(
                "{}: cannot be written: {error}\n  mend: check the folder's permissions, or set PROMPTUNE_DATA",
                place.display()
            ));
            fine = false;
        }
        Ok(if fine { Exit::Fine } else { Exit::Failed })
    }
}

fn shown_catalogue(report: &file::Report, took: Duration) -> String {
    let catalogue = &report.catalogue;
    let count = |kind| {
        catalogue
            .entries
            .iter()
            .filter(|it| it.kind == kind)
            .count()
    };
    format!(
        "{}: {} skills, {} agents and {} commands\n{}\n",
        styled(NAME, "catalog"),
        count(Kind::Skill),
        count(Kind::Agent),
        count(Kind::Command),
        styled(
            FAINT,
            &format!(
                "  {} files; compiled to {} kB in {} ms; `promptune catalog` tells more",
                catalogue.looked,
                report.bytes.div_ceil(1024),
                took.as_millis()
            )
        )
    )
}

/// What was compiled.
#[derive(Serialize)]
#[serde(untagged)]
enum Part<'r> {
    Layer(Layer<'r>),
    Catalogue(Compiled),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Compiled {
    layer: &'static str,
    files: usize,
    entries: usize,
    #[serde(rename = "compiled")]
    file: Option<String>,
    bytes: usize,
    milliseconds: f64,
}

impl Compiled {
    fn new(report: &file::Report, took: Duration, place: &Path) -> Self {
        let kept = report.unwritten.is_none();
        Self {
            layer: "catalog",
            files: report.catalogue.looked,
            entries: report.catalogue.entries.len(),
            file: kept.then(|| place.display().to_string()),
            bytes: report.bytes,
            milliseconds: (took.as_secs_f64() * 1e4).round() / 10.0,
        }
    }
}

fn shown(reports: &[Report]) -> String {
    let mut out = String::new();
    for report in reports {
        let owner = styled(NAME, report.place.owner.name());
        let folder = report.place.folder();
        if report.files == 0 && report.faults.is_empty() {
            let _ = writeln!(
                out,
                "{owner}: nothing in {} or {}",
                folder.display(),
                report.place.skill_rules().display()
            );
            continue;
        }
        let of =
            |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
        let _ = writeln!(
            out,
            "{owner}: {}, {}, {} and {} from {}",
            of(report.routes, "route"),
            of(report.regexes, "regex").replace("regexs", "regexes"),
            of(report.phrases, "phrase"),
            if report.faults.is_empty() {
                "no fault".to_owned()
            } else {
                of(report.faults.len(), "fault")
            },
            of(report.files, "file"),
        );
        let detail = format!(
            "  {}; compiled to {} kB in {} ms",
            report.place.root.display(),
            report.bytes.div_ceil(1024),
            report.took.as_millis()
        );
        let _ = writeln!(out, "{}", styled(FAINT, &detail));
    }
    out
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Layer<'r> {
    #[serde(rename = "layer")]
    owner: &'static str,
    root: String,
    files: usize,
    routes: usize,
    regexes: usize,
    phrases: usize,
    /// The compiled file, where there is one.
    compiled: Option<String>,
    bytes: usize,
    milliseconds: f64,
    refused: Vec<Refused<'r>>,
}

#[derive(Serialize)]
struct Refused<'r> {
    file: String,
    line: usize,
    column: usize,
    problem: &'r str,
    mend: &'r str,
}

impl<'r> Layer<'r> {
    fn new(report: &'r Report, data: &Path) -> Self {
        let kept = report.compiled && report.unwritten.is_none();
        Self {
            owner: report.place.owner.name(),
            root: report.place.root.display().to_string(),
            files: report.files,
            routes: report.routes,
            regexes: report.regexes,
            phrases: report.phrases,
            compiled: kept.then(|| report.place.compiled(data).display().to_string()),
            bytes: report.bytes,
            milliseconds: (report.took.as_secs_f64() * 1e4).round() / 10.0,
            refused: report
                .faults
                .iter()
                .map(|fault| Refused {
                    file: fault.file.display().to_string(),
                    line: fault.line,
                    column: fault.column,
                    problem: &fault.problem,
                    mend: &fault.mend,
                })
                .collect(),
        }
    }
}
