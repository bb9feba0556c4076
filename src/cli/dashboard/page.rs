//! The page: its head, its totals, and the sections in their order.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::gathered::Gathered;
use super::parts::{self, count, counted, tokens, usd};
use super::{agents, chart, lists, notes, routes};
use crate::prices::Dollars;

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");
/// The script's SHA-256, by which the page's policy lets it run and nothing else. A test holds it, and
/// tells the right one after a change.
const SCRIPT_HASH: &str = "sha256-Ud7Qcb9+8ca4BJi+qku+sqTwwk2aKg74utERKIfSMeI=";

/// The whole page.
pub(super) fn page(gathered: &Gathered<'_>) -> Markup {
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'"
    );
    let used = !gathered.days.rows.is_empty();
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { "Promptune: what your sessions cost" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                a.skip href="#main" { "To the figures" }
                (banner(gathered))
                main #main tabindex="-1" {
                    (notes::notice(gathered))
                    @if used {
                        (totals(gathered))
                        (chart::section(gathered))
                    } @else {
                        (nothing(gathered))
                    }
                    (agents::section(gathered))
                    (routes::section(gathered))
                    @if used { (lists::section(gathered)) }
                    (notes::section(gathered))
                }
                footer {
                    p {
                        "Made by promptune " (env!("CARGO_PKG_VERSION")) " on "
                        (gathered.zone.to_datetime(gathered.now).strftime("%-d %b %Y, %H:%M"))
                        ". The page asks for nothing outside itself."
                    }
                }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    }
}

fn banner(gathered: &Gathered<'_>) -> Markup {
    html! {
        header {
            div {
                p.brand { "promptune" }
                h1 { "What your sessions cost" }
                p.span { (span(gathered)) }
            }
            fieldset.segments.theme {
                legend { "Colours" }
                @for (value, label) in [("auto", "Auto"), ("light", "Light"), ("dark", "Dark")] {
                    label {
                        input type="radio" name="theme" id={ "theme-" (value) } value=(value) checked[value == "auto"];
                        span { (label) }
                    }
                }
            }
        }
    }
}

/// Which days, transcripts and projects these are.
fn span(gathered: &Gathered<'_>) -> Markup {
    let rows = &gathered.days.rows;
    let wanted = gathered.wanted;
    let moment = |at| {
        gathered
            .zone
            .to_datetime(at)
            .strftime("%Y-%m-%d %H:%M")
            .to_string()
    };
    html! {
        @if let (Some(first), Some(last)) = (rows.first(), rows.last()) {
            time datetime=(first.key) { (first.key) }
            @if first.key != last.key { " to " time datetime=(last.key) { (last.key) } }
            ", "
        }
        (counted(gathered.days.files, "transcript"))
        @if let Some(zone) = gathered.zone.iana_name() { ", days of " (zone) }
        @if let Some(project) = &wanted.project { ". Only projects with \u{201c}" (parts::name(project)) "\u{201d} in their path" }
        @if let Some(since) = wanted.since { ". Only from " (moment(since)) " on" }
        @if let Some(until) = wanted.until { ". Only before " (moment(until)) }
    }
}

fn nothing(gathered: &Gathered<'_>) -> Markup {
    let files = gathered.days.files;
    html! {
        section aria-labelledby="totals" {
            h2 #totals { "In all" }
            @if files == 0 {
                (parts::empty(
                    "No transcripts are here yet.",
                    &html! {
                        "Claude Code writes them into the folder " code { "projects" } " in " code { "~/.claude" } ", or in " code { "$CLAUDE_CONFIG_DIR" }
                        ". Have a conversation first, or name another folder with " code { "promptune dashboard --projects DIR" } "."
                    },
                ))
            } @else {
                (parts::empty(
                    "None of the messages counts here.",
                    &html! {
                        (counted(files, "transcript")) @if files == 1 { " was" } @else { " were" } " read. Try without " code { "--since" } ", " code { "--until" } " and " code { "--project" } "."
                    },
                ))
            }
        }
    }
}

fn totals(gathered: &Gathered<'_>) -> Markup {
    let totals = &gathered.days.totals;
    let sums = &totals.tokens;
    let days = &gathered.days.rows;
    let dearest = days
        .iter()
        .max_by(|a, b| a.sum.cost.0.total_cmp(&b.sum.cost.0));
    let agents = gathered
        .agents
        .rows
        .iter()
        .filter(|row| !row.agents.is_empty());
    let (runs, spent) = agents.fold((0, Dollars::default()), |(runs, spent), row| {
        (runs + row.agents.len(), spent + row.sum.cost)
    });
    html! {
        section.totals aria-labelledby="totals" {
            h2 #totals { "In all" }
            dl {
                div.first {
                    dt { "Cost" }
                    dd { span.big { (usd(totals.cost)) } span.note { "at list prices" } }
                }
                div {
                    dt { "Tokens" }
                    dd {
                        span.big { (tokens(sums.total())) }
                        span.note {
                            (tokens(sums.input)) " in, " (tokens(sums.output)) " out, "
                            (tokens(sums.cache_write())) " written to the cache, " (tokens(sums.cache_read)) " read from it"
                        }
                    }
                }
                div {
                    dt { "Conversations" }
                    dd {
                        span.big { (count(gathered.conversations.rows.len())) }
                        span.note {
                            (counted(usize::try_from(totals.messages).unwrap_or(usize::MAX), "message")) " in "
                            (counted(gathered.projects.rows.len(), "project"))
                        }
                    }
                }
                div {
                    dt { "Agents" }
                    dd {
                        span.big { (count(runs)) }
                        span.note {
                            (usd(spent))
                            @if let Some(share) = parts::share(spent.0, totals.cost.0) { ", " (share) " of the cost" }
                        }
                    }
                }
                div {
                    dt { "Days with use" }
                    dd {
                        span.big { (count(days.len())) }
                        @if let Some(day) = dearest {
                            span.note { "the dearest, " time datetime=(day.key) { (day.key) } ", " (usd(day.sum.cost)) }
                        }
                    }
                }
            }
        }
    }
}
