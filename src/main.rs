//! The `promptune` binary.

use std::env;
use std::process::ExitCode;

fn main() -> ExitCode {
    // The hook runs at every prompt: it must not pay for an argument parser, nor fail on an argument.
    if env::args_os()
        .nth(1)
        .is_some_and(|command| command == "hook")
        && !asks_for_help()
    {
        return promptune::hook::main();
    }
    promptune::cli::main()
}

fn asks_for_help() -> bool {
    env::args_os()
        .nth(2)
        .is_some_and(|flag| flag == "--help" || flag == "-h")
}
