//! The model's table in bytes, and what it says of a prompt.
//!
//! Layout, all little-endian: `u32` classes, `f32` scale of the weights, `f32` bias of each class (NaN: hardly taught), then for each block and
//! bucket one `u8` rarity (times 25; 0: never seen in teaching) and one `i8` weight a class.

use super::features::{BLOCKS, extract};
use super::{BUCKETS, features::Features};

/// Rarities are stored as multiples of this part.
const RARITY_STEPS: f32 = 25.0;

/// A model, read in place.
#[derive(Debug, Clone, Copy)]
pub struct Model<'a> {
    classes: usize,
    scale: f32,
    bytes: &'a [u8],
}

/// What the model makes of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Opinion {
    /// Probability of each class, `None` for one it was hardly taught; the last one is "no route". They sum to 1.
    pub probabilities: Vec<Option<f32>>,
    /// Share of the prompt's n-grams that occurred in teaching, 0 to 1: how far the opinion can be trusted.
    pub known: f32,
}

impl<'a> Model<'a> {
    /// Reads a table.
    ///
    /// Returns `None` where the bytes are not one.
    #[must_use]
    pub fn new(bytes: &'a [u8]) -> Option<Self> {
        let classes = u32::from_le_bytes(bytes.get(..4)?.try_into().ok()?) as usize;
        let scale = f32::from_le_bytes(bytes.get(4..8)?.try_into().ok()?);
        let rows = BLOCKS * BUCKETS * (classes + 1);
        (bytes.len() == 8 + 4 * classes + rows).then_some(Self {
            classes,
            scale,
            bytes,
        })
    }

    /// How many classes it tells apart, "no route" included.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// What the model makes of `prompt`.
    #[must_use]
    pub fn opinion(&self, prompt: &str) -> Opinion {
        let features = extract(prompt);
        let mut scores: Vec<f32> = (0..self.classes).map(|class| self.bias(class)).collect();
        let (mut known, mut all) = (0_u32, 0_u32);
        for (block, grams) in features.iter().enumerate() {
            let mut sums = vec![0.0_f32; self.classes];
            let mut norm = 0.0_f32;
            for (bucket, count) in grams {
                let row = self.row(block, *bucket as usize);
                all += 1;
                if row[0] == 0 {
                    continue;
                }
                known += 1;
                let value = frequency(*count) * f32::from(row[0]) / RARITY_STEPS;
                norm += value * value;
                for (sum, weight) in sums.iter_mut().zip(&row[1..]) {
                    *sum += value * f32::from(weight.cast_signed());
                }
            }
            let factor = if norm > 0.0 {
                self.scale / norm.sqrt()
            } else {
                0.0
            };
            for (score, sum) in scores.iter_mut().zip(&sums) {
                *score += factor * sum;
            }
        }
        Opinion {
            probabilities: self.known_classes(softmax(scores)),
            #[allow(clippy::cast_precision_loss, reason = "a few thousand n-grams")]
            known: known as f32 / all.max(1) as f32,
        }
    }

    fn known_classes(&self, shares: Vec<f32>) -> Vec<Option<f32>> {
        let shares = shares.into_iter().enumerate();
        shares
            .map(|(class, share)| (!self.bias(class).is_nan()).then_some(share))
            .collect()
    }

    fn bias(&self, class: usize) -> f32 {
        let at = 8 + 4 * class;
        self.bytes[at..at + 4]
            .try_into()
            .map_or(0.0, f32::from_le_bytes)
    }

    fn row(&self, block: usize, bucket: usize) -> &[u8] {
        let width = self.classes + 1;
        let at = 8 + 4 * self.classes + (block * BUCKETS + bucket) * width;
        &self.bytes[at..at + width]
    }
}

/// Repetition counts, but ever less.
pub(super) fn frequency(count: u32) -> f32 {
    #[allow(
        clippy::cast_precision_loss,
        reason = "counts of n-grams in one prompt"
    )]
    let count = count as f32;
    1.0 + count.ln()
}

/// Shares that sum to 1.
pub(super) fn softmax(mut scores: Vec<f32>) -> Vec<f32> {
    // A class hardly taught has a bias, and so a score, that is no number.
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    for score in &mut scores {
        *score = if score.is_nan() {
            0.0
        } else {
            (*score - most).exp()
        };
    }
    let sum: f32 = scores.iter().sum();
    for score in &mut scores {
        *score /= sum;
    }
    scores
}

/// Writes a table. `rarity[block][bucket]` and `weights[block][bucket * classes + class]`.
#[must_use]
pub(super) fn to_bytes(bias: &[f32], rarity: &[Vec<f32>], weights: &[Vec<f32>]) -> Vec<u8> {
    let classes = bias.len();
    let largest = weights
        .iter()
        .flatten()
        .fold(0.0_f32, |most, weight| most.max(weight.abs()));
    let scale = largest.max(f32::MIN_POSITIVE) / 127.0;
    let mut bytes = Vec::with_capacity(8 + 4 * classes + BLOCKS * BUCKETS * (classes + 1));
    bytes.extend_from_slice(&(classes as u32).to_le_bytes());
    bytes.extend_from_slice(&scale.to_le_bytes());
    for bias in bias {
        bytes.extend_from_slice(&bias.to_le_bytes());
    }
    for (rarity, weights) in rarity.iter().zip(weights) {
        for (bucket, rarity) in rarity.iter().enumerate() {
            bytes.push(quantised_rarity(*rarity));
            for weight in &weights[bucket * classes..(bucket + 1) * classes] {
                let steps = (weight / scale).round().clamp(-127.0, 127.0);
                bytes.push((steps as i8).cast_unsigned());
            }
        }
    }
    bytes
}

#[allow(clippy::cast_sign_loss, reason = "rarities are not negative")]
fn quantised_rarity(rarity: f32) -> u8 {
    if rarity == 0.0 {
        0
    } else {
        (rarity * RARITY_STEPS).round().clamp(1.0, 255.0) as u8
    }
}

/// The value of each n-gram of a prompt: frequency times rarity, each block of length 1. As [`Model::opinion`] weighs them.
pub(super) fn weighed(features: &Features, rarity: &[Vec<f32>]) -> Vec<Vec<(u32, f32)>> {
    features
        .iter()
        .zip(rarity)
        .map(|(grams, rarity)| {
            let mut values: Vec<(u32, f32)> = grams
                .iter()
                .filter(|(bucket, _)| rarity[*bucket as usize] > 0.0)
                .map(|(bucket, count)| (*bucket, frequency(*count) * rarity[*bucket as usize]))
                .collect();
            let norm = values
                .iter()
                .map(|(_, value)| value * value)
                .sum::<f32>()
                .sqrt();
            for (_, value) in &mut values {
                *value /= norm.max(f32::MIN_POSITIVE);
            }
            values
        })
        .collect()
}
