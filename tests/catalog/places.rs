//! Which folders are the project's, where the client's own list is not at hand. The client was seen to do the same.

use serde_json::json;

use crate::desk::{Desk, write};

fn ids(catalog: &serde_json::Value) -> Vec<String> {
    let entries = catalog["entries"].as_array().expect("entries").iter();
    entries
        .map(|it| it["id"].as_str().expect("an ID").to_owned())
        .collect()
}

/// What is listed in `folder` under the home, with these variables.
fn listed(desk: &Desk, folder: &str, variables: &[(&str, &std::path::Path)]) -> Vec<String> {
    let mut command = desk.command();
    command
        .args(["catalog", "--json"])
        .env("CLAUDE_PROJECT_DIR", desk.home().join(folder));
    let output = command
        .envs(variables.iter().copied())
        .output()
        .expect("it runs");
    ids(&serde_json::from_slice(&output.stdout).expect("JSON"))
}

#[test]
fn the_way_up_ends_at_the_repository_or_below_the_home() {
    let desk = Desk::new();
    let skill = |root: &str, name: &str| {
        let file = desk
            .home()
            .join(root)
            .join("skills")
            .join(name)
            .join("SKILL.md");
        write(&file, "---\ndescription: x\n---\n");
    };
    skill("../.claude", "above-home");
    skill(".claude", "of-home");
    skill("work/.claude", "of-work");
    skill("work/repo/.claude", "of-repo");
    skill("work/repo/part/.claude", "of-part");
    skill("elsewhere", "of-elsewhere");
    let folder = "work/repo/part";
    assert_eq!(
        listed(&desk, folder, &[]),
        ["of-home", "of-part", "of-repo", "of-work"]
    );
    let elsewhere = desk.home().join("elsewhere");
    let moved = [("CLAUDE_CONFIG_DIR", elsewhere.as_path())];
    assert_eq!(
        listed(&desk, folder, &moved),
        ["of-elsewhere", "of-part", "of-repo", "of-work"]
    );
    // A worktree has a file there.
    write(&desk.home().join("work/repo/.git"), "gitdir: x");
    assert_eq!(
        listed(&desk, folder, &[]),
        ["of-home", "of-part", "of-repo"]
    );
    assert_eq!(listed(&desk, ".", &[]), ["of-home"]);
}

#[test]
fn plugins_of_another_project_are_not_of_this_one() {
    let desk = Desk::new();
    let plugin = desk.user().join("plugins/cache/shop/it/1");
    write(
        &plugin.join("skills/own/SKILL.md"),
        "---\ndescription: own\n---\n",
    );
    let installed = json!({"version": 2, "plugins": {"it@shop": [{"scope": "project", "projectPath": desk.home().join("other"), "installPath": plugin}]}});
    write(
        &desk.user().join("plugins/installed_plugins.json"),
        installed.to_string(),
    );
    assert_eq!(ids(&desk.catalog()), [""; 0]);
    let settings = json!({"enabledPlugins": {"it@shop": true}}).to_string();
    write(&desk.home().join("other/.claude/settings.json"), &settings);
    assert_eq!(ids(&desk.catalog()), [""; 0]);
    assert_eq!(listed(&desk, "other", &[]), ["it:own"]);
}
