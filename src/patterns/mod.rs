//! Patterns as data: the file format, its compiled form, and the way from one to the other.
//!
//! `build.rs` includes this module too: it compiles `patterns/` into the table the binary carries.
//! So nothing in here may use the rest of the crate.

pub mod automaton;
pub mod check;
pub mod compile;
pub mod compiled;
pub mod diagnostic;
pub mod format;
pub mod grammar;
pub mod index;
mod layout;
pub mod needs;
pub mod own;
pub mod phrases;
pub mod source;
mod states;
pub mod triggers;
pub mod words;
