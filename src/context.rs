//! The last room: the hint, as facts the model can act on.

use std::fmt::Write as _;

use crate::catalog::Kind;
use crate::catalog::index::Known;
use crate::decide::Candidate;
use crate::layers::Owner;
use crate::layers::routes::{Route, Routes};
use crate::patterns::compiled::ArchivedRoute;
use crate::router::Routed;

pub use crate::layers::routes::PLUGIN;

/// A quotation of the prompt is cut here, in characters.
const LONGEST_QUOTE: usize = 48;

/// What the client calls the target of a built-in route: `promptune:test-runner`.
#[must_use]
pub fn target_id(route: &ArchivedRoute) -> String {
    format!("{PLUGIN}:{}", route.name)
}

/// The hint for `offers`, in the order given. At least one offer.
///
/// One route takes at most 600 characters. What a file of the person or the project says is on one line, without
/// marks that could make it look like anything else; a project's words are quoted as its own.
#[must_use]
pub fn hint(routed: &Routed<'_>, offers: &[&Candidate], known: &Routes<'_>) -> String {
    let mut hint = String::with_capacity(600 * offers.len());
    if let [offer] = offers {
        let route = known.route(offer.route);
        let _ = write!(
            hint,
            "promptune: {} matches {}. {}. {}",
            quote(routed, offer),
            described(&route),
            call(&route),
            wish(&route),
        );
        stay(&route, &mut hint);
        return hint;
    }
    let whose = if offers
        .iter()
        .any(|offer| known.route(offer.route).told_by == Owner::Project)
    {
        "the user or the project has"
    } else {
        "the user installed"
    };
    let _ = write!(
        hint,
        "promptune: this prompt makes {} requests for which {whose} a skill or agent, in this order:",
        offers.len()
    );
    for (index, offer) in offers.iter().enumerate() {
        let route = known.route(offer.route);
        let _ = write!(
            hint,
            "\n{}. {} matches {}. {}.",
            index + 1,
            quote(routed, offer),
            described(&route),
            call(&route),
        );
        stay(&route, &mut hint);
    }
    hint
}

/// The hint for entries of the catalogue, the surest first. At least one.
///
/// What an entry says of itself is quoted as its own words: anybody may have written it.
#[must_use]
pub fn entries_hint(entries: &[&Known<'_>]) -> String {
    let mut hint = String::with_capacity(400 * entries.len());
    let _ = match entries {
        [_] => write!(
            hint,
            "promptune: among what is installed here, this request comes nearest to "
        ),
        _ => write!(
            hint,
            "promptune: among what is installed here, this request comes nearest to these, the nearest first:"
        ),
    };
    for (index, entry) in entries.iter().enumerate() {
        if entries.len() > 1 {
            let _ = write!(hint, "\n{}. ", index + 1);
        }
        let _ = write!(hint, "the {} {}", entry.kind.name(), entry.id);
        if let (Kind::Agent, Some(model)) =
            (entry.kind, entry.model.filter(|model| *model != "inherit"))
        {
            let _ = write!(hint, " (model: {model})");
        }
        if !entry.does.is_empty() {
            let _ = write!(hint, ", which says of itself: “{}”", entry.does);
        }
        let _ = match entry.kind {
            Kind::Agent => write!(hint, ". Call: Agent with subagent_type: {}.", entry.id),
            Kind::Skill | Kind::Command => write!(hint, ". Call: Skill with skill: {}.", entry.id),
        };
    }
    hint.push_str(match entries {
        [_] => " Better answered here when that is not what is asked.",
        _ => "\nBetter answered here when none of them is what is asked.",
    });
    hint
}

/// Who wants such requests to go there.
fn wish(route: &Route<'_>) -> &'static str {
    match route.told_by {
        Owner::Builtin => "The user installed promptune so that such requests go there.",
        Owner::User => "The user set promptune up so that such requests go there.",
        Owner::Project => "A file of this project leads such requests there.",
    }
}

fn stay(route: &Route<'_>, hint: &mut String) {
    match &route.stay {
        Some(stay) if route.told_by == Owner::Project => {
            let _ = write!(hint, " Better answered here when “{stay}”.");
        }
        Some(stay) => {
            let _ = write!(hint, " Better answered here when {stay}.");
        }
        None => {}
    }
}

fn described(route: &Route<'_>) -> String {
    let mut described = format!(
        "the {} {}",
        if route.agent { "agent" } else { "skill" },
        route.target_id()
    );
    if route.agent
        && let Some(model) = route.model
    {
        let model = match model {
            "inherit" => "the conversation's model",
            model => model,
        };
        let _ = write!(described, " (model: {model})");
    }
    let does = &route.does;
    let _ = if route.told_by == Owner::Project {
        write!(described, ", of which the project says: “{does}”")
    } else {
        write!(described, ", which {does}")
    };
    described
}

/// The call as the model makes it.
fn call(route: &Route<'_>) -> String {
    if route.agent {
        format!("Call: Agent with subagent_type: {}", route.target_id())
    } else {
        format!("Call: Skill with skill: {}", route.target_id())
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
