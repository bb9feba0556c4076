//! The fifth room: from evidence to a decision.

use crate::matching::{Evidence, Matches};
use crate::patterns::compiled::ArchivedCompiled;

/// At most so many requests of one prompt are answered.
pub const MOST_OFFERS: usize = 3;

/// No pile of evidence makes the router surer than this.
const SUREST: f32 = 0.99;

/// One route that something spoke for.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Index into the table's routes.
    pub route: usize,
    /// How sure the router is, 0 to 1.
    pub confidence: f32,
    /// What spoke for it and stands: no veto, no stronger reading of the same words.
    pub evidence: Vec<Evidence>,
    /// Whether it is hinted.
    pub offered: bool,
    /// Whether the prompt names its target.
    pub named: bool,
}

/// What the router makes of a prompt.
#[derive(Debug, Default, PartialEq)]
pub struct Decision {
    /// Every route with evidence, most confident first.
    pub candidates: Vec<Candidate>,
}

impl Decision {
    /// The routes to hint, in the order in which the prompt asks for them.
    #[must_use]
    pub fn offers(&self) -> Vec<&Candidate> {
        let mut offers: Vec<&Candidate> = self
            .candidates
            .iter()
            .filter(|candidate| candidate.offered)
            .collect();
        offers.sort_by_key(|candidate| {
            candidate
                .evidence
                .iter()
                .map(|evidence| evidence.span.start)
                .min()
        });
        offers
    }

    /// The most confident route that is offered.
    #[must_use]
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.offered)
    }
}

/// Weighs what was found.
#[must_use]
pub fn decide(matches: &Matches, table: &ArchivedCompiled) -> Decision {
    let standing: Vec<&Evidence> = matches
        .evidence
        .iter()
        .filter(|evidence| matches.veto_of(evidence).is_none())
        .collect();
    let mut candidates: Vec<Candidate> = Vec::new();
    for evidence in &standing {
        let route = usize::from(evidence.route);
        if candidates.iter().any(|candidate| candidate.route == route) {
            continue;
        }
        let own: Vec<Evidence> = standing
            .iter()
            .filter(|other| other.route == evidence.route)
            .filter(|other| !outdone(other, &standing))
            .map(|kept| (*kept).clone())
            .collect();
        let all: Vec<Evidence> = standing
            .iter()
            .filter(|other| other.route == evidence.route)
            .map(|all| (*all).clone())
            .collect();
        let threshold = table.routes[route].threshold.to_native();
        let offered = confidence(&own) >= threshold;
        let evidence = if offered { own } else { all };
        candidates.push(Candidate {
            route,
            confidence: confidence(&evidence),
            named: evidence.iter().any(|evidence| evidence.names),
            evidence,
            offered,
        });
    }
    candidates.sort_by(|a, b| {
        b.offered
            .cmp(&a.offered)
            .then(b.confidence.total_cmp(&a.confidence))
            .then(a.route.cmp(&b.route))
    });
    for surplus in candidates
        .iter_mut()
        .filter(|candidate| candidate.offered)
        .skip(MOST_OFFERS)
    {
        surplus.offered = false;
    }
    Decision { candidates }
}

/// Whether another route reads the same words of one clause, and more surely.
fn outdone(evidence: &Evidence, all: &[&Evidence]) -> bool {
    all.iter().any(|other| {
        other.route != evidence.route
            && other.clause == evidence.clause
            && overlap(other, evidence)
            && {
                let rank = |it: &Evidence| (it.weight, it.span.len());
                rank(other)
                    .partial_cmp(&rank(evidence))
                    .is_some_and(|order| order.then(evidence.route.cmp(&other.route)).is_gt())
            }
    })
}

fn overlap(a: &Evidence, b: &Evidence) -> bool {
    a.span.start < b.span.end && b.span.start < a.span.end
}

/// Independent pieces of evidence add up; several readings of the same words count once, as the surest.
fn confidence(evidence: &[Evidence]) -> f32 {
    let mut order: Vec<&Evidence> = evidence.iter().collect();
    order.sort_by(|a, b| b.weight.total_cmp(&a.weight));
    let mut counted: Vec<&Evidence> = Vec::new();
    let mut doubt = 1.0_f32;
    for piece in order {
        if counted.iter().all(|other| !overlap(other, piece)) {
            doubt *= 1.0 - piece.weight;
            counted.push(piece);
        }
    }
    (1.0 - doubt).min(SUREST)
}
