//! What the client's settings switch on and off.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value;

use crate::data;
use crate::permissions;

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Written {
    #[serde(default)]
    enabled_plugins: HashMap<String, Value>,
    #[serde(default)]
    skill_overrides: HashMap<String, Value>,
    skill_listing_budget_fraction: Option<f64>,
    skill_listing_max_desc_chars: Option<usize>,
}

/// The settings of all scopes, the stronger over the weaker.
#[derive(Debug, Default)]
pub(super) struct Settings {
    plugins: HashMap<String, bool>,
    overrides: HashMap<String, String>,
    /// The share of the context window that names and descriptions of skills may take.
    pub(super) budget_fraction: Option<f64>,
    /// The characters a description may have in the listing.
    pub(super) longest_description: Option<usize>,
}

impl Settings {
    /// Reads the person's, the project's, its local and the managed settings. A file that is missing or no JSON
    /// changes nothing.
    pub(super) fn read(project: Option<&Path>) -> Self {
        let mut files: Vec<PathBuf> = Vec::new();
        files.extend(data::client_folder().map(|folder| folder.join("settings.json")));
        if let Some(project) = project {
            files.push(project.join(".claude/settings.json"));
            files.push(project.join(".claude/settings.local.json"));
        }
        files.extend(permissions::managed());
        let mut settings = Self::default();
        for file in files {
            let written = data::read_small(&file)
                .and_then(|bytes| serde_json::from_slice::<Written>(&bytes).ok())
                .unwrap_or_default();
            for (plugin, on) in written.enabled_plugins {
                // A list of versions switches it on, too.
                let on = !matches!(on, Value::Bool(false) | Value::Null);
                settings.plugins.insert(plugin, on);
            }
            for (skill, value) in written.skill_overrides {
                if let Value::String(value) = value {
                    settings.overrides.insert(skill, value);
                }
            }
            settings.budget_fraction = written
                .skill_listing_budget_fraction
                .or(settings.budget_fraction);
            settings.longest_description = written
                .skill_listing_max_desc_chars
                .or(settings.longest_description);
        }
        settings
    }

    /// The plugins that are switched on, `name@marketplace`, in order.
    pub(super) fn enabled(&self) -> Vec<&str> {
        let on = self.plugins.iter().filter(|(_, on)| **on);
        let mut names: Vec<&str> = on.map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        names
    }

    /// Whether `skillOverrides` leaves the skill `id` to the model.
    pub(super) fn offers(&self, id: &str) -> bool {
        !matches!(
            self.overrides.get(id).map(String::as_str),
            Some("off" | "user-invocable-only")
        )
    }

    /// Whether `skillOverrides` keeps the description of the skill `id` out of the listing.
    pub(super) fn name_only(&self, id: &str) -> bool {
        self.overrides
            .get(id)
            .is_some_and(|value| value == "name-only")
    }
}
