//! What is shipped, installed from the artefacts into an empty place and run there: the crate, the archive, the npm
//! packages; and what it is made from. `PROMPTUNE_STAGED` names a folder made by `scripts/stage`, whose binary is packed; without it, it is the
//! one that cargo made for the tests.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod archive;
mod made_crate;
mod npm;
#[path = "../client/registry.rs"]
mod registry;
#[path = "../client/server.rs"]
#[expect(
    dead_code,
    reason = "a registry reads no more of a request than its path"
)]
mod server;
mod supply;

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The repository.
const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The program to pack: as it is shipped, where that was built.
fn binary() -> PathBuf {
    match std::env::var_os("PROMPTUNE_STAGED") {
        Some(staged) => Path::new(&staged).join("bin/promptune"),
        None => PathBuf::from(env!("CARGO_BIN_EXE_promptune")),
    }
}

/// A script of the repository.
fn script(name: &str) -> Command {
    Command::new(Path::new(ROOT).join("scripts").join(name))
}

/// Runs a command that has to succeed. Returns what it wrote to stdout.
fn done(command: &mut Command) -> String {
    let output = command.output().expect("a program that starts");
    assert!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).expect("text")
}

/// Runs an installed program as a person would, with `home` as the home folder.
fn ran(program: &Path, arguments: &[&str], home: &Path) -> Output {
    let mut command = Command::new(program);
    command.args(arguments).current_dir(home).env_clear();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let output = command.env("HOME", home).env("PATH", path).output();
    output.unwrap_or_else(|error| panic!("{}: {error}", program.display()))
}

/// The installed program routes a prompt, and is of this version.
fn assert_works(program: &Path, home: &Path) {
    let output = ran(program, &["route", "run the tests"], home);
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    assert!(shown.contains("promptune:test-runner"), "{shown}");
    let output = ran(program, &["--version"], home);
    let version = format!("promptune {}\n", env!("CARGO_PKG_VERSION"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), version);
}

/// Says what was left out. Not by a macro, whose text would not be seen when the test passes.
fn skipped(what: &str) {
    let _ = std::io::stderr().write_all(format!("skipped: {what}\n").as_bytes());
}

/// Whether a program is there to be run.
fn at_hand(program: &str) -> bool {
    Command::new(program).arg("--version").output().is_ok()
}
