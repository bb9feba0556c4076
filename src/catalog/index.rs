//! The compiled catalogue: written once, read in place. A prompt touches the postings of its own words only.
//!
//! Nothing in it is trusted: every number is checked against the bytes that are there. Numbers are little-endian.
//!
//! | Section | One item |
//! |---|---|
//! | header | see [`HEADER`] |
//! | slots | a hash table of words, phrases and names: fingerprint (4 bytes), first posting (4), first concept (4), postings (2), concepts (1), kind (1) |
//! | postings | entry (2), weight (2) |
//! | triggers | concept (2), weight (2) |
//! | concepts | first of its postings (4), how many (4) |
//! | concept postings | entry (2), weight (2) |
//! | entries | group (2), kind (1), unused (1), liking (4), then id, name, model, description: where (4), length (2), unused (2) |
//! | sources | path: where (4), length (4); size, seconds (8 each), nanoseconds (8) |
//! | texts | bytes |

use super::terms::Term;
use super::{Kind, Unfit};
use crate::patterns::own::Stamp;

/// Magic (8), version (4), length of the header (4), build (8), length of all (8), sum of the header (8), then for each
/// section its length in bytes (4).
pub(super) const HEADER: usize = LENGTHS + 4 * SECTIONS;

/// Where the lengths of the sections stand in it.
pub(crate) const LENGTHS: usize = 40;

pub(super) const MAGIC: [u8; 8] = *b"PTUNECAT";

pub(super) const VERSION: u32 = 1;

pub(super) const SECTIONS: usize = 8;

pub(super) const SLOT: usize = 16;
pub(super) const POSTING: usize = 4;
pub(super) const CONCEPT: usize = 8;
pub(super) const ENTRY: usize = 40;
pub(super) const SOURCE: usize = 32;

/// A slot of words or phrases.
pub(super) const WORDS: u8 = 1;
/// A slot of an entry's name.
pub(super) const NAME: u8 = 2;

/// Weights of postings are kept in such steps.
pub(super) const STEP: f32 = 1.0 / 512.0;
/// Weights of triggers are.
pub(super) const FINE_STEP: f32 = 1.0 / 1024.0;

/// Differs where a compiled catalogue of another build may mean something else.
pub(super) const BUILD: u64 = {
    let sources: [&[u8]; 10] = [
        env!("CARGO_PKG_VERSION").as_bytes(),
        include_bytes!("compile.rs"),
        include_bytes!("concepts.rs"),
        include_bytes!("everyday.rs"),
        include_bytes!("stem.rs"),
        include_bytes!("terms.rs"),
        include_bytes!("words.rs"),
        include_bytes!("written.rs"),
        include_bytes!("words/concepts.txt"),
        include_bytes!("words/everyday.txt"),
    ];
    let mut sum: u64 = 0xcbf2_9ce4_8422_2325;
    let mut source = 0;
    while source < sources.len() {
        let (words, rest) = sources[source].as_chunks::<8>();
        let mut at = 0;
        while at < words.len() {
            sum = (sum ^ u64::from_le_bytes(words[at]))
                .wrapping_mul(0x9e37_79b9_7f4a_7c15)
                .rotate_left(29);
            at += 1;
        }
        at = 0;
        while at < rest.len() {
            sum = (sum ^ rest[at] as u64).wrapping_mul(0x0100_0000_01b3);
            at += 1;
        }
        source += 1;
    }
    sum
};

/// A compiled catalogue.
#[derive(Debug, Clone, Copy)]
pub struct Index<'b> {
    slots: &'b [[u8; SLOT]],
    postings: &'b [[u8; POSTING]],
    triggers: &'b [[u8; POSTING]],
    concepts: &'b [[u8; CONCEPT]],
    concept_postings: &'b [[u8; POSTING]],
    entries: &'b [[u8; ENTRY]],
    sources: &'b [[u8; SOURCE]],
    texts: &'b [u8],
}

/// What is told of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Known<'b> {
    /// What it is.
    pub kind: Kind,
    /// What the client takes.
    pub id: &'b str,
    /// The name it gives itself.
    pub name: &'b str,
    /// The model it runs on, where that is said.
    pub model: Option<&'b str>,
    /// The beginning of what it says of itself, on one line.
    pub does: &'b str,
}

fn u16_at<const N: usize>(item: &[u8; N], at: usize) -> u16 {
    let bytes = item.get(at..at + 2).and_then(|bytes| bytes.first_chunk());
    bytes.map_or(0, |bytes| u16::from_le_bytes(*bytes))
}

fn u32_at<const N: usize>(item: &[u8; N], at: usize) -> u32 {
    let bytes = item.get(at..at + 4).and_then(|bytes| bytes.first_chunk());
    bytes.map_or(0, |bytes| u32::from_le_bytes(*bytes))
}

fn u64_at<const N: usize>(item: &[u8; N], at: usize) -> u64 {
    let bytes = item.get(at..at + 8).and_then(|bytes| bytes.first_chunk());
    bytes.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The sum of a header whose own sum is left out.
pub(super) fn sum(header: &[u8; HEADER]) -> u64 {
    let (words, rest) = header.as_chunks::<8>();
    let mix = |sum: u64, word: u64| {
        (sum ^ word)
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(29)
    };
    let sum = words.iter().enumerate().filter(|(at, _)| *at != 4);
    let sum = sum.fold(1, |sum, (_, word)| mix(sum, u64::from_le_bytes(*word)));
    rest.iter()
        .fold(sum, |sum, byte| mix(sum, u64::from(*byte)))
}

/// The lengths of the sections and the sections in `rest`, with the beginning of a header as it should be before them;
/// nothing where the lengths are not whole.
pub(crate) fn headed(rest: &[u8]) -> Vec<u8> {
    let mut header = [0; HEADER];
    let Some(lengths) = rest.get(..HEADER - LENGTHS) else {
        return Vec::new();
    };
    header[..8].copy_from_slice(&MAGIC);
    header[8..12].copy_from_slice(&VERSION.to_le_bytes());
    header[12..16].copy_from_slice(&(HEADER as u32).to_le_bytes());
    header[16..24].copy_from_slice(&BUILD.to_le_bytes());
    header[24..32].copy_from_slice(&((LENGTHS + rest.len()) as u64).to_le_bytes());
    header[LENGTHS..].copy_from_slice(lengths);
    let sum = sum(&header).to_le_bytes();
    header[32..LENGTHS].copy_from_slice(&sum);
    [&header, &rest[HEADER - LENGTHS..]].concat()
}

impl<'b> Index<'b> {
    /// Reads a compiled catalogue.
    ///
    /// # Errors
    /// When it is cut off, damaged, or of another build.
    pub fn read(bytes: &'b [u8]) -> Result<Self, Unfit> {
        let (header, body) = bytes.split_first_chunk::<HEADER>().ok_or(Unfit::Damaged)?;
        if header[..8] != MAGIC || u64_at(header, 32) != sum(header) {
            return Err(Unfit::Damaged);
        }
        if u32_at(header, 8) != VERSION
            || u32_at(header, 12) != HEADER as u32
            || u64_at(header, 16) != BUILD
        {
            return Err(Unfit::Foreign);
        }
        if u64_at(header, 24) != bytes.len() as u64 {
            return Err(Unfit::Damaged);
        }
        let mut rest = body;
        let mut section = 0;
        let mut next = || {
            let length = u32_at(header, 40 + 4 * section) as usize;
            section += 1;
            let (this, after) = rest.split_at_checked(length).ok_or(Unfit::Damaged)?;
            rest = after;
            Ok(this)
        };
        let index = Self {
            slots: next()?.as_chunks().0,
            postings: next()?.as_chunks().0,
            triggers: next()?.as_chunks().0,
            concepts: next()?.as_chunks().0,
            concept_postings: next()?.as_chunks().0,
            entries: next()?.as_chunks().0,
            sources: next()?.as_chunks().0,
            texts: next()?,
        };
        let whole =
            index.slots.len().is_power_of_two() && u16::try_from(index.entries.len()).is_ok();
        if whole {
            Ok(index)
        } else {
            Err(Unfit::Damaged)
        }
    }

    /// How many entries there are.
    #[must_use]
    pub fn entries(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn concepts(&self) -> usize {
        self.concepts.len()
    }

    fn slot(&self, term: Term, kind: u8) -> Option<(u32, &'b [u8; SLOT])> {
        let mask = self.slots.len().checked_sub(1)?;
        let (print, first) = place(term);
        // Half of the slots are empty: a long chain is a damaged table.
        for step in 0..64 {
            let number = (first as usize + step) & mask;
            let slot = self.slots.get(number)?;
            if slot[15] == 0 {
                return None;
            }
            if u32_at(slot, 0) == print && slot[15] == kind {
                return Some((number as u32, slot));
            }
        }
        None
    }

    /// The entry of this name.
    pub(super) fn named(&self, chain: Term) -> Option<u16> {
        let (_, slot) = self.slot(chain, NAME)?;
        let entry = u16::try_from(u32_at(slot, 4)).ok()?;
        (usize::from(entry) < self.entries.len()).then_some(entry)
    }

    /// The entries that have the word, and how much it tells for each.
    pub(super) fn entries_of(&self, term: Term) -> impl Iterator<Item = (u16, f32)> + use<'b> {
        let slot = self.slot(term, WORDS);
        let postings = slot.and_then(|(_, slot)| {
            part(self.postings, u32_at(slot, 4), u32::from(u16_at(slot, 12)))
        });
        weighted(postings, STEP)
    }

    /// The concepts for which a word or phrase speaks, and the number of its slot.
    pub(super) fn concepts_of(
        &self,
        key: Term,
    ) -> Option<(u32, impl Iterator<Item = (u16, f32)> + use<'b>)> {
        let (number, slot) = self.slot(key, WORDS)?;
        let triggers = part(self.triggers, u32_at(slot, 8), u32::from(slot[14]))?;
        (!triggers.is_empty()).then(|| (number, weighted(Some(triggers), FINE_STEP)))
    }

    /// The entries that a concept is about.
    pub(super) fn entries_of_concept(
        &self,
        concept: usize,
    ) -> impl Iterator<Item = (u16, f32)> + use<'b> {
        let concept = self.concepts.get(concept);
        let postings =
            concept.and_then(|it| part(self.concept_postings, u32_at(it, 0), u32_at(it, 4)));
        weighted(postings, STEP)
    }

    /// Entries of one group say the same of themselves.
    pub(super) fn group(&self, entry: u16) -> u16 {
        self.entries
            .get(usize::from(entry))
            .map_or(entry, |it| u16_at(it, 0))
    }

    /// What an entry's score is multiplied by for being used or ignored here.
    pub(super) fn liking(&self, entry: u16) -> f32 {
        let liking = self
            .entries
            .get(usize::from(entry))
            .map_or(1.0, |it| f32::from_bits(u32_at(it, 4)));
        // A NaN, too, is nothing we wrote.
        if (super::LEAST_LIKING..=super::MOST_LIKING).contains(&liking) {
            liking
        } else {
            1.0
        }
    }

    /// What is told of an entry. `None` where that is damaged.
    #[must_use]
    pub fn known(&self, entry: u16) -> Option<Known<'b>> {
        let it = self.entries.get(usize::from(entry))?;
        let kind = match it[2] {
            0 => Kind::Skill,
            1 => Kind::Agent,
            2 => Kind::Command,
            _ => return None,
        };
        let text = |at: usize| self.text(u32_at(it, at), u32::from(u16_at(it, at + 4)));
        let (id, model) = (text(8)?, text(24)?);
        (!id.is_empty()).then_some(())?;
        Some(Known {
            kind,
            id,
            name: text(16)?,
            model: (!model.is_empty()).then_some(model),
            does: text(32)?,
        })
    }

    fn text(&self, at: u32, length: u32) -> Option<&'b str> {
        let bytes = self.texts.get(at as usize..)?.get(..length as usize)?;
        let text = std::str::from_utf8(bytes).ok()?;
        // We write none: it would be a damaged file, or somebody else's.
        (!text.contains(char::is_control)).then_some(text)
    }

    /// What was looked at when it was compiled, and how that was.
    pub(super) fn sources(&self) -> impl Iterator<Item = Option<(&'b str, Stamp)>> {
        self.sources.iter().map(|it| {
            let bytes = self
                .texts
                .get(u32_at(it, 0) as usize..)?
                .get(..u32_at(it, 4) as usize)?;
            let path = std::str::from_utf8(bytes).ok()?;
            let stamp = Stamp {
                size: u64_at(it, 8),
                seconds: u64_at(it, 16).cast_signed(),
                nanos: u64_at(it, 24).cast_signed(),
            };
            Some((path, stamp))
        })
    }
}

/// A term's fingerprint, and where its slot is looked for first.
pub(super) fn place(term: Term) -> (u32, u32) {
    ((term >> 32) as u32, term as u32)
}

fn part<T>(all: &[T], first: u32, count: u32) -> Option<&[T]> {
    all.get(first as usize..)?.get(..count as usize)
}

fn weighted(
    items: Option<&[[u8; POSTING]]>,
    step: f32,
) -> impl Iterator<Item = (u16, f32)> + use<'_> {
    let items = items.unwrap_or_default().iter();
    items.map(move |it| (u16_at(it, 0), f32::from(u16_at(it, 2)) * step))
}
