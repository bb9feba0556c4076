//! `promptune model`: what an agent's task takes, and which model it would get.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde_json::json;

use super::exit::Exit;
use super::output::{self, FAINT, NAME, styled};
use super::{Run, project};
use crate::data;
use crate::spawn::judge::{JUDGEMENT, Judged, KNOWN, TEMPLATE, Takes, judge};
use crate::spawn::{Choice, Place, USUAL_AGENT, consider, described};

/// Explains which model an agent would get for a task, and why
///
/// The task is what the conversation's model would hand to an agent. docs/models.md tells the rules.
#[derive(clap::Args)]
pub(super) struct Model {
    /// The task; read from stdin where it is missing
    task: Option<String>,
    /// The agent it is for
    #[arg(long, value_name = "TYPE", default_value = USUAL_AGENT)]
    agent: String,
    /// The call's few words of description
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    /// A conversation's transcript, for its model
    #[arg(long, value_name = "FILE")]
    transcript: Option<PathBuf>,
    /// Print the decision as JSON
    #[arg(long)]
    json: bool,
}

impl Run for Model {
    fn run(self) -> Result<Exit, String> {
        let task = match self.task {
            Some(task) => task,
            None => output::read_stdin("promptune model \"run the tests and report\"")?,
        };
        if let Some(file) = self.transcript.as_ref().filter(|file| !file.is_file()) {
            return Err(format!(
                "{}: there is no such file\n  mend: name a conversation\u{2019}s .jsonl under ~/.claude/projects",
                file.display()
            ));
        }
        let judged = judge(&self.description, &task);
        let (folder, project) = (data::folder(), project::folder());
        let choice = consider(
            &self.agent,
            &judged,
            Place {
                folder: folder.as_deref(),
                project: project.as_deref(),
                transcript: self.transcript.as_deref(),
            },
        );
        let text = if self.json {
            let json = json!({"agent": self.agent, "judged": judged, "choice": choice});
            let text = serde_json::to_string_pretty(&json).map_err(|error| error.to_string())?;
            text + "\n"
        } else {
            explained(&self.agent, &judged, &choice, self.transcript.is_some())
        };
        output::print(&text)?;
        Ok(Exit::Fine)
    }
}

fn explained(agent: &str, judged: &Judged, choice: &Choice, with_transcript: bool) -> String {
    let mut out = String::new();
    let wanted = match judged.takes {
        Takes::Template => "Haiku",
        Takes::Between => "Sonnet",
        Takes::Judgement => "the conversation\u{2019}s model",
    };
    let _ = writeln!(out, "{}: {}", styled(NAME, wanted), described(judged));
    let [template, between, judgement] = judged.shares.map(|share| share * 100.0);
    let _ = writeln!(
        out,
        "  by its wording: template {template:.0} %, between {between:.0} %, judgement {judgement:.0} %"
    );
    for (name, words) in [
        ("words of finding out or deciding", &judged.thinks),
        ("words of making something", &judged.makes),
    ] {
        if !words.is_empty() {
            let _ = writeln!(out, "  {name}: {}", words.join(", "));
        }
    }
    if judged.known < KNOWN {
        let _ = writeln!(
            out,
            "  hardly anything of this wording is known, so it stays"
        );
    }
    let _ = match (&choice.to, &choice.why) {
        (Some(to), _) => writeln!(
            out,
            "An agent `{agent}` would run on {to} instead of {}.",
            choice.from.as_deref().unwrap_or_default()
        ),
        (None, Some(_)) if !with_transcript && choice.unknown_conversation() => writeln!(
            out,
            "An agent `{agent}` would run on it wherever the conversation\u{2019}s model is larger."
        ),
        (None, Some(why)) if judged.takes != Takes::Judgement => {
            writeln!(out, "An agent `{agent}` keeps its model here: {why}.")
        }
        _ => writeln!(out, "An agent `{agent}` keeps its model."),
    };
    let rule = format!(
        "(Haiku from {:.0} % template on and without such words; Sonnet up to {:.0} % judgement.)",
        TEMPLATE * 100.0,
        JUDGEMENT * 100.0
    );
    let _ = writeln!(out, "{}", styled(FAINT, &rule));
    out
}
