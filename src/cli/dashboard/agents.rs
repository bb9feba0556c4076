//! What agents cost, and what that saved or lost. Measured and modelled money stand apart and are never added up.

use maud::{Markup, html};

use super::gathered::Gathered;
use super::parts::{self, Row, Table, bar, counted, tokens, usd};
use crate::cli::stats::figures::{Agents, Figures};
use crate::prices::Dollars;

/// So many agents have a row.
const MOST: usize = 40;

/// The section.
pub(super) fn section(gathered: &Gathered<'_>) -> Markup {
    let figures = &gathered.ledger;
    html! {
        section aria-labelledby="agents" {
            h2 #agents { "What agents cost, saved and lost" }
            @if figures.agents.is_empty() {
                (nothing(gathered))
            } @else {
                p.lede {
                    "From the ledger, which the plugin\u{2019}s hook writes when an agent ends. "
                    "Two figures that answer two questions, and are never added up."
                }
                div.panels {
                    (panel(figures, "After a hint", "Agents that a hint named at their prompt: only these can be due to Promptune.", &figures.after_hint))
                    (panel(figures, "Without a hint", "Agents that the model called by itself, or that you asked for.", &figures.by_itself))
                }
                (unheeded(figures))
                (table(figures))
            }
        }
    }
}

fn nothing(gathered: &Gathered<'_>) -> Markup {
    if !gathered.ledger_on {
        return parts::empty(
            "The ledger is switched off.",
            &html! { "Remove " code { "\"ledger\": false" } " from " code { "config.json" } " in the data folder, and the hook writes down what agents cost." },
        );
    }
    parts::empty(
        "No agent is in the ledger for this yet.",
        &html! {
            "Install the plugin: the README tells how. Its hook adds a line when an agent ends, whoever called it. "
            "Ask for something like \u{201c}run the tests\u{201d}, then run " code { "promptune dashboard" } " again."
        },
    )
}

fn on(figures: &Figures<'_>) -> Markup {
    if let Some(model) = figures.session_model() {
        return parts::name(model);
    }
    html! { "the conversation\u{2019}s model" }
}

fn panel(figures: &Figures<'_>, title: &str, told: &str, agents: &Agents) -> Markup {
    html! {
        article.card {
            h3 { (title) }
            p.note { (told) }
            @if agents.runs() == 0 {
                p { "None yet." }
            } @else {
                p.runs { (counted(agents.runs(), "agent")) ", " (tokens(agents.tokens)) " tokens" }
                (measured(figures, agents))
                (modelled(agents))
            }
        }
    }
}

fn measured(figures: &Figures<'_>, agents: &Agents) -> Markup {
    let most = agents.cost.0.max(agents.same.0);
    let length = |amount: Dollars| if most > 0.0 { amount.0 / most } else { 0.0 };
    html! {
        div.measured {
            h4 { @if agents.models.is_empty() { "Measured" } @else { "Measured, and compared" } }
            dl.pair {
                div {
                    dt { "What they cost" }
                    dd {
                        @if agents.unpriced < agents.settled { (usd(agents.cost)) } @else { "no price" }
                        (bar(length(agents.cost), "fill"))
                    }
                }
                @if !agents.models.is_empty() {
                    div {
                        dt { "Same tokens on " (on(figures)) }
                        dd { (usd(agents.same)) (bar(length(agents.same), "other")) }
                    }
                }
            }
            @if !agents.models.is_empty() {
                p.note {
                    "A comparison of prices, not a saving: the conversation would have needed other tokens."
                    @if (agents.compared.0 - agents.cost.0).abs() > 1e-9 {
                        " It is known for runs that cost " (usd(agents.compared)) "."
                    }
                }
            }
            @if agents.unpriced > 0 {
                p.note { (counted(agents.unpriced, "run")) " used a model without a price: the cost is in no figure." }
            }
        }
    }
}

fn modelled(agents: &Agents) -> Markup {
    html! {
        div.modelled {
            h4 { "Modelled" }
            @if agents.modelled == 0 {
                p.note { "What they saved or lost is not known: where a call is not found or a model has no price, there is no figure." }
            } @else {
                p.result { (gain(agents.saved)) }
                p.note {
                    @if let Some(share) = agents.usage_share() {
                        (parts::percent(share.abs())) @if share < 0.0 { " more" } @else { " less" }
                        " usage than the same steps in the conversation. "
                    }
                    @if agents.modelled < agents.settled {
                        "Known for " (agents.modelled) " of " (agents.settled) " runs."
                    }
                }
            }
        }
    }
}

/// "$1.90 saved", "$0.30 lost".
fn gain(saved: Dollars) -> Markup {
    let lost = saved.0 < 0.0;
    html! {
        data.loss[lost].gain[!lost] value=(saved.0) {
            (crate::receipt::money(Dollars(saved.0.abs()))) @if lost { " lost" } @else { " saved" }
        }
    }
}

fn unheeded(figures: &Figures<'_>) -> Markup {
    let (cost, count) = figures.unheeded();
    html! {
        @if count > 0 {
            p.note { (counted(count, "hint")) " led to no agent and cost " (usd(cost)) " (modelled, in neither figure above)." }
        }
    }
}

fn table(figures: &Figures<'_>) -> Markup {
    let agents = figures.agents_by_cost();
    let most = agents.first().map_or(0.0, |(_, agents)| agents.cost.0);
    let widest = agents.iter().map(|(_, agents)| agents.saved.0.abs());
    let widest = widest.fold(0.0, f64::max);
    let unknown = || html! { "\u{2013}" };
    let same = match figures.session_model() {
        Some(model) => format!("same tokens on {}", crate::plain::one_line(model, 30)),
        None => "same tokens on the conversation\u{2019}s model".to_owned(),
    };
    let row = |(name, agents): &(&String, &Agents)| {
        let length = if most > 0.0 {
            agents.cost.0 / most
        } else {
            0.0
        };
        Row {
            head: html! { (parts::name(name)) (bar(length, "fill")) },
            cells: vec![
                parts::count(agents.runs()),
                tokens(agents.tokens),
                if agents.unpriced < agents.settled {
                    usd(agents.cost)
                } else {
                    html! { "no price" }
                },
                if agents.models.is_empty() {
                    unknown()
                } else {
                    usd(agents.same)
                },
                if agents.modelled == 0 {
                    unknown()
                } else {
                    html! { (gain(agents.saved)) (swing(agents.saved, widest)) }
                },
            ],
        }
    };
    let left_out = agents.len().saturating_sub(MOST);
    html! {
        (Table {
            caption: "Agents by cost",
            columns: &["agent", "runs", "tokens", "cost, measured", &same, "saved or lost, modelled"],
            rows: agents.iter().take(MOST).map(row).collect(),
            feet: Vec::new(),
            narrow: false,
        }.markup())
        @if left_out > 0 {
            p.note { (counted(left_out, "agent")) " with lower costs have no row: " code { "promptune stats --json" } " has them all." }
        }
    }
}

/// A bar from the middle: to the right what was saved, to the left what was lost.
fn swing(saved: Dollars, widest: f64) -> Markup {
    let half = if widest > 0.0 {
        (saved.0.abs() / widest * 50.0).clamp(0.5, 50.0)
    } else {
        0.0
    };
    let lost = saved.0 < 0.0;
    let from = if lost { 50.0 - half } else { 50.0 };
    html! {
        svg.bar.swing width="100%" height="6" aria-hidden="true" focusable="false" {
            rect.track width="100%" height="6" rx="3" {}
            rect.loss[lost].gain[!lost] x={ (format!("{from:.2}")) "%" } width={ (format!("{half:.2}")) "%" } height="6" {}
            line x1="50%" x2="50%" y1="0" y2="6" {}
        }
    }
}
