//! An estimate for people and for programs.

use std::fmt::Write as _;

use comfy_table::CellAlignment;
use serde_json::json;

use super::clock::{DRAWS, words};
use super::past::Past;
use super::{Source, Told};
use crate::cli::output;
use crate::prices::{Dollars, thousands};

/// Lines of explanation end before this column.
const WIDTH: usize = 79;

impl Told {
    pub(super) fn text(&self, past: &Past<'_>) -> String {
        let (dear, cheap) = (
            self.workflow(&self.executor),
            self.workflow(&self.cheap_executor),
        );
        let tasks = thousands(&self.tasks.to_string());
        let given = |figure: &super::Figure| figure.source == Source::Given;
        let head = |given: bool, words: &str, name: &str| {
            // A given cost names no model.
            if given {
                words.to_owned()
            } else {
                format!("{words}, {name}")
            }
        };
        let mut table = output::table();
        table.set_header([
            format!("{tasks} tasks in parallel"),
            head(
                given(&self.executor),
                "conversation\u{2019}s model",
                &self.model,
            ),
            head(
                given(&self.cheap_executor),
                "cheap model",
                &self.executor_model,
            ),
        ]);
        let three = |dollars: Dollars| format!("{dollars:.3}");
        let conversation = three(self.conversation.dollars);
        table.add_row([
            "the conversation itself".to_owned(),
            conversation.clone(),
            conversation,
        ]);
        let all = |each: Dollars| three(each * f64::from(self.tasks));
        table.add_row([
            format!("{tasks} executors"),
            all(self.executor.dollars),
            all(self.cheap_executor.dollars),
        ]);
        table.add_row([
            "one workflow, estimated".to_owned(),
            three(dear),
            three(cheap),
        ]);
        if let Some(workflows) = self.workflows {
            let all = |one: Dollars| (one * f64::from(workflows)).to_string();
            let label = format!("{} workflows, estimated", thousands(&workflows.to_string()));
            table.add_row([label, all(dear), all(cheap)]);
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let mut text = output::trimmed(&table);
        let _ = write!(text, "\n\n{}\n", difference(dear, cheap));
        text.push_str("\nWhere the figures come from\n");
        let mut say = |what: &str, why: &str| text.push_str(&wrapped(&format!("{what}: {why}.")));
        say("Conversation", &self.conversation.because);
        say(
            "Executor on the conversation\u{2019}s model",
            &self.executor.because,
        );
        say("Executor on the cheap model", &self.cheap_executor.because);
        if self.executor.source == Source::History || self.cheap_executor.source == Source::History
        {
            let why = "the other model is priced for the tokens that were used, and might have used more or fewer";
            say("Mind", why);
        }
        if !(given(&self.conversation) && given(&self.executor)) {
            let why = format!("{}, {}", self.model, past.model_because);
            say("The conversation\u{2019}s model", &why);
        }
        text.push_str("\nWall clock\n");
        text.push_str(&wrapped(&self.clock_words()));
        text
    }

    fn clock_words(&self) -> String {
        let Some(clock) = &self.clock else {
            return "Not told: no past run of an agent has a length.".to_owned();
        };
        let mut text = format!(
            "{} tasks like your past runs take {} one after another and {} in parallel, as long as the longest: medians of {} draws from {} runs, each from its first message to its last.",
            self.tasks,
            words(clock.sequential),
            words(clock.parallel),
            thousands(&DRAWS.to_string()),
            clock.runs,
        );
        if let Some(overlapped) = &clock.overlapped {
            let _ = write!(
                text,
                " Measured: runs overlapped {}, {} runs in all; that took {}, and the same runs last {} one after another.",
                match overlapped.times {
                    1 => "once".to_owned(),
                    times => format!("{times} times"),
                },
                overlapped.runs,
                words(overlapped.took),
                words(overlapped.one_after_another),
            );
        }
        text
    }

    pub(super) fn json(&self) -> Result<String, String> {
        let (dear, cheap) = (
            self.workflow(&self.executor),
            self.workflow(&self.cheap_executor),
        );
        let sums = |times: f64| {
            json!({
                "conversationModel": dear * times, "cheapModel": cheap * times, "difference": (dear - cheap) * times,
            })
        };
        let json = json!({
            "tasks": self.tasks,
            "conversationModel": self.model,
            "cheapModel": self.executor_model,
            "conversation": self.conversation,
            "executor": self.executor,
            "cheapExecutor": self.cheap_executor,
            "workflow": sums(1.0),
            "workflows": self.workflows,
            "allWorkflows": self.workflows.map(|workflows| sums(f64::from(workflows))),
            "seconds": self.clock,
        });
        let text = serde_json::to_string_pretty(&json).map_err(|error| error.to_string())?;
        Ok(text + "\n")
    }
}

/// The difference of one workflow, a loss as plainly as a gain.
fn difference(dear: Dollars, cheap: Dollars) -> String {
    let (by, word) = if cheap.0 <= dear.0 {
        (dear - cheap, "less")
    } else {
        (cheap - dear, "MORE")
    };
    let share = if dear.0 > 0.0 {
        format!(" ({:.1} %)", by.0 / dear.0 * 100.0)
    } else {
        String::new()
    };
    format!("With the cheap model a workflow is estimated to cost {by:.3}{share} {word}.")
}

/// `text` as lines that begin with a space, or three after the first, and fit the width.
fn wrapped(text: &str) -> String {
    let mut out = String::new();
    let mut line = " ".to_owned();
    for (place, word) in text.split(' ').enumerate() {
        if line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            line.clear();
            line.push_str("   ");
        } else if place > 0 {
            line.push(' ');
        }
        line.push_str(word);
    }
    out + &line + "\n"
}
