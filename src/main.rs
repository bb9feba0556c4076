//! The `promptune` binary.

// The start before the C library's brings its own `main`.
#![cfg_attr(promptune_early, no_main)]

#[cfg(promptune_early)]
mod start;

use std::env;
#[cfg(not(promptune_early))]
use std::process::ExitCode;

/// Runs the command that the arguments name. Returns the exit code.
fn run() -> u8 {
    // The hook runs at every prompt: it must not pay for an argument parser, nor fail on an argument.
    if env::args_os()
        .nth(1)
        .is_some_and(|command| command == "hook")
        && !asks_for_help()
    {
        promptune::hook::main();
        return 0;
    }
    promptune::cli::main()
}

fn asks_for_help() -> bool {
    env::args_os()
        .nth(2)
        .is_some_and(|flag| flag == "--help" || flag == "-h")
}

#[cfg(not(promptune_early))]
fn main() -> ExitCode {
    run().into()
}
