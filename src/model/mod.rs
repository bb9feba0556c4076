//! A small linear model over the wording of a prompt: a second opinion beside the patterns.
//!
//! Patterns know phrases, the model knows the sound of a request. It was taught by `train` from the utterances in
//! `patterns/utterances/`; its table is part of the binary and read in place. `build.rs` includes this module too,
//! so nothing in here may use the rest of the crate.

pub mod features;
pub mod table;
pub mod train;

/// Buckets that n-grams are hashed into.
pub const BUCKETS: usize = 1 << 15;
