//! Teaching: multinomial logistic regression by stochastic gradient descent with `AdaGrad`'s step sizes.
//!
//! Deterministic: the order of the rows follows from a fixed generator, nothing depends on time or threads.

use super::BUCKETS;
use super::features::{BLOCKS, Features, extract};
use super::table::{softmax, to_bytes, weighed};

const ROUNDS: usize = 8;
const STEP: f32 = 0.2;
/// Pull of every used weight towards zero, per step.
const DECAY: f32 = 1e-3;
/// N-grams of fewer prompts are left out: they say more about the prompt than about its route.
const LEAST_PROMPTS: u32 = 2;

/// A class of fewer rows, such as a route added a moment ago, is left to its patterns.
const LEAST_ROWS: usize = 40;

/// A labelled prompt: its text and its class.
pub type Row = (String, usize);

/// Teaches a model of `classes` classes, the last of which is "no route", and returns its table.
#[must_use]
pub fn train(rows: &[Row], classes: usize) -> Vec<u8> {
    let taught = |class: usize| rows.iter().filter(|row| row.1 == class).count() >= LEAST_ROWS;
    let hardly: Vec<bool> = (0..classes).map(|class| !taught(class)).collect();
    let features: Vec<Features> = rows.iter().map(|(text, _)| extract(text)).collect();
    let rarity = rarity(&features);
    let inputs: Vec<Vec<Vec<(u32, f32)>>> = features
        .iter()
        .map(|features| weighed(features, &rarity))
        .collect();
    let mut weights = vec![vec![0.0_f32; BUCKETS * classes]; BLOCKS];
    let mut squares = vec![vec![1e-6_f32; BUCKETS * classes]; BLOCKS];
    let mut bias = vec![0.0_f32; classes];
    let mut bias_squares = vec![1e-6_f32; classes];
    let mut order: Vec<usize> = (0..rows.len())
        .filter(|row| !hardly[rows[*row].1])
        .collect();
    let mut generator = Generator(0x2545_f491_4f6c_dd1d);
    for _ in 0..ROUNDS {
        generator.shuffle(&mut order);
        for index in &order {
            let input = &inputs[*index];
            let mut scores = bias.clone();
            for (block, grams) in input.iter().enumerate() {
                for (bucket, value) in grams {
                    let from = *bucket as usize * classes;
                    for (score, weight) in
                        scores.iter_mut().zip(&weights[block][from..from + classes])
                    {
                        *score += value * weight;
                    }
                }
            }
            let mut slopes = softmax(scores);
            slopes[rows[*index].1] -= 1.0;
            for class in 0..classes {
                step(&mut bias[class], &mut bias_squares[class], slopes[class]);
            }
            for (block, grams) in input.iter().enumerate() {
                for (bucket, value) in grams {
                    let from = *bucket as usize * classes;
                    for class in 0..classes {
                        let weight = &mut weights[block][from + class];
                        let slope = slopes[class] * value + DECAY * *weight;
                        step(weight, &mut squares[block][from + class], slope);
                    }
                }
            }
        }
    }
    for (bias, hardly) in bias.iter_mut().zip(&hardly) {
        if *hardly {
            *bias = f32::NAN;
        }
    }
    to_bytes(&bias, &rarity, &weights)
}

fn step(weight: &mut f32, squares: &mut f32, slope: f32) {
    *squares += slope * slope;
    *weight -= STEP * slope / squares.sqrt();
}

/// How rare each n-gram is among the prompts: 1 for one in all of them, more for rarer ones, 0 for too rare ones.
#[allow(clippy::cast_precision_loss, reason = "counts of prompts")]
fn rarity(features: &[Features]) -> Vec<Vec<f32>> {
    let all = features.len() as f32;
    (0..BLOCKS)
        .map(|block| {
            let mut prompts = vec![0_u32; BUCKETS];
            for (bucket, _) in features.iter().flat_map(|features| &features[block]) {
                prompts[*bucket as usize] += 1;
            }
            let rarity = |count: &u32| {
                if *count < LEAST_PROMPTS {
                    0.0
                } else {
                    ((1.0 + all) / (1.0 + *count as f32)).ln() + 1.0
                }
            };
            prompts.iter().map(rarity).collect()
        })
        .collect()
}

/// xorshift64*: small, and the same everywhere.
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            let other = (self.next() % (last as u64 + 1)) as usize;
            order.swap(last, other);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::table::Model;
    use super::{Row, train};

    fn rows() -> Vec<Row> {
        let row = |text: String, class| (text, class);
        let apples = (0..60).map(|n| row(format!("please pick the apples of tree {n}"), 0));
        let few = (0..5).map(|n| row(format!("press cider number {n}"), 1));
        let none = (0..60).map(|n| row(format!("how tall is wall {n}"), 2));
        apples.chain(few).chain(none).collect()
    }

    #[test]
    fn the_same_rows_give_the_same_table() {
        assert_eq!(train(&rows(), 3), train(&rows(), 3));
    }

    #[test]
    fn it_learns_what_it_is_taught_and_leaves_out_what_it_hardly_is() {
        let table = train(&rows(), 3);
        let model = Model::new(&table).expect("a table");
        let opinion = model.opinion("pick the apples of the old tree");
        assert!(
            opinion.probabilities[0].is_some_and(|share| share > 0.8),
            "{opinion:?}"
        );
        assert_eq!(opinion.probabilities[1], None);
        let sum: f32 = opinion.probabilities.iter().flatten().sum();
        assert!((sum - 1.0).abs() < 1e-4, "{opinion:?}");
        assert!(model.opinion("zzzz qqqq").known < 0.3);
        assert!(Model::new(&table[1..]).is_none());
    }
}
