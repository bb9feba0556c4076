//! The archive of a release.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use crate::{assert_works, binary, done, ran, script};

/// Packs into `folder`. Returns the archive.
fn packed(folder: &Path) -> PathBuf {
    let written = done(script("release").arg(folder).arg(binary()));
    let archive = written.lines().next().expect("the archive's path");
    assert!(archive.ends_with(".tar.gz"), "{written}");
    PathBuf::from(archive)
}

#[test]
fn what_is_packed_can_be_checked_unpacked_and_run() {
    let place = TempDir::new().unwrap();
    let archive = packed(&place.path().join("release"));
    let name = archive.file_name().unwrap().to_str().unwrap();

    let sums = fs::read_to_string(archive.with_file_name("SHA256SUMS")).unwrap();
    let hash = Sha256::digest(fs::read(&archive).unwrap());
    let hex = |text: String, byte: &u8| text + &format!("{byte:02x}");
    let sum = hash.iter().fold(String::new(), hex);
    assert_eq!(sums, format!("{sum}  {name}\n"));

    done(
        Command::new("tar")
            .arg("-xzf")
            .arg(&archive)
            .arg("-C")
            .arg(place.path()),
    );
    let root = place.path().join(name.strip_suffix(".tar.gz").unwrap());
    assert_works(&root.join("promptune"), place.path());
    let there: BTreeSet<String> = files(&root, &root);
    for file in [
        "promptune",
        "README.md",
        "LICENSE",
        "CHANGELOG.md",
        "completions/promptune.bash",
        "completions/_promptune",
        "completions/promptune.fish",
        "completions/_promptune.ps1",
        "man/man1/promptune.1",
        "man/man1/promptune-install.1",
    ] {
        assert!(there.contains(file), "{file} is in {there:?}");
    }
    let stray = there.iter().filter(|file| {
        let page = file.starts_with("man/man1/promptune") && file.ends_with(".1");
        let known = ["promptune", "README.md", "LICENSE", "CHANGELOG.md"];
        !page && !file.starts_with("completions/") && !known.contains(&file.as_str())
    });
    assert_eq!(stray.collect::<Vec<_>>(), Vec::<&String>::new());
    // The program asks for nothing else: it lays the plugin out by itself.
    let output = ran(
        &root.join("promptune"),
        &["install", "--dry-run", "--client", "/nowhere"],
        place.path(),
    );
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("/nowhere"),
        "{output:?}"
    );
}

fn files(folder: &Path, root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, root));
        } else {
            found.insert(
                path.strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned(),
            );
        }
    }
    found
}

#[test]
fn packed_again_by_someone_else_it_has_the_same_bytes() {
    let place = TempDir::new().unwrap();
    let one = packed(&place.path().join("one"));
    // Another file with the same content: younger, and readable by nobody else.
    let binary = place.path().join("other");
    fs::copy(crate::binary(), &binary).unwrap();
    let mut pack = Command::new("sh");
    pack.args(["-c", "umask 077; exec \"$@\"", "sh"]);
    pack.arg(script("release").get_program());
    pack.arg(place.path().join("two"))
        .arg(&binary)
        .env("TZ", "Asia/Tokyo");
    done(&mut pack);
    let two = place.path().join("two").join(one.file_name().unwrap());
    assert!(
        fs::read(&one).unwrap() == fs::read(two).unwrap(),
        "they differ"
    );

    let listed = done(
        Command::new("tar")
            .arg("--numeric-owner")
            .arg("-tvzf")
            .arg(&one),
    );
    for line in listed.lines() {
        let program = line.ends_with("/promptune");
        let mode = if program { "-rwxr-xr-x" } else { "-rw-r--r--" };
        assert!(line.starts_with(mode) && line.contains("1985"), "{line}");
        assert!(
            line.contains(" 0/0 ") || line.contains(" 0      0 "),
            "{line}"
        );
    }
}
