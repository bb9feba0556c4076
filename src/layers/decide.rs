//! What layers make of a prompt, over what the built-in patterns and models have made of it.
//!
//! There are no models for routes of a person: patterns and keywords that reach the threshold offer the route. The
//! built-in decision stays as it is where no layer says anything about it.

use super::Layers;
use super::routes::Routes;
use crate::decide::{self, Candidate, MOST_OFFERS};
use crate::matching::{self, Evidence};
use crate::router::{self, Routed};
use crate::table;

/// Adds what the layers say to a decision by the built-in routes. `decision.candidates[].route` are from here on
/// numbers of [`Layers::routes`].
#[must_use]
pub fn over<'p>(routed: Routed<'p>, layers: &Layers) -> Routed<'p> {
    if layers.sound.is_empty() {
        return routed;
    }
    let mut over = Over {
        routes: layers.routes(),
        routed,
        evidence: Vec::new(),
    };
    for layer in 0..layers.sound.len() {
        over.find(layer);
    }
    if !over.concerned() {
        return over.routed;
    }
    over.redecide();
    over.thresholds();
    over.offer();
    over.finish();
    over.routed
}

struct Over<'p, 't> {
    routes: Routes<'t>,
    routed: Routed<'p>,
    /// What the layers' patterns met, by the numbers of `routes`.
    evidence: Vec<Evidence>,
}

impl Over<'_, '_> {
    /// Finds a layer's patterns and vetoes. Vetoes are looked for where something has spoken for their route.
    fn find(&mut self, layer: usize) {
        let decided = self.routed.decision.candidates.iter().map(|it| it.route);
        let met = self.routed.matches.evidence.iter().chain(&self.evidence);
        let mut spoken: Vec<usize> = decided
            .chain(met.map(|evidence| usize::from(evidence.route)))
            .collect();
        spoken.sort_unstable();
        spoken.dedup();
        let suspects: Vec<u16> = spoken
            .into_iter()
            .filter_map(|number| Some(self.routes.within(layer, number)? as u16))
            .collect();
        let it = self.routes.layers()[layer];
        let found = matching::find(&self.routed.text, &suspects, &it.own.compiled);
        let number = |own: u16| self.routes.number(layer, usize::from(own)) as u16;
        for mut evidence in found.evidence {
            evidence.route = number(evidence.route);
            evidence.layer = it.owner.layer();
            self.evidence.push(evidence);
        }
        for mut veto in found.vetoes {
            veto.route = number(veto.route);
            veto.layer = it.owner.layer();
            self.routed.matches.vetoes.push(veto);
        }
    }

    /// Whether a layer says anything of this prompt.
    fn concerned(&self) -> bool {
        let decided = self.routed.decision.candidates.iter().map(|it| it.route);
        let met = self.routed.matches.evidence.iter();
        let spoken = decided.chain(met.map(|evidence| usize::from(evidence.route)));
        !self.evidence.is_empty()
            || self.routed.matches.vetoes.iter().any(|veto| veto.layer > 0)
            || spoken.into_iter().any(|number| {
                let route = self.routes.route(number);
                route.off || route.threshold_set
            })
    }

    /// Decides on the built-in routes once more, if a layer's veto or a silenced route is among what spoke.
    fn redecide(&mut self) {
        let routes = self.routes;
        let matches = &mut self.routed.matches;
        let candidates = &self.routed.decision.candidates;
        let concerned = |number: usize| candidates.iter().any(|it| it.route == number);
        let vetoed = matches
            .vetoes
            .iter()
            .any(|veto| veto.layer > 0 && concerned(usize::from(veto.route)));
        let before = matches.evidence.len();
        matches
            .evidence
            .retain(|evidence| !routes.route(usize::from(evidence.route)).off);
        if vetoed || matches.evidence.len() < before {
            let builtin = table::builtin();
            let opinions = router::opinions(&self.routed.text, builtin);
            self.routed.decision =
                decide::decide(&self.routed.text, matches, opinions.as_ref(), builtin);
        }
    }

    /// Takes the thresholds that layers set, and silences what they silence.
    fn thresholds(&mut self) {
        for candidate in &mut self.routed.decision.candidates {
            let route = self.routes.route(candidate.route);
            if route.threshold_set && !(candidate.named && candidate.offered) {
                let reached = candidate.confidence >= route.threshold;
                // The wording as a whole is no reason to say more than the models would.
                candidate.offered =
                    reached && (candidate.offered || !candidate.evidence.is_empty());
            }
            candidate.offered &= !route.off;
        }
    }

    /// Offers the routes for which the layers' own evidence reaches the threshold.
    fn offer(&mut self) {
        let (matches, evidence) = (&self.routed.matches, std::mem::take(&mut self.evidence));
        let standing: Vec<&Evidence> = evidence
            .iter()
            .filter(|evidence| matches.veto_of(evidence).is_none())
            .collect();
        let mut numbers: Vec<u16> = standing.iter().map(|evidence| evidence.route).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let mut reached: Vec<Evidence> = Vec::new();
        let mut candidates = Vec::new();
        for number in numbers {
            let route = self.routes.route(usize::from(number));
            let mut own = decide::candidate(number, &standing, route.threshold);
            own.offered &= !route.off && route.complete;
            if own.offered {
                reached.extend(own.evidence.iter().cloned());
            }
            candidates.push(own);
        }
        for own in candidates {
            self.join(own);
        }
        self.outdo(&reached);
        self.evidence = evidence;
    }

    /// Puts a candidate among the others, into the one of the same route if there is one.
    fn join(&mut self, own: Candidate) {
        let candidates = &mut self.routed.decision.candidates;
        let Some(there) = candidates.iter_mut().find(|it| it.route == own.route) else {
            candidates.push(own);
            return;
        };
        if !own.offered {
            return;
        }
        there.offered = true;
        there.named |= own.named;
        if own.confidence >= there.confidence {
            there.confidence = own.confidence;
            there.signals = None;
        }
        there.evidence.extend(own.evidence);
    }

    /// Who says in a file of their own where some words lead means it: a built-in route that only read the same words,
    /// or none, is not offered beside it.
    fn outdo(&mut self, reached: &[Evidence]) {
        if reached.is_empty() {
            return;
        }
        for candidate in &mut self.routed.decision.candidates {
            let number = candidate.route as u16;
            let taken = |evidence: &Evidence| {
                evidence.layer == 0
                    && reached.iter().any(|other| {
                        other.route != number
                            && other.clause == evidence.clause
                            && decide::overlap(other, evidence)
                    })
            };
            if candidate.evidence.iter().all(taken) && candidate.offered {
                candidate.offered = false;
            }
        }
    }

    fn finish(&mut self) {
        let source = |it: &Candidate| it.evidence.iter().map(|it| it.layer).max();
        let candidates = &mut self.routed.decision.candidates;
        candidates.sort_by(|a, b| {
            b.offered
                .cmp(&a.offered)
                .then(b.confidence.total_cmp(&a.confidence))
                .then(source(b).cmp(&source(a)))
                .then(a.route.cmp(&b.route))
        });
        let offers = candidates.iter_mut().filter(|candidate| candidate.offered);
        for surplus in offers.skip(MOST_OFFERS) {
            surplus.offered = false;
        }
        self.routed.decision.part_requests(&self.routed.text);
        self.routed.matches.evidence.append(&mut self.evidence);
    }
}
