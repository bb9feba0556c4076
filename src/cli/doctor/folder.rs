//! Can promptune keep its notes?

use std::fs;
use std::path::Path;

use super::desk::Desk;
use super::finding::Finding;
use crate::cli::client::shell;
use crate::data;
use crate::settings::Settings;

pub(super) fn check(desk: &Desk) -> Vec<Finding> {
    let folder = &desk.data;
    let mut findings = Vec::new();
    if !folder.exists() {
        findings.push(Finding::fine(
            "data folder",
            format!(
                "{} is not there yet; the first hint makes it",
                shell(folder)
            ),
        ));
        return findings;
    }
    let probe = folder.join(format!("doctor.{}.tmp", std::process::id()));
    match data::replace(&probe, b"") {
        Ok(()) => {
            findings.extend(strangers(folder, &probe));
            let _ = fs::remove_file(&probe);
        }
        Err(error) => findings.push(Finding::warning(
            "data folder",
            format!(
                "{} cannot be written: {error}; hints come, but again and again",
                shell(folder)
            ),
            "make it writable for you, or let PROMPTUNE_DATA name another folder",
        )),
    }
    for fault in Settings::look(folder).1 {
        findings.push(
            Finding::warning(
                "settings",
                format!("passed over: {fault}"),
                format!(
                    "look at {}, and at the variable",
                    shell(&folder.join("config.json"))
                ),
            )
            .private(),
        );
    }
    if findings.is_empty() {
        findings.push(Finding::fine(
            "data folder",
            format!("{} can be written", shell(folder)),
        ));
    }
    findings
}

/// Links, and files of other people, in the place of ours; and a folder that is open to others.
fn strangers(folder: &Path, probe: &Path) -> Vec<Finding> {
    let mut findings = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let Ok(there) = entry.metadata() else {
            continue;
        };
        let what = if there.is_symlink() {
            "is a symbolic link, and promptune makes none"
        } else if others(&there, probe) {
            "belongs to somebody else"
        } else {
            continue;
        };
        findings.push(Finding::warning(
            "data folder",
            format!("{} {what}", shell(&entry.path())),
            "look where it comes from, then remove it",
        ));
    }
    if open_to_others(folder) {
        findings.push(Finding::warning(
            "data folder",
            format!("others can write in {}", shell(folder)),
            format!("chmod go-w {}", shell(folder)),
        ));
    }
    findings
}

#[cfg(unix)]
fn others(there: &fs::Metadata, probe: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    fs::metadata(probe).is_ok_and(|own| own.uid() != there.uid())
}

#[cfg(unix)]
fn open_to_others(folder: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(folder).is_ok_and(|there| there.permissions().mode() & 0o022 != 0)
}

#[cfg(not(unix))]
fn others(_: &fs::Metadata, _: &Path) -> bool {
    false
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> bool {
    false
}
