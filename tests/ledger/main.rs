//! The ledger under everything that happens to files: many writers, kills, cuts, a full disk; and what the end of a
//! turn makes of the client's transcripts.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod files;
mod person;
mod receipts;
mod savings;
mod takeup;
