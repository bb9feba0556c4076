//! The model's table in bytes, and what it says of a prompt.
//!
//! Layout, all little-endian: `u32` classes, `u32` lines, `f32` scale of the weights, `f32` bias of each class (NaN:
//! hardly taught); then the lines of four slots each. A slot is a `u16` mark of its n-gram (0: empty), a `u8` rarity
//! (times 25) and one `i8` weight a class. An n-gram's hash says in which line it is, if it was kept at all.

use super::features::Features;

/// Rarities are stored as multiples of this part.
const RARITY_STEPS: f32 = 25.0;

/// Slots of one line. With twelve routes, a line is 64 bytes.
const SLOTS: usize = 4;

/// A model, read in place.
#[derive(Debug, Clone, Copy)]
pub struct Model<'a> {
    classes: usize,
    lines: usize,
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
        let word =
            |at: usize| -> Option<[u8; 4]> { <[u8; 4]>::try_from(bytes.get(at..at + 4)?).ok() };
        let model = Self {
            classes: u32::from_le_bytes(word(0)?) as usize,
            lines: u32::from_le_bytes(word(4)?) as usize,
            scale: f32::from_le_bytes(word(8)?),
            bytes,
        };
        let length = model.head() + model.lines * SLOTS * slot_length(model.classes);
        (model.lines.is_power_of_two() && bytes.len() == length).then_some(model)
    }

    /// How many classes it tells apart, "no route" included.
    #[must_use]
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// What the model makes of a prompt.
    #[must_use]
    pub fn opinion(&self, features: &Features) -> Opinion {
        let mut scores: Vec<f32> = (0..self.classes).map(|class| self.bias(class)).collect();
        let (mut known, mut all) = (0_u32, 0_u32);
        let mut sums = vec![0.0_f32; self.classes];
        for grams in features {
            sums.fill(0.0);
            let mut norm = 0.0_f32;
            for (hash, count) in grams {
                all += 1;
                let Some(slot) = self.slot(*hash) else {
                    continue;
                };
                known += 1;
                let value = frequency(*count) * f32::from(slot[2]) / RARITY_STEPS;
                norm += value * value;
                for (sum, weight) in sums.iter_mut().zip(&slot[3..]) {
                    *sum += value * f32::from(weight.cast_signed());
                }
            }
            if norm > 0.0 {
                let factor = self.scale / norm.sqrt();
                for (score, sum) in scores.iter_mut().zip(&sums) {
                    *score += factor * sum;
                }
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

    fn head(&self) -> usize {
        12 + 4 * self.classes
    }

    fn bias(&self, class: usize) -> f32 {
        let at = 12 + 4 * class;
        self.bytes[at..at + 4]
            .try_into()
            .map_or(0.0, f32::from_le_bytes)
    }

    fn slot(&self, hash: u32) -> Option<&'a [u8]> {
        let (line, mark) = place(hash, self.lines);
        let length = slot_length(self.classes);
        let at = self.head() + line * SLOTS * length;
        self.bytes[at..at + SLOTS * length]
            .chunks_exact(length)
            .find(|slot| slot[..2] == mark)
    }
}

/// The line in which an n-gram stands, and the mark it is known by there.
fn place(hash: u32, lines: usize) -> (usize, [u8; 2]) {
    // The low bits of FNV are its weakest.
    let line = (hash ^ (hash >> 16)) as usize % lines;
    let mark = u16::try_from(hash >> 16).unwrap_or(0).max(1);
    (line, mark.to_le_bytes())
}

fn slot_length(classes: usize) -> usize {
    3 + classes
}

/// Repetition counts, but ever less.
pub(super) fn frequency(count: u32) -> f32 {
    #[allow(
        clippy::cast_precision_loss,
        reason = "counts of n-grams in one prompt"
    )]
    let count = count as f32;
    1.0 + libm::logf(count)
}

/// Shares that sum to 1.
pub(super) fn softmax(mut scores: Vec<f32>) -> Vec<f32> {
    // A class hardly taught has a bias, and so a score, that is no number.
    let most = scores.iter().copied().fold(f32::MIN, f32::max);
    for score in &mut scores {
        *score = if score.is_nan() {
            0.0
        } else {
            libm::expf(*score - most)
        };
    }
    let sum: f32 = scores.iter().sum();
    for score in &mut scores {
        *score /= sum;
    }
    scores
}

/// An n-gram worth keeping: its hash, how rare it is, how many prompts had it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gram {
    pub hash: u32,
    pub rarity: f32,
    pub prompts: u32,
}

/// Which of `grams` find room in a table of `lines` lines, the most common first.
///
/// Returns their indices, line by line: `kept[line]` holds at most four.
pub(super) fn arrange(grams: &[Gram], lines: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..grams.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(grams[*index].prompts), grams[*index].hash));
    let mut kept: Vec<Vec<usize>> = vec![Vec::new(); lines];
    for index in order {
        let (line, mark) = place(grams[index].hash, lines);
        let taken = kept[line]
            .iter()
            .any(|other| place(grams[*other].hash, lines).1 == mark);
        if kept[line].len() < SLOTS && !taken {
            kept[line].push(index);
        }
    }
    kept
}

/// Writes a table: `weights[gram * classes + class]`.
pub(super) fn to_bytes(
    bias: &[f32],
    grams: &[Gram],
    kept: &[Vec<usize>],
    weights: &[f32],
) -> Vec<u8> {
    let classes = bias.len();
    let largest = weights
        .iter()
        .fold(0.0_f32, |most, weight| most.max(weight.abs()));
    let scale = largest.max(f32::MIN_POSITIVE) / 127.0;
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&(classes as u32).to_le_bytes());
    bytes.extend_from_slice(&(kept.len() as u32).to_le_bytes());
    bytes.extend_from_slice(&scale.to_le_bytes());
    for bias in bias {
        bytes.extend_from_slice(&bias.to_le_bytes());
    }
    for line in kept {
        for slot in 0..SLOTS {
            let Some(index) = line.get(slot) else {
                bytes.extend(std::iter::repeat_n(0, slot_length(classes)));
                continue;
            };
            bytes.extend_from_slice(&place(grams[*index].hash, kept.len()).1);
            bytes.push(stored_rarity(grams[*index].rarity));
            for weight in &weights[index * classes..(index + 1) * classes] {
                let steps = (weight / scale).round().clamp(-127.0, 127.0);
                bytes.push((steps as i8).cast_unsigned());
            }
        }
    }
    bytes
}

#[allow(clippy::cast_sign_loss, reason = "rarities are not negative")]
fn stored_rarity(rarity: f32) -> u8 {
    (rarity * RARITY_STEPS).round().clamp(1.0, 255.0) as u8
}

/// The n-grams of a prompt by their index among `known`, with their values: frequency times rarity, each block of
/// length 1. As [`Model::opinion`] weighs them.
pub(super) fn weighed(
    features: &Features,
    known: &std::collections::HashMap<u32, usize>,
    grams: &[Gram],
) -> Vec<(usize, f32)> {
    let mut all = Vec::new();
    for grams_of_block in features {
        let from = all.len();
        let values = grams_of_block.iter().filter_map(|(hash, count)| {
            let index = *known.get(hash)?;
            Some((index, frequency(*count) * grams[index].rarity))
        });
        all.extend(values);
        let norm = all[from..]
            .iter()
            .map(|(_, value)| value * value)
            .sum::<f32>()
            .sqrt();
        for (_, value) in &mut all[from..] {
            *value /= norm.max(f32::MIN_POSITIVE);
        }
    }
    all
}
