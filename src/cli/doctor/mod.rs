//! `promptune doctor`: is all well, and what mends what is not. One file a check.

mod bundle;
mod client;
mod desk;
mod finding;
mod folder;
mod hook;
mod log;
mod path;
mod plugin;
mod rivals;
mod routes;
mod standing;
mod switches;

use std::fmt::Write as _;
use std::path::PathBuf;

use anstyle::{AnsiColor, Style};
use serde_json::json;

use super::Run;
use super::exit::Exit;
use super::output::{self, BAD, FAINT, GOOD, styled};
use desk::Desk;
use finding::{Finding, State};

/// What is worth knowing.
const ODD: Style = AnsiColor::Yellow.on_default().bold();

/// Checks that the hook runs and keeps well, and says what mends it
///
/// Exits 1 only where the hook would not run, or would mislead. A warning is worth knowing, and fails nothing.
#[derive(clap::Args)]
pub(super) struct Doctor {
    /// Print the findings as JSON
    #[arg(long)]
    json: bool,
    /// Write a file for a bug report as well, with no word of your prompts in it
    #[arg(long, value_name = "FILE")]
    bundle: Option<PathBuf>,
    /// Claude Code's program, where it is not `claude` on PATH
    #[arg(long, value_name = "PATH")]
    client: Option<PathBuf>,
}

impl Run for Doctor {
    fn run(self) -> Result<Exit, String> {
        let desk = Desk::gather(self.client.as_deref())?;
        let checks: [fn(&Desk) -> Vec<Finding>; 10] = [
            client::check,
            plugin::check,
            hook::check,
            path::check,
            routes::check,
            folder::check,
            rivals::check,
            log::check,
            standing::check,
            switches::check,
        ];
        let findings: Vec<Finding> = checks.iter().flat_map(|check| check(&desk)).collect();
        let well = findings.iter().all(|it| it.state != State::Fault);
        if let Some(file) = &self.bundle {
            bundle::write(file, &desk, &findings)?;
        }
        if self.json {
            let json = json!({
                "version": env!("CARGO_PKG_VERSION"),
                "well": well,
                "findings": findings,
            });
            let text = serde_json::to_string_pretty(&json).map_err(|error| error.to_string())?;
            output::print(&format!("{text}\n"))?;
        } else {
            output::print(&shown(&findings))?;
            if let Some(file) = &self.bundle {
                output::print(&format!("Written for a bug report: {}\n", file.display()))?;
            }
        }
        Ok(if well { Exit::Fine } else { Exit::Failed })
    }
}

fn shown(findings: &[Finding]) -> String {
    let mut text = String::new();
    for finding in findings {
        let (style, mark) = match finding.state {
            State::Fine => (GOOD, "✓"),
            State::Warning => (ODD, "!"),
            State::Fault => (BAD, "✗"),
        };
        let mark = styled(style, mark);
        let _ = writeln!(text, "{mark} {:<18}{}", finding.check, finding.said);
        if let Some(mend) = &finding.mend {
            let _ = writeln!(
                text,
                "  {}",
                styled(FAINT, &format!("{:<18}mend: {mend}", ""))
            );
        }
    }
    let count = |state| findings.iter().filter(|it| it.state == state).count();
    let of = |count: usize, one: &str| match count {
        1 => format!("one {one}"),
        more => format!("{more} {one}s"),
    };
    let _ = match (count(State::Fault), count(State::Warning)) {
        (0, 0) => writeln!(text, "All is well."),
        (0, warnings) => writeln!(text, "The hook runs; {}.", of(warnings, "warning")),
        (faults, warnings) => writeln!(
            text,
            "{}, {}.",
            of(faults, "fault"),
            of(warnings, "warning")
        ),
    };
    text
}
