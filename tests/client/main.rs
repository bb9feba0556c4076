//! Tests with the real client: the staged plugin in it, a fresh home for each test, and a stand-in for the
//! Messages API that records what the model is told.
//!
//! `PROMPTUNE_CLIENT` names the client's native binary (`scripts/client` installs one); without it every test
//! passes and says that it was skipped. `PROMPTUNE_STAGED` names a folder made by `scripts/stage`; without it one
//! is made. `scripts/test` sets both.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod agents;
mod agents_at_work;
mod api;
mod arrival;
mod catalog;
mod catalog_budget;
mod catalog_plugins;
mod conversation;
mod cooldown;
mod definitions;
mod delegation;
mod evals;
mod harmless;
mod home;
mod install;
mod npm;
mod offered;
mod parts;
mod prices;
mod receipt;
mod registry;
mod replay;
mod repo;
mod request;
mod run;
mod server;
mod skills;
mod spawn;
mod storage;
mod switches;
mod workflow;
