//! What the crate is built from.

use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::{ROOT, done, script, skipped};

/// Whether Python can read deny.toml: it can since 3.11.
fn reads_toml() -> bool {
    let tried = Command::new("python3")
        .args(["-c", "import tomllib"])
        .output();
    let can = tried.is_ok_and(|it| it.status.success());
    if !can {
        skipped("deny.toml, as Python is older than 3.11");
    }
    can
}

#[test]
fn every_dependency_has_a_reason_and_the_list_of_them_is_up_to_date() {
    done(script("dependencies").arg("--check"));
}

#[test]
fn licenses_bans_and_sources_are_as_deny_toml_wants_them() {
    if reads_toml() {
        done(&mut script("deny"));
    }
}

/// Each rule finds what it is there to find.
#[test]
fn what_deny_toml_does_not_allow_is_told() {
    if !reads_toml() {
        return;
    }
    let rules = fs::read_to_string(Path::new(ROOT).join("deny.toml")).unwrap();
    let place = TempDir::new().unwrap();
    for (from, to, told) in [
        ("    \"Zlib\",\n", "", "its license, Zlib, is not allowed"),
        ("\"reqwest\"", "\"serde_json\"", "serde_json 1."),
        (
            "https://github.com/rust-lang/crates.io-index",
            "https://example.org/index",
            "which deny.toml does not allow",
        ),
        (
            "include-dev",
            "exceptions",
            "licenses.exceptions is not understood",
        ),
    ] {
        assert!(rules.contains(from), "deny.toml has {from}");
        let path = place.path().join("deny.toml");
        fs::write(&path, rules.replace(from, to)).unwrap();
        let output = script("deny").arg(&path).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{from}: {output:?}");
        assert!(said.contains(told), "{from}: {said}");
    }
}
