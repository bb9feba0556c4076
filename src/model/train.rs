//! Teaching: multinomial logistic regression by stochastic gradient descent with `AdaGrad`'s step sizes.
//!
//! Deterministic: the order of the rows follows from a fixed generator, nothing depends on time or threads.

use std::collections::{BTreeMap, HashMap};

use super::features::Features;
use super::table::{Gram, arrange, softmax, to_bytes, weighed};

const ROUNDS: usize = 20;
const STEP: f32 = 0.6;

/// Pull of every weight towards zero in one round, against the errors of all rows together.
const PULL: f32 = 0.1;

/// N-grams of fewer prompts are left out: they say more about the prompt than about its route.
const LEAST_PROMPTS: u32 = 2;

/// A class of fewer rows, such as a route added a moment ago, is left to its patterns.
const LEAST_ROWS: usize = 20;

/// A labelled prompt.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its n-grams.
    pub features: Features,
    /// Its class.
    pub class: usize,
    /// How much it counts; 1 is usual.
    pub weight: f32,
}

/// Teaches a model of `classes` classes, the last of which is "no route", and returns its table of `lines` lines.
#[must_use]
pub fn train(rows: &[Row], classes: usize, lines: usize) -> Vec<u8> {
    let taught = |class: usize| rows.iter().filter(|row| row.class == class).count() >= LEAST_ROWS;
    let hardly: Vec<bool> = (0..classes).map(|class| !taught(class)).collect();
    let rows: Vec<&Row> = rows.iter().filter(|row| !hardly[row.class]).collect();
    let grams = grams(&rows);
    let kept = arrange(&grams, lines);
    let known: HashMap<u32, usize> = kept
        .iter()
        .flatten()
        .map(|index| (grams[*index].hash, *index))
        .collect();
    let inputs: Vec<Vec<(usize, f32)>> = rows
        .iter()
        .map(|row| weighed(&row.features, &known, &grams))
        .collect();
    let mut weights = vec![0.0_f32; grams.len() * classes];
    let mut squares = vec![1e-6_f32; grams.len() * classes];
    let mut bias = vec![0.0_f32; classes];
    let mut bias_squares = vec![1e-6_f32; classes];
    let mut order: Vec<usize> = (0..rows.len()).collect();
    let mut generator = Generator(0x2545_f491_4f6c_dd1d);
    for _ in 0..ROUNDS {
        generator.shuffle(&mut order);
        for index in &order {
            let (row, input) = (rows[*index], &inputs[*index]);
            let mut scores = bias.clone();
            for (gram, value) in input {
                let from = gram * classes;
                for (score, weight) in scores.iter_mut().zip(&weights[from..from + classes]) {
                    *score += value * weight;
                }
            }
            let mut slopes = softmax(scores);
            slopes[row.class] -= 1.0;
            for slope in &mut slopes {
                *slope *= row.weight;
            }
            for class in 0..classes {
                step(&mut bias[class], &mut bias_squares[class], slopes[class]);
            }
            for (gram, value) in input {
                let from = gram * classes;
                #[allow(clippy::cast_precision_loss, reason = "counts of prompts")]
                let pull = PULL / grams[*gram].prompts as f32;
                for class in 0..classes {
                    let weight = &mut weights[from + class];
                    let slope = slopes[class] * value + pull * *weight;
                    step(weight, &mut squares[from + class], slope);
                }
            }
        }
    }
    for (bias, hardly) in bias.iter_mut().zip(&hardly) {
        if *hardly {
            *bias = f32::NAN;
        }
    }
    to_bytes(&bias, &grams, &kept, &weights)
}

fn step(weight: &mut f32, squares: &mut f32, slope: f32) {
    *squares += slope * slope;
    *weight -= STEP * slope / squares.sqrt();
}

/// The n-grams of enough prompts, with how rare they are: 1 for one in all of them, more for rarer ones.
#[allow(clippy::cast_precision_loss, reason = "counts of prompts")]
fn grams(rows: &[&Row]) -> Vec<Gram> {
    let mut prompts: BTreeMap<u32, u32> = BTreeMap::new();
    for (hash, _) in rows.iter().flat_map(|row| row.features.iter().flatten()) {
        *prompts.entry(*hash).or_default() += 1;
    }
    let all = rows.len() as f32;
    prompts
        .into_iter()
        .filter(|(_, prompts)| *prompts >= LEAST_PROMPTS)
        .map(|(hash, prompts)| Gram {
            hash,
            rarity: ((1.0 + all) / (1.0 + prompts as f32)).ln() + 1.0,
            prompts,
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

    fn row(hashes: &[u32], class: usize) -> Row {
        // As real hashes do, these differ in all their bits.
        let grams = hashes
            .iter()
            .map(|hash| (hash.wrapping_mul(0x9e37_79b1), 1));
        let mut grams: Vec<(u32, u32)> = grams.collect();
        grams.sort_unstable();
        Row {
            features: [grams, Vec::new()],
            class,
            weight: 1.0,
        }
    }

    fn rows() -> Vec<Row> {
        let apples = (0..60).map(|n| row(&[1, 2, 100 + n % 20], 0));
        let few = (0..5).map(|n| row(&[3, 4, 100 + n], 1));
        let none = (0..60).map(|n| row(&[5, 6, 100 + n % 20], 2));
        apples.chain(few).chain(none).collect()
    }

    #[test]
    fn the_same_rows_give_the_same_table() {
        assert_eq!(train(&rows(), 3, 64), train(&rows(), 3, 64));
    }

    #[test]
    fn it_learns_what_it_is_taught_and_leaves_out_what_it_hardly_is() {
        let table = train(&rows(), 3, 64);
        let model = Model::new(&table).expect("a table");
        let opinion = model.opinion(&row(&[1, 2, 7], 0).features);
        assert!(
            opinion.probabilities[0].is_some_and(|share| share > 0.8),
            "{opinion:?}"
        );
        assert_eq!(opinion.probabilities[1], None);
        let sum: f32 = opinion.probabilities.iter().flatten().sum();
        assert!((sum - 1.0).abs() < 1e-4, "{opinion:?}");
        assert!(model.opinion(&row(&[900, 901, 902], 0).features).known < 0.3);
        assert!(Model::new(&table[1..]).is_none());
    }
}
