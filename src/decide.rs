//! The fifth room: from evidence to a decision.

use crate::matching::{Evidence, Matches};
use crate::model::table::Opinion;
use crate::patterns::compiled::ArchivedCompiled;
use crate::text::Text;

/// At most so many requests of one prompt are answered.
pub const MOST_OFFERS: usize = 3;

/// No pile of evidence makes the router surer than this.
const SUREST: f32 = 0.99;

/// The model is heard only where it knows at least this share of the prompt's n-grams.
const KNOWN_ENOUGH: f32 = 0.5;

/// A route to which the model gives less than this is not offered, whatever pattern met it.
const UNHEARD_OF: f32 = 0.02;

/// A route to which the model gives this much is offered where no pattern met any.
const SURE_ALONE: f32 = 0.65;

/// One route that something spoke for.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Index into the table's routes.
    pub route: usize,
    /// How sure the router is, 0 to 1.
    pub confidence: f32,
    /// What spoke for it and stands: no veto, no stronger reading of the same words. Empty where only the
    /// wording as a whole speaks for it.
    pub evidence: Vec<Evidence>,
    /// Whether it is hinted.
    pub offered: bool,
    /// Whether the prompt names its target.
    pub named: bool,
    /// The model found the wording too unlike a request for the route.
    pub doubted: bool,
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

    /// Ends the words quoted for one request where the next request's clause begins: a pattern may look a little further.
    pub fn part_requests(&mut self, text: &Text) {
        let offered = self.candidates.iter().filter(|candidate| candidate.offered);
        let clauses: Vec<u32> = offered
            .flat_map(|offer| &offer.evidence)
            .map(|evidence| evidence.clause)
            .collect();
        let heads = clauses
            .iter()
            .filter_map(|clause| text.words.iter().find(|word| word.clause == *clause));
        let heads: Vec<usize> = heads.map(|word| word.at as usize).collect();
        for evidence in self
            .candidates
            .iter_mut()
            .flat_map(|candidate| &mut candidate.evidence)
        {
            let span = evidence.span.clone();
            if let Some(next) = heads
                .iter()
                .filter(|head| span.start < **head && **head < span.end)
                .min()
            {
                evidence.span.end = next - 1;
            }
        }
    }

    /// The most confident route that is offered.
    #[must_use]
    pub fn best(&self) -> Option<&Candidate> {
        self.candidates.iter().find(|candidate| candidate.offered)
    }
}

/// A route the model is sure of, whatever patterns say.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Suspect {
    /// Index into the table's routes.
    pub route: usize,
    /// The probability the model gives it.
    pub share: f32,
}

/// The route the wording as a whole asks for, where the prompt asks for anything at all.
#[must_use]
pub fn suspect(opinion: &Opinion, text: &Text) -> Option<Suspect> {
    let routes = &opinion.probabilities[..opinion.probabilities.len() - 1];
    let known = routes
        .iter()
        .enumerate()
        .filter_map(|(route, share)| Some((route, (*share)?)));
    let (route, share) = known.max_by(|a, b| a.1.total_cmp(&b.1))?;
    let sure = share >= SURE_ALONE && opinion.known >= KNOWN_ENOUGH;
    (sure && text.asks).then_some(Suspect { route, share })
}

/// Weighs what was found. `opinion` is the model's, where there is a model for the table's routes, and `suspect` the
/// route it is sure of.
#[must_use]
pub fn decide(
    matches: &Matches,
    opinion: Option<&Opinion>,
    suspect: Option<Suspect>,
    table: &ArchivedCompiled,
) -> Decision {
    let opinion = opinion.filter(|opinion| opinion.known >= KNOWN_ENOUGH);
    let standing: Vec<&Evidence> = matches
        .evidence
        .iter()
        .filter(|evidence| matches.veto_of(evidence).is_none())
        .collect();
    let mut routes: Vec<u16> = standing.iter().map(|evidence| evidence.route).collect();
    routes.sort_unstable();
    routes.dedup();
    let mut candidates: Vec<Candidate> = routes
        .into_iter()
        .map(|route| candidate(route, &standing, opinion, table))
        .collect();
    if candidates.iter().all(|candidate| !candidate.offered)
        && let Some(suspect) = suspect
    {
        by_wording(&mut candidates, suspect, matches);
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

/// The candidate of one route that patterns or keywords spoke for.
fn candidate(
    route: u16,
    standing: &[&Evidence],
    opinion: Option<&Opinion>,
    table: &ArchivedCompiled,
) -> Candidate {
    let route_index = usize::from(route);
    let all: Vec<Evidence> = standing
        .iter()
        .filter(|evidence| evidence.route == route)
        .map(|all| (*all).clone())
        .collect();
    let own: Vec<Evidence> = all
        .iter()
        .filter(|evidence| !outdone(evidence, standing))
        .cloned()
        .collect();
    let named = own.iter().any(|evidence| evidence.names);
    let reached = confidence(&own) >= table.routes[route_index].threshold.to_native();
    let doubted = reached
        && !named
        && opinion.is_some_and(|opinion| {
            opinion.probabilities[route_index].is_some_and(|share| share < UNHEARD_OF)
        });
    let evidence = if reached { own } else { all };
    Candidate {
        route: route_index,
        confidence: confidence(&evidence),
        evidence,
        offered: reached && !doubted,
        named,
        doubted,
    }
}

/// Offers the route the model is sure of, unless something speaks against it.
fn by_wording(candidates: &mut Vec<Candidate>, suspect: Suspect, matches: &Matches) {
    let Suspect { route, share } = suspect;
    if matches
        .vetoes
        .iter()
        .any(|veto| usize::from(veto.route) == route)
    {
        return;
    }
    match candidates
        .iter_mut()
        .find(|candidate| candidate.route == route)
    {
        Some(candidate) => {
            candidate.confidence = candidate.confidence.max(share);
            candidate.offered = true;
        }
        None => candidates.push(Candidate {
            route,
            confidence: share.min(SUREST),
            evidence: Vec::new(),
            offered: true,
            named: false,
            doubted: false,
        }),
    }
}

/// Whether another route reads the same words of one clause, and more surely.
fn outdone(evidence: &Evidence, all: &[&Evidence]) -> bool {
    let rank = |it: &Evidence| (it.weight, it.span.len());
    all.iter().any(|other| {
        other.route != evidence.route
            && other.clause == evidence.clause
            && overlap(other, evidence)
            && rank(other)
                .partial_cmp(&rank(evidence))
                .is_some_and(|order| order.then(evidence.route.cmp(&other.route)).is_gt())
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
