//! What layers say, and which of them wins.

use serde_json::json;

use super::{Home, deploy, route};

#[test]
fn a_route_of_ones_own_is_offered() {
    let home = Home::new();
    assert!(home.offered("ship it to staging").is_empty());
    home.user("deploy", &deploy());
    let decision = home.route("ok, ship it to staging");
    assert_eq!(decision["route"], "deploy");
    assert_eq!(
        decision["target"],
        json!({"kind": "skill", "name": "deploy", "id": "deploy", "model": "inherit"})
    );
    let first = &decision["candidates"][0];
    assert_eq!(
        (&first["source"], &first["offered"]),
        (&json!("user"), &json!(true))
    );
    assert!(
        first["file"]
            .as_str()
            .unwrap()
            .ends_with("/.claude/promptune/deploy.json")
    );
    assert_eq!(decision["evidence"][0]["words"], "ship it to staging");
    assert_eq!(
        home.hint("ok, ship it to staging").unwrap(),
        "promptune: “ship it to staging” matches the skill deploy, which ships what is on main. Call: Skill with skill: deploy. The user set promptune up so that such requests go there."
    );
    assert_eq!(home.hint("don't ship it to staging"), None);
    assert_eq!(home.lint(), (true, "ok 1 file, no fault\n".to_owned()));
}

#[test]
fn a_target_is_found_by_its_name() {
    let home = Home::new();
    let mut file = deploy();
    file["target"] = json!({"kind": "agent", "name": "my-plugin:ship_it", "model": "haiku"});
    home.user("deploy", &file);
    home.start();
    for prompt in ["use the ship it agent", "hand this to my-plugin:ship_it"] {
        let hint = home.hint(prompt).expect(prompt);
        assert!(
            hint.contains("the agent my-plugin:ship_it (model: haiku)"),
            "{hint}"
        );
        assert!(
            hint.contains("Agent with subagent_type: my-plugin:ship_it"),
            "{hint}"
        );
    }
}

#[test]
fn a_built_in_route_is_extended() {
    let home = Home::new();
    assert!(home.offered("give it the full treatment").is_empty());
    let pattern = json!({"regex": "(?:give it )?the full treatment", "weight": 0.9});
    home.user(
        "test-runner",
        &json!({
            "route": "test-runner",
            "patterns": [pattern],
            "keywords": [{"weight": 0.4, "phrases": ["green light"]}],
            "vetoes": [{"regex": "spa"}],
            "examples": ["give it the full treatment"],
            "counterExamples": ["give it the full treatment at the spa"],
        }),
    );
    let decision = home.route("give it the full treatment");
    assert_eq!(decision["route"], "test-runner");
    assert_eq!(decision["target"]["id"], "promptune:test-runner");
    assert_eq!(decision["candidates"][0]["source"], "user");
    // What it could do before, it can still do; a keyword below the threshold offers nothing.
    assert_eq!(home.offered("run the tests"), ["test-runner"]);
    assert!(home.offered("is there a green light?").is_empty());
    // A veto of one's own speaks against the built-in patterns as well.
    assert!(home.offered("run the tests at the spa").is_empty());
    assert!(home.lint().0);
}

#[test]
fn a_built_in_route_is_silenced_and_heard_again() {
    let home = Home::new();
    home.user("test-runner", &json!({"route": "test-runner", "off": true}));
    home.start();
    assert_eq!(home.hint("run the tests"), None);
    assert!(home.hint("commit this").is_some());
    assert!(home.offered("run the tests").is_empty());
    let shown = home.run(&["route", "run the tests"]).stdout;
    let shown = String::from_utf8(shown).unwrap();
    assert!(
        shown.contains("test-runner is switched off by the user's file"),
        "{shown}"
    );
    home.of_project(
        "test-runner",
        &json!({"route": "test-runner", "off": false}),
    );
    assert_eq!(home.offered("run the tests"), ["test-runner"]);
}

#[test]
fn a_built_in_route_leads_elsewhere() {
    let home = Home::new();
    let target = json!({"kind": "agent", "name": "my-tests"});
    home.user(
        "test-runner",
        &json!({"route": "test-runner", "target": target}),
    );
    let decision = home.route("run the tests");
    assert_eq!(decision["target"]["id"], "my-tests");
    // The model of an agent we do not know is not guessed.
    assert_eq!(decision["target"]["model"], json!(null));
    let hint = home.hint("run the tests").unwrap();
    assert!(
        hint.contains("matches the agent my-tests, which finds the project's test runner"),
        "{hint}"
    );
    home.of_project(
        "test-runner",
        &json!({
            "route": "test-runner",
            "target": {"kind": "skill", "name": "test-here"},
            "does": "knows how tests are run here",
            "stay": "one line is enough",
        }),
    );
    home.start();
    let hint = home.hint("run the tests").unwrap();
    assert!(hint.contains("the skill test-here, of which the project says: “knows how tests are run here”. Call: Skill with skill: test-here. A file of this project leads such requests there. Better answered here when “one line is enough”."), "{hint}");
}

#[test]
fn a_threshold_is_taken_for_built_in_routes_and_own_ones() {
    let home = Home::new();
    let confidence = home.route("what's uncommitted right now?")["confidence"]
        .as_f64()
        .unwrap();
    assert!(confidence > 0.5 && confidence < 0.97, "{confidence}");
    home.user(
        "git-operator",
        &json!({"route": "git-operator", "threshold": 0.98}),
    );
    assert!(home.offered("what's uncommitted right now?").is_empty());
    let mut file = deploy();
    file["threshold"] = json!(0.95);
    home.user("deploy", &file);
    assert!(home.offered("ship it to staging").is_empty());
    home.of_project("deploy", &json!({"route": "deploy", "threshold": 0.9}));
    assert_eq!(home.offered("ship it to staging"), ["deploy"]);
}

#[test]
fn a_project_goes_over_a_person_and_both_over_what_is_built_in() {
    let home = Home::new();
    home.user("deploy", &deploy());
    home.of_project(
        "deploy",
        &json!({
            "route": "deploy",
            "patterns": [{"regex": "take it public", "weight": 0.7}],
            "vetoes": [{"regex": "friday"}],
        }),
    );
    home.start();
    assert!(
        home.hint("take it public")
            .unwrap()
            .contains("the skill deploy, which ships")
    );
    assert!(home.hint("ship it to staging").is_some());
    assert_eq!(home.hint("ship it to staging on friday"), None);
    let decision = home.route("take it public");
    assert_eq!(decision["candidates"][0]["source"], "project");
    // Where some words lead by a file of one's own, nothing built in is offered for the same words.
    home.user(
        "my-tests",
        &route("my-tests", "run the tests", "run the tests"),
    );
    assert_eq!(home.offered("run the tests"), ["my-tests"]);
    assert_eq!(home.offered("run the tests and then commit this").len(), 2);
    // Elsewhere the project's file says nothing.
    let shown = home
        .command(&["route", "--json", "take it public"])
        .current_dir(home.folder.path())
        .output()
        .unwrap();
    assert!(
        String::from_utf8(shown.stdout)
            .unwrap()
            .contains("\"route\": null")
    );
}

#[test]
fn what_adds_to_nothing_leads_nowhere() {
    let home = Home::new();
    home.user("deploy", &deploy());
    home.of_project(
        "deploy",
        &json!({
            "route": "deploy",
            "patterns": [{"regex": "take it public", "weight": 0.9}],
        }),
    );
    home.start();
    assert!(home.hint("take it public").is_some());
    std::fs::remove_file(home.client().join("promptune/deploy.json")).unwrap();
    // The project's compiled file is as it was, but there is nothing below it any more.
    assert_eq!(home.hint("take it public"), None);
}

#[test]
fn deny_rules_plan_mode_and_repeats_hold_for_own_routes_too() {
    let home = Home::new();
    let mut file = deploy();
    file["target"] = json!({"kind": "agent", "name": "shipper"});
    home.user("deploy", &file);
    home.start();
    let event = |mode: &str| json!({"hook_event_name": "UserPromptSubmit", "prompt": "ship it to staging", "permission_mode": mode, "session_id": "one"});
    assert_eq!(home.event(&event("plan")), None);
    assert!(home.event(&event("default")).is_some());
    assert_eq!(home.event(&event("default")), None, "once in ten minutes");
    home.write(
        ".claude/settings.json",
        r#"{"permissions": {"deny": ["Agent(shipper)"]}}"#,
    );
    assert_eq!(home.hint("ship it to staging"), None);
}

#[test]
fn a_started_route_is_sound() {
    let home = Home::new();
    for args in [
        &["new", "route", "deploy-staging"][..],
        &[
            "new",
            "route",
            "review",
            "--agent",
            "--target",
            "my-plugin:reviewer",
            "--project",
        ],
    ] {
        let output = home.run(args);
        assert!(output.status.success(), "{output:?}");
    }
    assert_eq!(
        home.offered("please deploy staging now"),
        ["deploy-staging"]
    );
    assert_eq!(
        home.route("please review now")["target"]["id"],
        "my-plugin:reviewer"
    );
    assert_eq!(home.lint(), (true, "ok 2 files, no fault\n".to_owned()));
    for (name, fault) in [
        ("test-runner", "is built in"),
        ("Ship It", "is no ID"),
        ("../x", "is no ID"),
        ("deploy-staging", "edit it"),
        ("a", "not take"),
    ] {
        let output = home.run(&["new", "route", name]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}");
        assert!(told.contains("mend: "), "{told}");
        assert!(name == "a" || told.contains(fault), "{name}: {told}");
    }
    assert_eq!(home.lint(), (true, "ok 2 files, no fault\n".to_owned()));
}

#[test]
fn lint_tells_place_and_mend() {
    let home = Home::new();
    assert!(home.lint().1.starts_with("ok built-in patterns only"));
    let mut file = deploy();
    file["examples"] = json!(["ship it to staging", "what a day"]);
    home.user("deploy", &file);
    let (fine, told) = home.lint();
    assert!(
        !fine
            && told.contains(
                "the example “what a day” does not take deploy: it stays silent\n  mend: "
            ),
        "{told}"
    );
    let cases = [
        (
            r#"{"route": "x", "patterns": [{"regex": "[^ ]+ now", "weight": 2}]}"#,
            "not between 0 and 1",
        ),
        (
            r#"{"route": "x"}"#,
            "a new route needs target.kind, target.name, does, examples too",
        ),
        (r#"{"route": "y"}"#, "differs from the file's name"),
        (r#"{"route": "x", "of": true}"#, "unknown field `of`"),
        ("{\"route\":\n \"x\",}", "x.json:2:6"),
    ];
    for (text, problem) in cases {
        home.write(".claude/promptune/x.json", text);
        let (fine, told) = home.lint();
        assert!(
            !fine && told.contains(problem) && told.contains("  mend: "),
            "{text}: {told}"
        );
    }
    let file = json!({"route": "x", "target": {"kind": "skill", "name": "x"}, "does": "x", "examples": ["x"],
        "patterns": [{"regex": "[^ ]+ (?:a|b)", "weight": 0.9}]});
    home.user("x", &file);
    let (_, told) = home.lint();
    assert!(
        told.contains("no piece of text is required by this regex"),
        "{told}"
    );
    assert!(told.contains("that must be there"), "{told}");
}
