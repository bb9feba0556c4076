//! Is anything switched off?

use std::fs;

use super::desk::Desk;
use super::finding::Finding;
use crate::conversation::Conversation;
use crate::settings::{self, Settings};
use crate::switches::{Off, off_beside};

pub(super) fn check(desk: &Desk) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut off = |said: String, mend: &str| {
        findings.push(Finding::warning("switches", said, mend));
    };
    if settings::switched_off() {
        off(
            "off: PROMPTUNE is set so in this environment".to_owned(),
            "unset PROMPTUNE",
        );
    }
    for file in &desk.settings {
        let set = file
            .json
            .as_ref()
            .and_then(|it| it["env"]["PROMPTUNE"].as_str());
        if set.is_some_and(|value| value.eq_ignore_ascii_case("off") || value == "0") {
            off(
                format!("off: the {} settings set PROMPTUNE so", file.scope),
                "take it out of `env` there",
            );
        }
    }
    match off_beside(&Settings::look(&desk.data).0, Some(&desk.project)) {
        Some(by @ Off::Everywhere) => off(format!("off: {by}"), "take it out of config.json"),
        Some(by) => off(format!("off: {by}"), "remove that file"),
        None => {}
    }
    let conversations = switched_off(desk);
    if findings.is_empty() {
        let said = match conversations {
            0 => "on".to_owned(),
            1 => "on; off in one conversation".to_owned(),
            more => format!("on; off in {more} conversations"),
        };
        findings.push(Finding::fine("switches", said));
    }
    findings
}

/// In how many conversations "promptune off" was typed.
fn switched_off(desk: &Desk) -> usize {
    let entries = fs::read_dir(desk.data.join("conversations"));
    entries
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Conversation::open(&desk.data, entry.file_name().to_str()?))
        .filter(|conversation| conversation.past().off)
        .count()
}
