//! Is the plugin installed, and enabled here?

use super::desk::Desk;
use super::finding::Finding;
use crate::cli::client::shell;
use crate::cli::install::ID;
use crate::cli::uninstall::installations;

pub(super) fn check(desk: &Desk) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in desk.settings.iter().filter(|file| file.json.is_none()) {
        findings.push(Finding::warning(
            "plugin",
            format!("{} is not JSON", shell(&file.path)),
            "mend the file: the client passes over all of it",
        ));
    }
    let mut scopes: Vec<String> = installations(&desk.folder)
        .into_iter()
        .map(|it| it.scope)
        .collect();
    scopes.dedup();
    // What stands first prevails.
    let word = desk.settings.iter().find_map(|file| {
        let enabled = file.json.as_ref()?["enabledPlugins"][ID].as_bool()?;
        Some((enabled, file))
    });
    findings.push(match word {
        Some((true, file)) if !scopes.is_empty() => Finding::fine(
            "plugin",
            format!(
                "enabled by the {} settings; installed for: {}",
                file.scope,
                scopes.join(", ")
            ),
        ),
        Some((false, file)) => Finding::fault(
            "plugin",
            format!(
                "disabled by the {} settings, {}",
                file.scope,
                shell(&file.path)
            ),
            format!("claude plugin enable {ID} --scope {}", file.scope),
        ),
        _ => Finding::fault("plugin", "not installed here", "promptune install"),
    });
    findings
}
