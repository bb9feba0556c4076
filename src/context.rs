//! The last room: the hint, as facts the model can act on.

use std::fmt::Write as _;

use crate::decide::Candidate;
use crate::patterns::compiled::{ArchivedCompiled, ArchivedRoute};
use crate::router::Routed;

/// The plugin's name, which the client puts before the names of its agents and skills.
pub const PLUGIN: &str = "promptune";

/// A quotation of the prompt is cut here, in characters.
const LONGEST_QUOTE: usize = 48;

/// What the client calls the target: `promptune:test-runner`.
#[must_use]
pub fn target_id(route: &ArchivedRoute) -> String {
    format!("{PLUGIN}:{}", route.name)
}

/// The hint for `offers`, in the order given. At least one offer.
///
/// One route takes at most 600 characters.
#[must_use]
pub fn hint(routed: &Routed<'_>, offers: &[&Candidate], table: &ArchivedCompiled) -> String {
    let mut hint = String::with_capacity(600 * offers.len());
    if let [offer] = offers {
        let route = &table.routes[offer.route];
        let _ = write!(
            hint,
            "promptune: {} matches {}. {}. The user installed promptune so that such requests go there. Better answered here when {}.",
            quote(routed, offer),
            described(route),
            call(route),
            route.stay,
        );
        return hint;
    }
    let _ = write!(
        hint,
        "promptune: this prompt makes {} requests for which the user installed a skill or agent, in this order:",
        offers.len()
    );
    for (index, offer) in offers.iter().enumerate() {
        let route = &table.routes[offer.route];
        let _ = write!(
            hint,
            "\n{}. {} matches {}. {}. Better answered here when {}.",
            index + 1,
            quote(routed, offer),
            described(route),
            call(route),
            route.stay,
        );
    }
    hint
}

fn described(route: &ArchivedRoute) -> String {
    if route.agent {
        let model = match route.model.as_str() {
            "inherit" => "the conversation's model",
            model => model,
        };
        format!(
            "the agent {} (model: {model}), which {}",
            target_id(route),
            route.does
        )
    } else {
        format!("the skill {}, which {}", target_id(route), route.does)
    }
}

/// The call as the model makes it.
fn call(route: &ArchivedRoute) -> String {
    if route.agent {
        format!("Call: Agent with subagent_type: {}", target_id(route))
    } else {
        format!("Call: Skill with skill: {}", target_id(route))
    }
}

/// The words that decided, as the person typed them: one line, no tags, cut to length.
fn quote(routed: &Routed<'_>, offer: &Candidate) -> String {
    // Where only the wording as a whole spoke for the route, no words stand out.
    if offer.evidence.is_empty() {
        return "this request".to_owned();
    }
    let surest = offer.evidence.iter().max_by(|a, b| {
        a.weight
            .total_cmp(&b.weight)
            .then(b.span.start.cmp(&a.span.start))
    });
    let typed = surest.map_or("", |evidence| {
        &routed.typed[routed.text.origin(evidence.span.clone())]
    });
    let mut plain = String::with_capacity(LONGEST_QUOTE + 8);
    plain.push('“');
    for (count, letter) in typed.chars().enumerate() {
        if count == LONGEST_QUOTE {
            plain.push('…');
            break;
        }
        let harmless = !letter.is_control()
            && !matches!(letter, '<' | '>' | '“' | '”' | '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        plain.push(if harmless { letter } else { ' ' });
    }
    plain.push('”');
    plain
}
