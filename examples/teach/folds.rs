//! Judging each prompt by models that were not taught with it.

use std::borrow::Cow;
use std::collections::HashMap;

use promptune::decide::Opinions;
use promptune::model::train::{Row, train};
use promptune::model::{Model, Opinion};
use promptune::table;
use promptune::text::Text;
use promptune::walk::Phrasing;
use promptune::weigh::{INPUTS, logistic};
use promptune::{router, table::OTHERS_LINES, table::OWN_LINES};

use crate::data::{Prompt, classes, fnv};

/// Why a table that was just made can be read.
const MADE: &str = "a table just made";

const FOLDS: usize = 5;

/// One route considered for a prompt.
#[derive(Clone)]
pub(crate) struct Considered {
    pub(crate) inputs: [f32; INPUTS],
    /// It is the label, or fair.
    pub(crate) right: bool,
}

/// A prompt with every route that was considered.
#[derive(Clone)]
pub(crate) struct Judged {
    pub(crate) set: &'static str,
    pub(crate) number: usize,
    pub(crate) wants: bool,
    pub(crate) considered: Vec<Considered>,
}

/// What came of it: how sure of the surest route, and whether that is right.
pub(crate) struct Decided {
    pub(crate) set: &'static str,
    pub(crate) wants: bool,
    pub(crate) confidence: f32,
    pub(crate) right: bool,
}

impl Judged {
    pub(crate) fn decide(&self, weights: &[f32; INPUTS]) -> Decided {
        let sure = |considered: &Considered| {
            let odds = considered.inputs.iter().zip(weights);
            logistic(odds.map(|(input, weight)| input * weight).sum())
        };
        let best = self
            .considered
            .iter()
            .map(|considered| (sure(considered), considered.right))
            .max_by(|a, b| a.0.total_cmp(&b.0));
        let (confidence, right) = best.unwrap_or((0.0, false));
        Decided {
            set: self.set,
            wants: self.wants,
            confidence,
            right,
        }
    }
}

/// Judges every prompt that whoever wrote the patterns had not seen.
pub(crate) fn judge(own: &[Prompt], others: &[Prompt]) -> Vec<Judged> {
    let own_opinions = opinions(own, others, OWN_LINES);
    let others_opinions = opinions(others, own, OTHERS_LINES);
    let mut judged = Vec::new();
    for (index, prompt) in own.iter().chain(others).enumerate() {
        if !prompt.apart {
            continue;
        }
        let (own_opinion, others_opinion) = if index < own.len() {
            (&own_opinions.0[index], &others_opinions.1[index])
        } else {
            let index = index - own.len();
            (&own_opinions.1[index], &others_opinions.0[index])
        };
        let opinions = Opinions::new(own_opinion.clone(), others_opinion.clone());
        judged.push(Judged {
            set: prompt.set,
            number: (fnv(prompt.typed.as_bytes()) >> 40) as usize,
            wants: prompt.route != "none",
            considered: consider(prompt, &opinions),
        });
    }
    judged
}

fn consider(prompt: &Prompt, opinions: &Opinions) -> Vec<Considered> {
    if !prompt.passes {
        return Vec::new();
    }
    let builtin = table::builtin();
    let text = Text::read(&prompt.typed, &mut Phrasing::new(builtin));
    let routed = router::weigh(Cow::Borrowed(&prompt.typed), text, Some(opinions), builtin);
    let classes = classes();
    let considered = routed.decision.candidates.iter();
    considered
        .filter_map(|candidate| {
            let id = classes[candidate.route];
            Some(Considered {
                inputs: candidate.signals?.inputs(),
                right: id == prompt.route || prompt.ok.iter().any(|ok| ok == id),
            })
        })
        .collect()
}

/// The opinions of models taught with `taught`: on `taught` itself fold by fold, each by a model without that fold;
/// on `rest` by the model taught with all.
fn opinions(taught: &[Prompt], rest: &[Prompt], lines: usize) -> (Vec<Opinion>, Vec<Opinion>) {
    let fold = |prompt: &Prompt| (fnv(prompt.typed.as_bytes()) >> 32) as usize % FOLDS;
    let mut on_taught: HashMap<usize, Opinion> = HashMap::new();
    for number in 0..FOLDS {
        let rows: Vec<Row> = taught
            .iter()
            .filter(|prompt| fold(prompt) != number)
            .map(|prompt| prompt.row.clone())
            .collect();
        let bytes = train(&rows, classes().len(), lines);
        let model = Model::new(&bytes).expect(MADE);
        let apart = taught.iter().enumerate();
        on_taught.extend(
            apart
                .filter(|(_, prompt)| fold(prompt) == number)
                .map(|(index, prompt)| (index, model.opinion(&prompt.row.features))),
        );
    }
    let bytes = table_of(taught, lines);
    let model = Model::new(&bytes).expect(MADE);
    let on_taught = (0..taught.len()).filter_map(|index| on_taught.remove(&index));
    let on_rest = rest.iter();
    (
        on_taught.collect(),
        on_rest
            .map(|prompt| model.opinion(&prompt.row.features))
            .collect(),
    )
}

fn table_of(prompts: &[Prompt], lines: usize) -> Vec<u8> {
    let rows: Vec<Row> = prompts.iter().map(|prompt| prompt.row.clone()).collect();
    train(&rows, classes().len(), lines)
}

/// The table taught with all of other people's prompts.
pub(crate) fn others_table(others: &[Prompt]) -> Vec<u8> {
    table_of(others, OTHERS_LINES)
}
