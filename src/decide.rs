//! The fifth room: from evidence to a decision.

use crate::matching::{Evidence, Matches};
use crate::model::Opinion;
use crate::patterns::compiled::ArchivedCompiled;
use crate::text::Text;
use crate::weigh::{Odds, Signals};

/// At most so many requests of one prompt are answered.
pub const MOST_OFFERS: usize = 3;

/// No pile of evidence makes the router surer than this.
const SUREST: f32 = 0.99;

/// A route is offered from this confidence on, where there are models.
pub const SURE_ENOUGH: f32 = 0.8;

/// Beside another request, a route is offered from this confidence on.
const SURE_BESIDE: f32 = 0.6;

/// A route that no words speak for is worth telling a person about from this confidence on.
pub const WORTH_TELLING: f32 = 0.3;

/// A prompt of whose n-grams other people's prompts had fewer is not in the English they taught.
const ENGLISH: f32 = 0.62;

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
    /// What was weighed, where there are models for the routes.
    pub signals: Option<Signals>,
}

/// What the router makes of a prompt.
#[derive(Debug, Default, PartialEq)]
pub struct Decision {
    /// Every route that words or the wording as a whole speak for, most confident first.
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
        let mut clauses: Vec<u32> = offered
            .flat_map(|offer| &offer.evidence)
            .map(|evidence| evidence.clause)
            .collect();
        clauses.sort_unstable();
        clauses.dedup();
        // Clauses are numbered in the order of their words.
        let mut clauses = clauses.into_iter().peekable();
        let mut heads = Vec::with_capacity(clauses.len());
        for word in &text.words {
            while clauses.next_if(|clause| *clause < word.clause).is_some() {}
            if clauses.next_if_eq(&word.clause).is_some() {
                heads.push(word.at as usize);
            }
        }
        for evidence in self
            .candidates
            .iter_mut()
            .flat_map(|candidate| &mut candidate.evidence)
        {
            let next = heads.partition_point(|head| *head <= evidence.span.start);
            if let Some(next) = heads.get(next)
                && *next < evidence.span.end
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

/// What the two models make of a prompt.
#[derive(Debug, Clone)]
pub struct Opinions {
    /// The one taught from the project's own utterances.
    pub own: Opinion,
    /// The one taught from prompts of other people.
    pub others: Opinion,
    /// The routes the wording as a whole may ask for: the likeliest of each model.
    suspects: Vec<u16>,
}

impl Opinions {
    /// Both models' opinions of one prompt.
    #[must_use]
    pub fn new(own: Opinion, others: Opinion) -> Self {
        let mut suspects: Vec<u16> = [&own, &others].into_iter().filter_map(likeliest).collect();
        suspects.dedup();
        Self {
            own,
            others,
            suspects,
        }
    }

    /// The routes the wording as a whole may ask for.
    #[must_use]
    pub fn suspects(&self) -> &[u16] {
        &self.suspects
    }

    /// Drops the suspects that nobody would be told of unless words spoke for them too: looking for what speaks
    /// against them would be in vain.
    pub fn drop_unlikely(&mut self, text: &Text) {
        let (own, others) = (&self.own, &self.others);
        self.suspects.retain(|route| {
            let Some(mut signals) = wording(text, own, others, usize::from(*route)) else {
                return true;
            };
            [false, true].into_iter().any(|rivals| {
                signals.rivals = rivals;
                signals.confidence() >= WORTH_TELLING
            })
        });
    }
}

/// What is weighed of a prompt in which no words speak for `route`; `None` for a route that was hardly taught.
fn wording(text: &Text, own: &Opinion, others: &Opinion, route: usize) -> Option<Signals> {
    Some(Signals {
        own: Odds::of(own, route)?,
        others: Odds::of(others, route).unwrap_or_default(),
        patterns: 0.0,
        met: false,
        reached: false,
        named: false,
        asks: text.asks,
        rivals: false,
        company: false,
        many_sentences: text.sentences.len() > 3,
        long: text.words.len() > 60,
        foreign: others.known < ENGLISH,
    })
}

fn likeliest(opinion: &Opinion) -> Option<u16> {
    let routes = &opinion.probabilities[..opinion.probabilities.len() - 1];
    let known = routes
        .iter()
        .enumerate()
        .filter_map(|(route, share)| Some((route, (*share)?)));
    let (route, _) = known.max_by(|a, b| a.1.total_cmp(&b.1))?;
    Some(route as u16)
}

/// Weighs what was found. `opinions` are the models', where there are models for the table's routes.
#[must_use]
pub fn decide(
    text: &Text,
    matches: &Matches,
    opinions: Option<&Opinions>,
    table: &ArchivedCompiled,
) -> Decision {
    let standing: Vec<&Evidence> = matches
        .evidence
        .iter()
        .filter(|evidence| matches.veto_of(evidence).is_none())
        .collect();
    let mut routes: Vec<u16> = standing.iter().map(|evidence| evidence.route).collect();
    if let Some(opinions) = opinions.filter(|_| text.asks) {
        let vetoed = |route: &u16| matches.vetoes.iter().any(|veto| veto.route == *route);
        routes.extend(opinions.suspects().iter().filter(|route| !vetoed(route)));
    }
    routes.sort_unstable();
    routes.dedup();
    let mut candidates: Vec<Candidate> = routes
        .into_iter()
        .map(|route| {
            let threshold = table.routes[usize::from(route)].threshold.to_native();
            candidate(route, &standing, threshold)
        })
        .collect();
    if let Some(opinions) = opinions {
        let reached: Vec<Evidence> = candidates
            .iter()
            .filter(|candidate| candidate.offered)
            .flat_map(|candidate| candidate.evidence.iter().cloned())
            .collect();
        let reached: Vec<&Evidence> = reached.iter().collect();
        for candidate in &mut candidates {
            candidate.weigh(text, &standing, &reached, opinions);
        }
        without_words_only_the_surest(&mut candidates);
        beside_the_first(&mut candidates);
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

/// What patterns and keywords say of one route, which they offer from the confidence `threshold` on.
pub(crate) fn candidate(route: u16, standing: &[&Evidence], threshold: f32) -> Candidate {
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
    let reached = confidence(&own) >= threshold;
    let evidence = if reached { own } else { all };
    Candidate {
        route: route_index,
        confidence: confidence(&evidence),
        evidence,
        offered: reached,
        named,
        signals: None,
    }
}

impl Candidate {
    /// Weighs patterns and models together. A route that was hardly taught is left to its patterns.
    ///
    /// `standing` is the evidence for all routes, `company` that of the routes whose patterns reach their threshold.
    fn weigh(
        &mut self,
        text: &Text,
        standing: &[&Evidence],
        company: &[&Evidence],
        opinions: &Opinions,
    ) {
        let route = self.route;
        let Some(wording) = wording(text, &opinions.own, &opinions.others, route) else {
            return;
        };
        let signals = Signals {
            patterns: self.confidence,
            met: !self.evidence.is_empty(),
            reached: self.offered,
            named: self.named,
            rivals: self.shares_clause(standing, true),
            company: self.offered && self.shares_clause(company, false),
            ..wording
        };
        self.signals = Some(signals);
        // Who names an agent has chosen already.
        if !(self.named && self.offered) {
            self.confidence = signals.confidence().min(SUREST);
            self.offered = self.confidence >= SURE_ENOUGH;
        }
    }
}

impl Candidate {
    /// Whether some of `others` speaks for another route in one of this route's clauses, or, if not `same`, in another.
    fn shares_clause(&self, others: &[&Evidence], same: bool) -> bool {
        let own = |other: &Evidence| {
            let mut clauses = self.evidence.iter().map(|evidence| evidence.clause);
            clauses.any(|clause| clause == other.clause)
        };
        let mut others = others
            .iter()
            .filter(|other| usize::from(other.route) != self.route);
        others.any(|other| self.evidence.is_empty() || own(other) == same)
    }
}

/// Who asks for one thing often asks for another in the same breath, and the models look at the prompt as a whole: a
/// further request in a clause of its own needs less.
fn beside_the_first(candidates: &mut [Candidate]) {
    let taken: Vec<u32> = candidates
        .iter()
        .filter(|candidate| candidate.offered)
        .flat_map(|candidate| &candidate.evidence)
        .map(|evidence| evidence.clause)
        .collect();
    if taken.is_empty() {
        return;
    }
    for candidate in candidates.iter_mut().filter(|it| !it.offered) {
        let reached = candidate.signals.is_some_and(|signals| signals.reached);
        let apart = candidate
            .evidence
            .iter()
            .any(|evidence| !taken.contains(&evidence.clause));
        candidate.offered = reached && apart && candidate.confidence >= SURE_BESIDE;
    }
}

/// Where no words speak for a route, only the wording as a whole, it is offered alone or not at all.
fn without_words_only_the_surest(candidates: &mut [Candidate]) {
    let surest = candidates
        .iter()
        .filter(|candidate| candidate.offered)
        .max_by(|a, b| a.confidence.total_cmp(&b.confidence))
        .map(|candidate| candidate.route);
    let words = candidates
        .iter()
        .any(|candidate| candidate.offered && !candidate.evidence.is_empty());
    for candidate in candidates {
        if candidate.evidence.is_empty() && (words || Some(candidate.route) != surest) {
            candidate.offered = false;
        }
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

/// Whether two pieces of evidence read some of the same words.
pub(crate) fn overlap(a: &Evidence, b: &Evidence) -> bool {
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
        // Nothing more would change it.
        if 1.0 - doubt >= SUREST {
            break;
        }
    }
    (1.0 - doubt).min(SUREST)
}
