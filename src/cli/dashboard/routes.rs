//! What came of the hints, by route, and which routes are quieter.

use maud::{Markup, html};

use super::gathered::Gathered;
use super::parts::{self, Row, Table, count};
use crate::adaptive::{Adaptive, STEPS};
use crate::cli::stats::figures::Route;

/// The section.
pub(super) fn section(gathered: &Gathered<'_>) -> Markup {
    let figures = &gathered.ledger;
    let mut all = Route::default();
    for route in figures.routes.values() {
        all.add(route);
    }
    html! {
        section aria-labelledby="routes" {
            h2 #routes { "What came of the hints" }
            @if figures.routes.is_empty() && !gathered.ledger_on {
                (parts::empty("The ledger is switched off.", &html! { "Without it nothing is known of hints." }))
            } @else if figures.routes.is_empty() {
                (parts::empty(
                    "No hint is in the ledger for this yet.",
                    &html! { "A prompt that a route fits gets one: " code { "promptune route \"run the tests\"" } " shows where a prompt goes." },
                ))
            } @else {
                p.lede {
                    "A hint is taken up when the model calls the agent or skill it names in the same turn. "
                    (parts::counted(figures.hints, "prompt")) " got a hint; one can name several routes."
                }
                ul.key aria-hidden="true" {
                    li { i.taken {} "taken up" }
                    li { i.ignored {} "ignored" }
                    li { i.unknown {} "not known" }
                }
                (Table {
                    caption: "Hints by route",
                    columns: &["route", "hints", "taken up", "ignored", "not known", "share taken up"],
                    rows: figures.routes.iter().map(|(name, route)| row(&parts::name(name), route, all.hints)).collect(),
                    feet: if figures.routes.len() > 1 { vec![row(&html! { "All" }, &all, all.hints)] } else { Vec::new() },
                    narrow: false,
                }.markup())
            }
            (quieter(gathered.adaptive.as_ref()))
        }
    }
}

fn row(name: &Markup, route: &Route, all: usize) -> Row {
    let share = route
        .precision()
        .map_or_else(|| "\u{2013}".to_owned(), parts::percent);
    Row {
        head: html! { (name) (outcomes(route, all)) },
        cells: vec![
            count(route.hints),
            count(route.taken),
            count(route.ignored),
            count(route.unknown()),
            html! { (share) },
        ],
    }
}

/// A bar of three parts, as long as the route has hints of all.
#[allow(clippy::cast_precision_loss, reason = "counts of hints")]
fn outcomes(route: &Route, all: usize) -> Markup {
    let part = |count: usize| count as f64 / all.max(1) as f64 * 100.0;
    let parts = [
        ("taken", part(route.taken), 0.0),
        ("ignored", part(route.ignored), part(route.taken)),
        (
            "unknown",
            part(route.unknown()),
            part(route.taken + route.ignored),
        ),
    ];
    html! {
        svg.bar width="100%" height="6" aria-hidden="true" focusable="false" {
            rect.track width="100%" height="6" rx="3" {}
            @for (class, width, from) in parts {
                @if width > 0.0 {
                    rect.(class) x={ (format!("{from:.3}")) "%" } width={ (format!("{width:.3}")) "%" } height="6" {}
                }
            }
        }
    }
}

fn quieter(adaptive: Option<&Adaptive>) -> Markup {
    let steps: Vec<String> = STEPS
        .iter()
        .map(|(ignored, needs)| format!("{ignored} times, {needs:.2}"))
        .collect();
    html! {
        h3 { "Routes that go quieter" }
        @match adaptive {
            None => p { "None: that is switched off in " code { "config.json" } "." }
            Some(adaptive) => {
                @if adaptive.quiet().next().is_none() {
                    p { "None at present: every route is hinted as at first." }
                } @else {
                    ul.quiet {
                        @for route in adaptive.quiet() {
                            li {
                                strong { (parts::name(route)) }
                                " was ignored " (adaptive.ignored(route)) " times in a row. It needs a confidence of "
                                (format!("{:.2}", adaptive.needs(route).unwrap_or_default())) " now. "
                                code { "promptune stats --reset " (parts::name(route)) }
                            }
                        }
                    }
                }
                p.note {
                    "Ignored in a row, a route needs more confidence: from " (steps.join("; from ")) ". "
                    "Taken up once, or reset, it is hinted as at first; by name it always is. This counts all projects."
                }
            }
        }
    }
}
