//! The catalogue: what is found for a prompt, what is hinted, and what a damaged file can do. Everything but the last
//! goes through the real binary.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod damaged;
mod found;
mod hinted;
mod shelf;
mod words;
