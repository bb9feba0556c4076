//! What is in no figure, and how the figures come about.

use maud::{Markup, html};

use super::gathered::Gathered;
use super::parts::{self, counted, tokens};
use crate::cli::cost::shown::skipped;
use crate::{data, prices};

/// Whether anything is left out of the figures.
fn is_whole(gathered: &Gathered<'_>) -> bool {
    gathered.days.unpriced.is_empty()
        && skipped(gathered.days.skipped).is_none()
        && gathered.ledger.skipped == 0
}

/// A line at the top that leads to the section, where something is left out.
pub(super) fn notice(gathered: &Gathered<'_>) -> Markup {
    let unpriced = gathered.days.unpriced.len();
    html! {
        @if !is_whole(gathered) {
            p.notice {
                strong { "Not everything is in these figures. " }
                @if unpriced > 0 { (counted(unpriced, "model")) " without a known price. " }
                @if skipped(gathered.days.skipped).is_some() || gathered.ledger.skipped > 0 { "Some of what was read could not be. " }
                a href="#left-out" { "What is missing" }
            }
        }
    }
}

/// The section.
pub(super) fn section(gathered: &Gathered<'_>) -> Markup {
    let (date, source, own) = gathered.prices.origin();
    html! {
        section aria-labelledby="left-out" {
            h2 #left-out tabindex="-1" { "What is not in these figures" }
            @if is_whole(gathered) {
                p { "Nothing that was found: every model has a price, and every line could be read." }
            } @else {
                ul.plain { (left_out(gathered)) }
            }
            h3 { "How they come about" }
            ul.plain {
                li { "Each message counts once, at the prices of its model. These are list prices: with a subscription nothing of it is billed, and the figures say how the use is spread." }
                li { "Prices are of " (date) ", from " (source) "." @if own > 0 { " Before them come " (counted(own, "price")) " of your own." } }
                li { "Tokens and cost are measured. \u{201c}Same tokens\u{201d} prices the agent\u{2019}s own tokens on another model, and says nothing about what would have happened otherwise." }
                li { "\u{201c}Saved\u{201d} is a model: what the conversation would have paid for the same steps, with its cached context at every request, less the agent, the call, the hint and the report. It may be negative, and is then called lost." }
                li { "The agents by cost further up come from the transcripts, which may reach further back than the ledger; the two need not agree." }
            }
            p.note { "docs/cost.md tells it at length. " code { "promptune cost --json" } " and " code { "promptune stats --json" } " print the exact figures." }
        }
    }
}

fn left_out(gathered: &Gathered<'_>) -> Markup {
    let unpriced = &gathered.days.unpriced;
    html! {
        @for (model, sum) in unpriced {
            li {
                "No price is known for " strong { (parts::name(model)) } ": " (counted(usize::try_from(sum.messages).unwrap_or(usize::MAX), "message"))
                " with " (tokens(sum.tokens.total())) " tokens add no money."
            }
        }
        @if !unpriced.is_empty() {
            li {
                "To mend it, put the prices into "
                code { (parts::plain_path(&data::folder().unwrap_or_default().join(prices::FILE))) } "."
            }
        }
        @if let Some(skipped) = skipped(gathered.days.skipped) {
            li { "Of the transcripts, unreadable and not counted: " (skipped) "." }
        }
        @if gathered.ledger.skipped > 0 {
            li { "Of the ledger, unreadable and not counted: " (counted(gathered.ledger.skipped, "line")) "." }
        }
    }
}
