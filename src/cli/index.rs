//! `promptune index`: compiles the patterns of the person and of the project, and the catalogue of what is installed.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::exit::Exit;
use super::output::{self, FAINT, NAME, styled};
use super::{Run, project};
use crate::catalog::{Kind, file, refresh};
use crate::data;
use crate::layers::index::{self, Report};
use crate::settings::Settings;

/// Compiles your own routes, the project's and the catalogue, so that a prompt finds them ready
///
/// Reads promptune/*.json and skills/skill-rules.json in ~/.claude and in the project's .claude, and of the catalogue
/// (skills, agents and commands of you, the project and plugins) what has changed. The start of a conversation does the
/// same where files have changed.
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
        let catalogue = Settings::read(&data)
            .catalog
            .then(|| refresh::anew(project.as_deref(), Some(&data)).1);
        let place = file::path(project.as_deref(), &data);
        if self.json {
            let layers = reports.iter().map(|it| Part::Layer(Layer::new(it, &data)));
            let catalogue = catalogue.iter();
            let catalogue = catalogue.map(|it| Part::Catalogue(Installed::new(it, &place)));
            let parts: Vec<Part<'_>> = layers.chain(catalogue).collect();
            let json = serde_json::to_string_pretty(&parts).map_err(|error| error.to_string())?;
            output::print(&format!("{json}\n"))?;
        } else {
            output::print(&shown(&reports))?;
            if let Some(report) = &catalogue {
                output::print(&shown_catalogue(report))?;
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
        if let Some(error) = catalogue.and_then(|report| report.unwritten) {
            output::error(&format!(
                "{}: cannot be written: {error}\n  mend: check the folder's permissions, or set PROMPTUNE_DATA",
                place.display()
            ));
            fine = false;
        }
        Ok(if fine { Exit::Fine } else { Exit::Failed })
    }
}

fn of(count: usize, one: &str) -> String {
    format!("{count} {one}{}", if count == 1 { "" } else { "s" })
}

fn shown_catalogue(report: &refresh::Report) -> String {
    let name = styled(NAME, "catalogue");
    let catalogue = &report.catalogue;
    if catalogue.entries.is_empty() {
        return format!("{name}: no skill, agent or command is installed here\n");
    }
    let detail = format!(
        "  {} looked at, {} read; compiled to {} kB in {} ms; promptune catalog tells more",
        of(catalogue.looked, "file"),
        catalogue.read,
        report.bytes.div_ceil(1024),
        report.took.as_millis()
    );
    format!(
        "{name}: {}, {} and {}\n{}\n",
        of(catalogue.count(Kind::Skill), "skill"),
        of(catalogue.count(Kind::Agent), "agent"),
        of(catalogue.count(Kind::Command), "command"),
        styled(FAINT, &detail)
    )
}

/// What was compiled.
#[derive(Serialize)]
#[serde(untagged)]
enum Part<'r> {
    Layer(Layer<'r>),
    Catalogue(Installed),
}

/// The catalogue, after the layers.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Installed {
    layer: &'static str,
    skills: usize,
    agents: usize,
    commands: usize,
    /// Files looked at, and those of them that are new or have changed.
    files: usize,
    read: usize,
    /// The compiled file, where there is one.
    compiled: Option<String>,
    bytes: usize,
    milliseconds: f64,
}

impl Installed {
    fn new(report: &refresh::Report, place: &Path) -> Self {
        let catalogue = &report.catalogue;
        let kept = report.bytes > 0 && report.unwritten.is_none();
        Self {
            layer: "catalogue",
            skills: catalogue.count(Kind::Skill),
            agents: catalogue.count(Kind::Agent),
            commands: catalogue.count(Kind::Command),
            files: catalogue.looked,
            read: catalogue.read,
            compiled: kept.then(|| place.display().to_string()),
            bytes: report.bytes,
            milliseconds: (report.took.as_secs_f64() * 1e4).round() / 10.0,
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
