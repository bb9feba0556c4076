//! `promptune estimate`: what parallel tasks cost, and how long they take.

mod clock;
mod past;
mod shown;

use super::cost::Projects;
use super::exit::Exit;
use super::{Run, output};
use crate::data;
use crate::prices::{Dollars, Prices};
use past::Past;

/// Estimates what tasks in parallel cost, on the conversation's model and with cheap executors
///
/// From your own past agents where there are some, from stated assumptions where there are none; it always says
/// which. Nothing of it is a measurement of a saving.
#[derive(clap::Args)]
pub(super) struct Estimate {
    /// How many tasks run in parallel in one workflow
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    tasks: u32,
    /// Also tell what so many workflows cost
    #[arg(long, value_name = "N")]
    workflows: Option<u32>,
    /// The conversation's model, if not that of your newest conversation
    #[arg(long)]
    model: Option<String>,
    /// The executors' cheap model
    #[arg(long, default_value = "haiku")]
    executor_model: String,
    /// What the conversation itself costs for one workflow, in dollars
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    conversation: Option<Dollars>,
    /// What one executor costs on the conversation's model, in dollars
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    executor: Option<Dollars>,
    /// What one executor costs on the cheap model, in dollars
    #[arg(long, value_name = "DOLLARS", value_parser = dollars)]
    cheap_executor: Option<Dollars>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    projects: Projects,
}

fn dollars(text: &str) -> Result<Dollars, String> {
    let amount: Option<f64> = text.trim_start_matches('$').parse().ok();
    amount
        .filter(|amount| (0.0..=1e9).contains(amount))
        .map(Dollars)
        .ok_or_else(|| "write dollars, such as 0.27".to_owned())
}

/// Where a figure comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
enum Source {
    /// From a flag.
    Given,
    /// From past runs.
    History,
    /// From nothing but an assumption.
    Assumed,
}

/// An amount, and why it is that.
#[derive(Debug, Clone, serde::Serialize)]
struct Figure {
    dollars: Dollars,
    source: Source,
    /// In words.
    because: String,
}

/// Everything that is told.
struct Told {
    tasks: u32,
    workflows: Option<u32>,
    /// Shown names of the two models.
    model: String,
    executor_model: String,
    conversation: Figure,
    executor: Figure,
    cheap_executor: Figure,
    clock: Option<clock::Clock>,
}

impl Run for Estimate {
    fn run(self) -> Result<Exit, String> {
        let prices = Prices::load(data::folder().as_deref())?;
        let history = self.projects.history()?;
        let past = Past::of(&history.messages(), self.model.as_deref(), &prices);
        for model in [&past.model, &self.executor_model] {
            if !prices.knows(model) {
                return Err(format!(
                    "no price is known for the model `{model}`\n  mend: name one of {}, or put its prices into prices.json in the data folder",
                    ids(&prices)
                ));
            }
        }
        let given = |dollars: Option<Dollars>, flag: &str| {
            dollars.map(|dollars| Figure {
                dollars,
                source: Source::Given,
                because: format!("given with {flag}"),
            })
        };
        let told = Told {
            tasks: self.tasks,
            workflows: self.workflows,
            model: prices.name(&past.model).to_owned(),
            executor_model: prices.name(&self.executor_model).to_owned(),
            conversation: given(self.conversation, "--conversation")
                .unwrap_or_else(|| past.conversation(&prices)),
            executor: given(self.executor, "--executor")
                .unwrap_or_else(|| past.executor(&past.model, &prices)),
            cheap_executor: given(self.cheap_executor, "--cheap-executor")
                .unwrap_or_else(|| past.executor(&self.executor_model, &prices)),
            clock: clock::Clock::of(&past.runs, self.tasks),
        };
        output::print(&if self.json {
            told.json()?
        } else {
            told.text(&past)
        })?;
        Ok(Exit::Fine)
    }
}

fn ids(prices: &Prices) -> String {
    let ids: Vec<&str> = prices.ids().collect();
    ids.join(", ")
}

impl Told {
    /// What one workflow costs with executors at `each`.
    fn workflow(&self, each: &Figure) -> Dollars {
        self.conversation.dollars + each.dollars * f64::from(self.tasks)
    }
}
