//! Estimating the weights of the signals: logistic regression, by gradient descent on all pairs at once.

use promptune::weigh::{INPUTS, logistic};

use crate::folds::Judged;

const ROUNDS: usize = 4000;
const STEP: f32 = 0.5;
/// Pull of every weight but the last towards zero, in standardised units.
const PULL: f32 = 1.0;

/// How much a pair of each set counts. Few real prompts want a route; sets in which many do would promise too much.
fn share(set: &str) -> f32 {
    match set {
        "voice" => 0.5,
        "languages" => 0.3,
        _ => 1.0,
    }
}

/// The weights under which the labels of `judged` are likeliest.
pub(crate) fn weights(judged: &[Judged]) -> [f32; INPUTS] {
    let pairs: Vec<(&[f32; INPUTS], f32, f32)> = judged
        .iter()
        .flat_map(|judged| {
            judged.considered.iter().map(|considered| {
                let right = f32::from(u8::from(considered.right));
                (&considered.inputs, right, share(judged.set))
            })
        })
        .collect();
    let all: f32 = pairs.iter().map(|pair| pair.2).sum();
    let spread = spread(&pairs);
    // In standardised units one step size suits all.
    let mut weights = [0.0_f32; INPUTS];
    let mut momentum = [0.0_f32; INPUTS];
    for _ in 0..ROUNDS {
        let mut slopes = [0.0_f32; INPUTS];
        for (inputs, right, share) in &pairs {
            let odds = (0..INPUTS).map(|at| inputs[at] / spread[at] * weights[at]);
            let error = (logistic(odds.sum()) - right) * share;
            for at in 0..INPUTS {
                slopes[at] += error * inputs[at] / spread[at];
            }
        }
        for at in 0..INPUTS {
            let pull = if at + 1 == INPUTS { 0.0 } else { PULL };
            let slope = (slopes[at] + pull * weights[at]) / all;
            momentum[at] = 0.9 * momentum[at] + slope;
            weights[at] -= STEP * momentum[at];
        }
    }
    for at in 0..INPUTS {
        weights[at] = (weights[at] / spread[at] * 1e4).round() / 1e4;
    }
    weights
}

#[allow(clippy::cast_precision_loss, reason = "counts of pairs")]
fn spread(pairs: &[(&[f32; INPUTS], f32, f32)]) -> [f32; INPUTS] {
    let mut spread = [0.0_f32; INPUTS];
    for (at, spread) in spread.iter_mut().enumerate() {
        let squares: f32 = pairs.iter().map(|pair| pair.0[at].powi(2)).sum();
        *spread = (squares / pairs.len() as f32).sqrt().max(1e-3);
    }
    spread
}
