//! Installing and looking after an installation, as far as it needs no real client: a shell script stands in for it.
//! `tests/client/install.rs` has the real one.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod completions;
mod desk;
mod doctor;
mod faults;
mod laid_out;
mod switches;
