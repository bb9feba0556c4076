//! `promptune route --explain-cost`: the sum behind a hint.

use std::fmt::Write as _;
use std::path::Path;

use super::output::{FAINT, styled};
use crate::breakeven::past::Past;
use crate::breakeven::{self, HINT, Sum};
use crate::data;
use crate::decide::Candidate;
use crate::layers::routes::Routes;
use crate::prices::thousands;
use crate::receipt::money;
use crate::spawn::running::Here;

/// The conversation where no transcript is given.
const ASSUMED_MODEL: &str = "opus";
const ASSUMED_CONTEXT: u64 = 60_000;

/// The sums for `offers`.
///
/// # Errors
/// When the transcript tells no conversation.
pub(super) fn explained(
    offers: &[&Candidate],
    known: &Routes<'_>,
    transcript: Option<&Path>,
) -> Result<String, String> {
    let here = match transcript {
        None => Here {
            model: ASSUMED_MODEL.to_owned(),
            context: ASSUMED_CONTEXT,
            hour: false,
        },
        Some(file) => breakeven::here(file).ok_or_else(|| {
            format!(
                "{}: no message of a conversation in its last 64 KB\n  mend: name a conversation\u{2019}s .jsonl under ~/.claude/projects",
                file.display()
            )
        })?,
    };
    let past = data::folder()
        .map(|folder| Past::read(&folder))
        .unwrap_or_default();
    let mut out = String::new();
    let assumed = if transcript.is_some() {
        ""
    } else {
        " (assumed: no --transcript)"
    };
    let _ = writeln!(
        out,
        "cost: the conversation is on {} with {} tokens{assumed}",
        here.model,
        thousands(&here.context.to_string())
    );
    for offer in offers {
        let route = known.route(offer.route);
        let id = route.target_id();
        let model = route.model.filter(|_| route.agent);
        match model.and_then(|model| breakeven::sum(&id, model, &here, &past, HINT)) {
            Some(sum) => told(&mut out, &id, &sum),
            None => {
                let _ = writeln!(out, "  {id}: no agent with a priced model of its own");
            }
        }
    }
    Ok(out)
}

fn told(out: &mut String, id: &str, sum: &Sum) {
    let steps = sum.steps;
    let _ = writeln!(
        out,
        "  {id}: delegating {} (agent {}, call and report {}), answering here {}: {}",
        money(sum.delegating()),
        money(sum.agent),
        money(sum.around),
        money(sum.here),
        if sum.pays() {
            "delegating pays"
        } else {
            "delegating does not pay"
        }
    );
    let from = if steps.runs == 0 {
        "assumed, as fewer than three runs of it are known".to_owned()
    } else {
        format!("the medians of its last {} runs", steps.runs)
    };
    let steps = format!(
        "by {} requests on {}, from {} tokens growing by {}, {} out: {from}",
        steps.requests,
        sum.agent_model,
        thousands(&steps.first.to_string()),
        thousands(&steps.grown.to_string()),
        thousands(&steps.output.to_string())
    );
    let _ = writeln!(out, "    {}", styled(FAINT, &steps));
}
