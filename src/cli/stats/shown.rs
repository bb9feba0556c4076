//! The figures for people, and as JSON.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use comfy_table::CellAlignment;
use jiff::Timestamp;
use serde_json::{Value, json};

use super::figures::{Agents, Figures, Route};
use super::models;
use crate::adaptive::{Adaptive, STEPS};
use crate::cli::output::{self, FAINT, NAME, styled};
use crate::cli::zone;
use crate::plain::one_line;
use crate::prices::Dollars;
use crate::receipt::{money, short_count};
use crate::spawn::record::Up;

/// Names are cut here, in characters.
const LONGEST_NAME: usize = 30;

/// So many agents have a row of their own.
const MOST_AGENTS: usize = 12;

/// All of it. `adaptive` is what the hook goes by, `None` where that is switched off.
pub(super) fn text(figures: &Figures<'_>, adaptive: Option<&Adaptive>, ledger: &Path) -> String {
    let Some(span) = figures.span else {
        return format!(
            "{}: nothing in it for this. A line is written when a prompt gets a hint, and when an agent ends.\n",
            ledger.display()
        );
    };
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{} in {} of {}, {}",
        counted(figures.hints, "hint"),
        counted(figures.conversations.len(), "conversation"),
        counted(figures.projects.len(), "project"),
        days(span)
    );
    if !figures.routes.is_empty() {
        let _ = write!(out, "\n{}\n", routes(figures));
    }
    quiet(&mut out, adaptive);
    if !figures.agents.is_empty() {
        let _ = write!(out, "\n{}\n", agents(figures));
        measured(&mut out, figures);
        modelled(&mut out, figures);
    }
    if figures.skipped > 0 {
        let lines = counted(figures.skipped, "line");
        let note = format!("Not counted, as it cannot be read: {lines} of the ledger");
        let _ = writeln!(out, "\n{}", styled(FAINT, &note));
    }
    out
}

fn routes(figures: &Figures<'_>) -> String {
    let mut table = output::table();
    table.set_header([
        "route",
        "hints",
        "taken up",
        "ignored",
        "not known",
        "share",
    ]);
    let mut all = Route::default();
    for (name, route) in &figures.routes {
        table.add_row(cells(name, route));
        all.add(route);
    }
    if figures.routes.len() > 1 {
        table.add_row(cells("all", &all));
    }
    right(&mut table, 1);
    output::trimmed(&table)
}

fn cells(name: &str, route: &Route) -> [String; 6] {
    [
        one_line(name, LONGEST_NAME),
        route.hints.to_string(),
        route.taken.to_string(),
        route.ignored.to_string(),
        route.unknown().to_string(),
        route
            .precision()
            .map_or_else(String::new, |share| format!("{:.0} %", share * 100.0)),
    ]
}

/// Says which routes are quieter, why, and how to change that.
fn quiet(out: &mut String, adaptive: Option<&Adaptive>) {
    let Some(adaptive) = adaptive else {
        let _ = writeln!(
            out,
            "\nNo route goes quieter: that is switched off in config.json."
        );
        return;
    };
    for (at, route) in adaptive.quiet().enumerate() {
        let gap = if at == 0 { "\n" } else { "" };
        let _ = writeln!(
            out,
            "{gap}{} is quieter: ignored {} times in a row, it needs {:.2}",
            styled(NAME, route),
            adaptive.ignored(route),
            adaptive.needs(route).unwrap_or_default()
        );
    }
    if adaptive.quiet().next().is_some() {
        let note = "(What it needs is the router's confidence.) Taken up once, or after\npromptune stats --reset ROUTE, it is hinted as at first; by name it always is.";
        for line in note.lines() {
            let _ = writeln!(out, "{}", styled(FAINT, line));
        }
    }
}

fn agents(figures: &Figures<'_>) -> String {
    let mut table = output::table();
    let model = on(figures);
    table.set_header([
        "agent".to_owned(),
        "runs".to_owned(),
        "tokens".to_owned(),
        "cost".to_owned(),
        format!("same on {model}"),
        "saved".to_owned(),
    ]);
    for (name, agents) in figures.agents_by_cost().iter().take(MOST_AGENTS) {
        table.add_row(row(&one_line(name, LONGEST_NAME), agents));
    }
    for (name, agents) in [
        ("after a hint", &figures.after_hint),
        ("without a hint", &figures.by_itself),
    ] {
        if agents.runs() > 0 {
            table.add_row(row(name, agents));
        }
    }
    right(&mut table, 1);
    output::trimmed(&table)
}

fn row(name: &str, agents: &Agents) -> [String; 6] {
    let known = |known: bool, amount: Dollars| {
        if known {
            money(amount)
        } else {
            "–".to_owned()
        }
    };
    let all = agents.runs();
    [
        name.to_owned(),
        all.to_string(),
        short_count(agents.tokens),
        known(agents.unpriced < agents.settled || all == 0, agents.cost),
        known(!agents.models.is_empty(), agents.same),
        known(agents.modelled > 0, agents.saved),
    ]
}

/// The conversation's model, where it was one only.
fn on(figures: &Figures<'_>) -> String {
    figures.session_model().map_or_else(
        || "the conversation\u{2019}s model".to_owned(),
        |model| one_line(model, LONGEST_NAME),
    )
}

fn measured(out: &mut String, figures: &Figures<'_>) {
    let _ = writeln!(
        out,
        "\nTokens and cost are measured. \u{201c}Same\u{201d} is what the same tokens cost on that model,\nand no saving: the conversation would have needed other tokens."
    );
    let unpriced = figures.after_hint.unpriced + figures.by_itself.unpriced;
    if unpriced > 0 {
        let _ = writeln!(
            out,
            "{} used a model without a price: its cost is in no figure.",
            counted(unpriced, "run")
        );
    }
}

/// The second figure, in words, gains and losses alike.
fn modelled(out: &mut String, figures: &Figures<'_>) {
    let (hints, unheeded) = figures.unheeded();
    let all = figures.after_hint.modelled + figures.by_itself.modelled;
    if all == 0 {
        return;
    }
    let _ = writeln!(
        out,
        "\nSaved is a model: what the conversation would have paid for the same steps, less\nthe agent, the call, the hint and the report (docs/cost.md)."
    );
    for (name, agents) in [
        ("After a hint", &figures.after_hint),
        ("Without a hint", &figures.by_itself),
    ] {
        if agents.modelled == 0 {
            continue;
        }
        let _ = write!(out, "{name}: {}", gain(agents));
        if agents.modelled < agents.settled {
            let _ = write!(
                out,
                ", known for {} of {} runs",
                agents.modelled, agents.settled
            );
        }
        out.push('\n');
    }
    if unheeded > 0 {
        let _ = writeln!(
            out,
            "{} led to no agent and cost {}.",
            counted(unheeded, "hint"),
            money(hints)
        );
    }
}

/// "$1.90 saved, 62 % of the usage", "$0.30 lost, 12 % more usage".
fn gain(agents: &Agents) -> String {
    let share = agents.usage_share().unwrap_or_default() * 100.0;
    let saved = agents.saved;
    if saved.0 < 0.0 {
        format!(
            "{} lost, {:.0} % more usage",
            money(Dollars(-saved.0)),
            -share
        )
    } else {
        format!("{} saved, {share:.0} % less usage", money(saved))
    }
}

fn right(table: &mut comfy_table::Table, from: usize) {
    for column in table.column_iter_mut().skip(from) {
        column.set_cell_alignment(CellAlignment::Right);
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn days((first, last): (u64, u64)) -> String {
    let day = |at: u64| {
        let at = i64::try_from(at).ok()?;
        let at = Timestamp::from_second(at).ok()?;
        Some(at.to_zoned(zone::local()).date().to_string())
    };
    match (day(first), day(last)) {
        (Some(first), Some(last)) if first != last => format!("{first} to {last}"),
        (Some(day), _) => day,
        _ => "at no known time".to_owned(),
    }
}

/// All figures, exact.
pub(super) fn json(
    figures: &Figures<'_>,
    adaptive: Option<&Adaptive>,
    up: &Up,
) -> Result<String, String> {
    let routes: BTreeMap<&String, Value> = figures
        .routes
        .iter()
        .map(|(name, route)| {
            let told = json!({
                "hints": route.hints, "takenUp": route.taken, "ignored": route.ignored, "notKnown": route.unknown(),
                "precision": route.precision(),
            });
            (name, told)
        })
        .collect();
    let names: BTreeMap<&String, Value> = figures
        .agents
        .iter()
        .map(|(name, agents)| (name, group(agents)))
        .collect();
    let (cost, count) = figures.unheeded();
    let state = adaptive.map(|adaptive| {
        let route = |name| {
            json!({"route": name, "ignoredInARow": adaptive.ignored(name), "needs": adaptive.needs(name)})
        };
        json!({
            "steps": STEPS.map(|(ignored, needs)| json!({"ignored": ignored, "needs": needs})),
            "quieter": adaptive.quiet().map(route).collect::<Vec<_>>(),
        })
    });
    let json = json!({
        "since": figures.span.map(|span| span.0),
        "until": figures.span.map(|span| span.1),
        "conversations": figures.conversations.len(),
        "projects": figures.projects.len(),
        "hints": figures.hints,
        "routes": routes,
        "agents": names,
        "afterHint": group(&figures.after_hint),
        "withoutHint": group(&figures.by_itself),
        "hintsWithoutAgent": {"count": count, "cost": cost.0},
        "adaptive": state,
        "models": models::json(&figures.kinds, up),
        "skippedLines": figures.skipped,
    });
    let text = serde_json::to_string_pretty(&json).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}

fn group(agents: &Agents) -> Value {
    json!({
        "runs": agents.runs(),
        "tokens": agents.tokens,
        "measured": {"cost": agents.cost.0, "unpricedRuns": agents.unpriced},
        "sameTokens": {"models": agents.models, "cost": agents.compared.0, "onConversationsModel": agents.same.0},
        "modelled": {
            "runs": agents.modelled, "alone": agents.alone.0, "saved": agents.saved.0,
            "usageShare": agents.usage_share(),
        },
    })
}
