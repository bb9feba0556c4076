//! The crate as it is published.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::{ROOT, assert_works, at_hand, done, skipped};

/// What belongs into it. The tests, their data, the documents, the scripts and what is for this repository only do not.
const PARTS: [&str; 12] = [
    "src/",
    "build.rs",
    "patterns/",
    "prices/",
    ".claude-plugin/",
    "agents/",
    "evals/",
    "hooks/",
    "skills/",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
];

/// What cargo adds by itself.
const CARGOS: [&str; 4] = [
    ".cargo_vcs_info.json",
    "Cargo.lock",
    "Cargo.toml",
    "Cargo.toml.orig",
];

/// cargo, as if it was not called by a test that cargo runs: its variables would have crates built anew.
fn cargo() -> Command {
    let mut cargo = Command::new(env!("CARGO"));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") || text == "CARGO"
        {
            cargo.env_remove(&name);
        }
    }
    cargo.current_dir(ROOT);
    cargo
}

#[test]
fn its_files_are_those_a_build_needs_and_no_others() {
    if !at_hand("git") || !Path::new(ROOT).join(".git").exists() {
        skipped("the crate's files, as this is no clone");
        return;
    }
    // What an evaluation leaves is not known to git; it must stay out all the same.
    let results = Path::new(ROOT).join("evals/results");
    let made = fs::create_dir(&results).is_ok();
    fs::write(results.join("stray.json"), "{}").unwrap();
    let listed = done(cargo().args(["package", "--list", "--allow-dirty", "--offline"]));
    let _ = fs::remove_file(results.join("stray.json"));
    if made {
        let _ = fs::remove_dir(&results);
    }
    let listed: BTreeSet<&str> = listed.lines().filter(|it| !CARGOS.contains(it)).collect();

    let known = done(
        Command::new("git")
            .args(["ls-files", "--cached", "--others", "--exclude-standard"])
            .current_dir(ROOT),
    );
    let belongs = |file: &&str| {
        let below = |part: &&str| part.ends_with('/') && file.starts_with(*part);
        PARTS.iter().any(|part| below(part) || part == file)
    };
    let wanted: BTreeSet<&str> = known
        .lines()
        .filter(belongs)
        .filter(|it| Path::new(ROOT).join(it).exists())
        .collect();
    let missing: Vec<_> = wanted.difference(&listed).collect();
    let stray: Vec<_> = listed.difference(&wanted).collect();
    assert!(
        missing.is_empty() && stray.is_empty(),
        "missing: {missing:?}, stray: {stray:?}"
    );
}

/// `cargo package` builds it from its own files alone; what it builds is then installed as `cargo install` does it.
#[test]
fn it_builds_from_its_own_files_without_a_network_and_installs() {
    let target = target();
    let mut package = offline();
    package
        .args([
            "package",
            "--offline",
            "--locked",
            "--allow-dirty",
            "--target-dir",
        ])
        .arg(&target);
    done(&mut package);
    let unpacked = target.join(format!("package/promptune-{}", env!("CARGO_PKG_VERSION")));
    let place = TempDir::new().unwrap();
    let mut install = cargo();
    install
        .args([
            "install",
            "--debug",
            "--offline",
            "--locked",
            "--no-track",
            "--target-dir",
        ])
        .arg(&target)
        .arg("--path")
        .arg(&unpacked)
        .arg("--root")
        .arg(place.path());
    done(&mut install);
    assert_works(&place.path().join("bin/promptune"), place.path());
}

/// cargo with no network at all, where this machine lets us have that.
fn offline() -> Command {
    let unshare = ["-r", "-n", "true"];
    let can = Command::new("unshare").args(unshare).output();
    if !can.is_ok_and(|tried| tried.status.success()) {
        skipped(
            "a network that is not there, as this machine does not let us: cargo only is told to be offline",
        );
        return cargo();
    }
    let cargo = cargo();
    let mut command = Command::new("unshare");
    command
        .args(["-r", "-n"])
        .arg(cargo.get_program())
        .current_dir(ROOT);
    for (name, value) in cargo.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    command
}

/// The folder in which cargo built this test: what the crate depends on is there.
fn target() -> PathBuf {
    let tmp = Path::new(env!("CARGO_TARGET_TMPDIR"));
    tmp.parent()
        .expect("a folder in the target folder")
        .to_owned()
}
