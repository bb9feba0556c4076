//! Where the money went: models, agents, skills and projects, the dearest first.

use maud::{Markup, html};

use super::gathered::Gathered;
use super::parts::{self, Row, Table, bar, tokens, usd};
use crate::cli::cost::group::{self, By, Finished};

/// So many rows are shown at once; the rest unfold.
const MOST: usize = 8;

/// The section. Empty without a message.
pub(super) fn section(gathered: &Gathered<'_>) -> Markup {
    html! {
        section aria-labelledby="where" {
            h2 #where { "Where it went" }
            p.lede { "Everything in the transcripts, measured. Each list adds up to the whole." }
            div.lists {
                (list(&gathered.models, "Models", None))
                (list(&gathered.agents, "Agents", Some("(no agent)")))
                (list(&gathered.skills, "Skills", Some("(no skill)")))
                (list(&gathered.projects, "Projects", None))
            }
        }
    }
}

/// `plain` is the row of what belongs to none; where that is all there is, it is said in words.
fn list(finished: &Finished<'_>, title: &str, plain: Option<&str>) -> Markup {
    let only_plain = finished
        .rows
        .iter()
        .all(|row| Some(row.key.as_str()) == plain);
    let (first, rest) = finished.rows.split_at(finished.rows.len().min(MOST));
    html! {
        div.list {
            h3 { (title) }
            @if only_plain {
                p.note { "The transcripts name no " (finished.by.name()) ". Newer clients write it into each line." }
            } @else {
                (table(finished, title, first))
                @if !rest.is_empty() {
                    details {
                        summary { (rest.len()) " more" }
                        (table(finished, &format!("{title}, continued"), rest))
                    }
                }
            }
        }
    }
}

fn table(finished: &Finished<'_>, title: &str, rows: &[group::Row]) -> Markup {
    let whole = finished.totals.cost.0;
    let most = finished.rows.first().map_or(0.0, |row| row.sum.cost.0);
    let by = finished.by;
    let mut columns = vec![by.name()];
    columns.extend((by == By::Agent).then_some("runs"));
    columns.extend(["tokens", "cost", "share"]);
    let row = |row: &group::Row| {
        let cost = row.sum.cost.0;
        let label = match by {
            By::Model => parts::name(finished.prices.name(&row.key)),
            By::Project => parts::path(&row.key),
            _ => parts::name(&row.key),
        };
        let mut cells = Vec::new();
        if by == By::Agent {
            let runs = row.agents.len();
            cells.push(if runs == 0 {
                html! { "\u{2013}" }
            } else {
                parts::count(runs)
            });
        }
        cells.push(tokens(row.sum.tokens.total()));
        if cost == 0.0 && is_unpriced(finished, row) {
            cells.push(html! { "no price" });
            cells.push(html! { "\u{2013}" });
        } else {
            cells.push(usd(row.sum.cost));
            let share = parts::share(cost, whole);
            cells.push(html! { (share.unwrap_or_else(|| "\u{2013}".to_owned())) });
        }
        let length = if most > 0.0 { cost / most } else { 0.0 };
        Row {
            head: html! { (label) (bar(length, "fill")) },
            cells,
        }
    };
    Table {
        caption: &format!("{title} by cost"),
        columns: &columns,
        rows: rows.iter().map(row).collect(),
        feet: Vec::new(),
        narrow: true,
    }
    .markup()
}

/// Whether none of the models in it has a price.
fn is_unpriced(finished: &Finished<'_>, row: &group::Row) -> bool {
    let mut models = row.models.keys();
    row.sum.tokens.total() > 0 && models.all(|model| finished.unpriced.contains_key(model))
}
