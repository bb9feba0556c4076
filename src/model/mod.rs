//! A linear model over the wording of a prompt: a second opinion beside the patterns.
//!
//! Patterns know phrases, the model knows the sound of a request. Two tables are taught: one from the utterances in
//! `patterns/utterances/`, in every build; one from labelled prompts of other people, whose weights alone are kept
//! (`patterns/model/`). `build.rs` includes this module too, so it may use `text` and nothing else of the crate.

pub mod features;
pub mod table;
pub mod tasks;
pub mod train;
pub mod utterances;

pub use features::Features;
pub use table::{Model, Opinion};

/// Room for the n-grams of the project's utterances, in lines of four.
pub const OWN_LINES: usize = 1 << 13;

/// Room for the n-grams of agents' tasks.
pub const SPAWN_LINES: usize = 1 << 12;

/// Room for the n-grams of other people's prompts.
pub const OTHERS_LINES: usize = 1 << 12;
