//! Promptune: reads a prompt typed into Claude Code and names the skill or agent that fits, or stays silent.
//!
//! A prompt's way, room by room: [`event`] → [`gate`] → [`text`] → [`matching`] → [`decide`] → [`context`];
//! [`hook`] walks it.

pub mod adaptive;
pub mod breakeven;
pub mod catalog;
pub mod cli;
pub mod context;
pub mod conversation;
pub mod data;
pub mod decide;
pub mod event;
#[doc(hidden)]
pub mod fuzzing;
pub mod gate;
pub mod hook;
pub mod layers;
pub mod ledger;
pub mod matching;
pub mod model;
pub mod opening;
pub mod patterns;
pub mod permissions;
pub mod plain;
pub mod prices;
pub mod receipt;
pub mod router;
pub mod savings;
pub mod settings;
pub mod settle;
pub mod spawn;
pub mod switches;
pub mod system;
pub mod table;
pub mod text;
pub mod usage;
pub mod walk;
pub mod weigh;
