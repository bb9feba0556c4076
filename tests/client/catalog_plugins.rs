//! `promptune catalog` lists of plugins what the client lists.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::catalog::{agent, assert_same, by_client, command, described, desk, file, skill, write};

/// Lays out a marketplace in `market`. Returns the names of its plugins.
fn lay_out(market: &Path) -> Vec<&'static str> {
    let names = [
        "plain",
        "bare",
        "disabled",
        "forgotten",
        "custom",
        "renamed",
        "one-skill",
        "local",
    ];
    for name in names {
        let root = market.join(name);
        let manifest = match name {
            "bare" => None,
            "renamed" => Some(json!({"name": "another", "version": "1"})),
            "custom" => Some(
                json!({"name": "custom", "skills": "./more/", "agents": ["./own/one.md"], "commands": ["./own/two.md"]}),
            ),
            _ => Some(json!({"name": name, "version": "1"})),
        };
        if let Some(manifest) = manifest {
            write(
                &root.join(".claude-plugin/plugin.json"),
                &manifest.to_string(),
            );
        }
        if name == "one-skill" {
            write(
                &root.join("SKILL.md"),
                &file("name: its-name\ndescription: A plugin that is a skill"),
            );
            continue;
        }
        skill(
            &root,
            "folder",
            &file("name: Another-Name\ndescription: A plugin's skill"),
        );
        skill(&root, "group/inner", &file("description: too deep"));
        skill(&root, "silent", &file("name: silent"));
        skill(
            &root,
            "lost",
            &file("description: |\n  Line: one\nwhen_to_use: a: b: c\n\tx: 1"),
        );
        skill(&root, "when-only", &file("when_to_use: only when"));
        skill(&root, "both", &file("description: a skill below a command"));
        command(
            &root,
            "both.md",
            &file("description: In a plugin the command counts"),
        );
        command(
            &root,
            "sub/inner.md",
            &file("description: A command in a folder"),
        );
        command(&root, "silent-command.md", "no description");
        agent(
            &root,
            "file-name.md",
            "name: agent-name\ndescription: A plugin's agent\nmodel: haiku",
        );
        agent(
            &root,
            "sub/inner-agent.md",
            "name: inner-agent\ndescription: In a folder",
        );
        agent(&root, "no-name.md", "description: Goes by its file");
    }
    let custom = market.join("custom");
    write(
        &custom.join("more/extra/SKILL.md"),
        &file("description: An extra skill"),
    );
    write(
        &custom.join("own/one.md"),
        &file("name: own-agent\ndescription: Its own agent"),
    );
    write(
        &custom.join("own/two.md"),
        &file("description: Its own command"),
    );
    for name in ["listed", "unlisted"] {
        described(market, name);
    }
    let mut plugins: Vec<Value> = names
        .iter()
        .map(|name| json!({"name": name, "source": format!("./{name}")}))
        .collect();
    plugins.push(
        json!({"name": "root", "source": "./", "strict": false, "skills": ["./skills/listed"]}),
    );
    let catalogue = json!({"name": "shop", "owner": {"name": "somebody"}, "plugins": plugins});
    write(
        &market.join(".claude-plugin/marketplace.json"),
        &catalogue.to_string(),
    );
    names.to_vec()
}

#[test]
fn plugins_are_those_of_the_client() {
    let Some(desk) = desk() else { return };
    let own = by_client(&desk);
    let market = desk.home.beside("market");
    let names = lay_out(&market);
    desk.claude(&[
        "plugin",
        "marketplace",
        "add",
        &market.display().to_string(),
    ]);
    for name in names.iter().chain(&["root"]) {
        let scope = if *name == "local" { "local" } else { "user" };
        desk.claude(&[
            "plugin",
            "install",
            &format!("{name}@shop"),
            "--scope",
            scope,
        ]);
    }
    desk.claude(&["plugin", "disable", "disabled@shop"]);
    let settings = desk.home.path().join(".claude/settings.json");
    let mut written: Value =
        serde_json::from_slice(&fs::read(&settings).expect("settings")).expect("JSON");
    written["enabledPlugins"]
        .as_object_mut()
        .expect("a map")
        .remove("forgotten@shop");
    desk.home.settings(&written);
    assert_same(&desk, &own);
}
