//! The compiled patterns in memory: the built-in ones, ready to match with.

#![allow(
    unsafe_code,
    reason = "the tables were made by build.rs from the same code; checking them again would cost more than the match"
)]

use crate::model::{Features, Model, Opinion};
use crate::patterns::compiled::{ArchivedCompiled, Compiled};

static PATTERNS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/patterns.rkyv"));

/// The patterns the binary carries.
#[must_use]
pub fn builtin() -> &'static ArchivedCompiled {
    // SAFETY: build.rs serialised these bytes as `Compiled` with the same type and rkyv version, and nothing
    // can have changed them since: they are part of the binary.
    unsafe { rkyv::access_unchecked::<ArchivedCompiled>(PATTERNS) }
}

/// Lines of the table taught from the project's utterances, and of the one taught from other people's prompts.
pub use crate::model::{OTHERS_LINES, OWN_LINES, SPAWN_LINES};

static OWN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/own.bin"));

/// The model taught from the project's utterances, whose classes are the built-in routes in their order and "no route".
#[must_use]
pub fn own_model() -> Option<Model<'static>> {
    Model::new(OWN)
}

static SPAWN: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/spawn.bin"));

/// The model taught from labelled tasks of agents: template, between, judgement.
#[must_use]
pub fn spawn_model() -> Option<Model<'static>> {
    Model::new(SPAWN)
}

static OTHERS: &[u8] = include_bytes!("../patterns/model/others.bin");

/// Its classes: an index into the built-in routes, or their number for "no route".
static OTHERS_CLASSES: &[usize] = include!(concat!(env!("OUT_DIR"), "/classes.rs"));

/// What the model taught from other people's prompts makes of one, in the order of the built-in routes. It knows
/// nothing of a route added since.
#[must_use]
pub fn others_opinion(features: &Features) -> Option<Opinion> {
    let told = Model::new(OTHERS)?.opinion(features);
    let mut probabilities = vec![None; builtin().routes.len() + 1];
    for (class, share) in OTHERS_CLASSES.iter().zip(told.probabilities) {
        probabilities[*class] = share;
    }
    Some(Opinion {
        probabilities,
        known: told.known,
    })
}

/// A table compiled at run time, from files that are not part of the binary.
#[derive(Debug)]
pub struct Loaded {
    bytes: rkyv::util::AlignedVec,
}

impl Loaded {
    /// Brings a compiled table into the form the matcher reads.
    ///
    /// # Errors
    /// When it is too large to be stored (2 GiB).
    pub fn new(table: &Compiled) -> Result<Self, String> {
        let bytes =
            rkyv::to_bytes::<rkyv::rancor::Error>(table).map_err(|error| error.to_string())?;
        Ok(Self { bytes })
    }

    /// The table.
    #[must_use]
    pub fn table(&self) -> &ArchivedCompiled {
        // SAFETY: `new` serialised these bytes as `Compiled`, and nothing else writes them.
        unsafe { rkyv::access_unchecked::<ArchivedCompiled>(&self.bytes) }
    }
}
