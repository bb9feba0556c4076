//! Homes that are missing, read-only, full, or on an odd path.

use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};

use crate::{Home, assert_sound, assert_tests, binaries, contents, hint, root, run, write};

#[test]
fn paths_with_spaces_quotes_and_other_letters() {
    let names: [&[u8]; 6] = [
        b"with spaces  in it",
        b"it's \"quoted\" `$(touch pwned)`",
        "Größe 家 🏠".as_bytes(),
        b"two\nlines\ttab",
        b"-rf * ? [a] {b} \\ | ; &",
        b"not\xffutf-8",
    ];
    for binary in binaries() {
        for name in names {
            let shown = String::from_utf8_lossy(name).into_owned();
            let top = tempfile::tempdir().unwrap();
            let folder = top.path().join(std::ffi::OsStr::from_bytes(name));
            if fs::create_dir(&folder).is_err() {
                println!("skipped: the file system takes no folder {shown:?}");
                continue;
            }
            let mut home = Home::new(&binary);
            home.folder = folder;
            home.route();
            home.starts();
            assert_tests(home.types("run the tests").as_deref(), &shown);
            let own = home.types("ship it to staging");
            // A path that is no text is no place for routes: its sources cannot be told again.
            if std::str::from_utf8(name).is_ok() {
                assert!(
                    own.is_some_and(|it| it.contains("ships what is on main")),
                    "{shown}"
                );
            }
            assert!(home.data().join("ledger.jsonl").is_file(), "{shown}");
            assert_sound(&home.data(), &shown);
            let beside: Vec<_> = fs::read_dir(top.path()).unwrap().flatten().collect();
            assert_eq!(beside.len(), 1, "{shown}: {beside:?}");
        }
    }
}

#[test]
fn a_home_that_is_missing() {
    for binary in binaries() {
        let home = Home::new(&binary);
        fs::remove_dir_all(&home.folder).unwrap();
        assert_tests(home.types("run the tests").as_deref(), "missing");
        home.starts();
        let mut command = home.command();
        command.env_remove("HOME").env_remove("CLAUDE_PROJECT_DIR");
        let output = run(&mut command, home.prompt("run the tests").as_bytes());
        assert_tests(hint(&output).as_deref(), "no variable for it");
    }
}

#[test]
fn a_home_that_is_read_only() {
    for binary in binaries() {
        let home = Home::new(&binary);
        home.route();
        home.starts();
        let before = contents(&home.folder);
        for path in before
            .keys()
            .filter(|path| path.is_dir())
            .chain([&home.folder])
        {
            fs::set_permissions(path, fs::Permissions::from_mode(0o555)).unwrap();
        }
        let modes = contents(&home.folder);
        // Root may write where nobody may, unless the file system itself is read-only.
        let mut command = if root() {
            let mut command = Command::new("unshare");
            let script = "mount --bind \"$HOME\" \"$HOME\" && mount -o remount,ro,bind \"$HOME\" && exec \"$0\" hook";
            command.args(["-m", "sh", "-c", script]).arg(&home.binary);
            home.surround(&mut command);
            command
        } else {
            home.command()
        };
        for (event, hinted) in [
            (home.prompt("run the tests"), true),
            (home.prompt("ship it to staging"), true),
            (home.start(), false),
            ("no event".to_owned(), false),
            (home.event("Stop").to_string(), false),
        ] {
            let output = run(&mut command, event.as_bytes());
            let told = String::from_utf8_lossy(&output.stderr);
            if told.contains("unshare") || told.contains("mount") {
                println!("skipped: a read-only home, as nothing may be mounted here: {told}");
                break;
            }
            assert_eq!(hint(&output).is_some(), hinted, "{event}");
        }
        assert_eq!(contents(&home.folder), modes);
        for path in before
            .keys()
            .filter(|path| path.is_dir())
            .chain([&home.folder])
        {
            let _ = fs::set_permissions(path, fs::Permissions::from_mode(0o755));
        }
    }
}

/// A tiny file system is filled to each of its last pages; what was in it before stays whole.
#[test]
fn a_disk_that_is_full() {
    if !root() {
        println!("skipped: a full disk, as only root may mount one");
        return;
    }
    let script = r#"
        mount -t tmpfs -o size=128k,mode=700 none "$HOME" || exit 77
        mkdir -p "$HOME/shop/.claude/promptune" && cp "$ROUTE" "$HOME/shop/.claude/promptune/deploy.json"
        "$0" hook <"$EVENTS/start" && "$0" hook <"$EVENTS/prompt" >/dev/null || exit 1
        cp -r "$HOME/.claude/plugins/data/promptune-promptune" "$EVENTS/before"
        dd if=/dev/zero of="$HOME/filler" bs=1k 2>/dev/null
        for free in 0 4 8 12 16 24; do
            truncate -c -s -"${free}k" "$HOME/filler" 2>/dev/null
            for event in prompt start agent stop own; do
                "$0" hook <"$EVENTS/$event" >"$EVENTS/$event-$free.out" 2>"$EVENTS/$event-$free.err" || exit 2
            done
        done
        rm "$HOME/filler"
        "$0" hook <"$EVENTS/start" && "$0" hook <"$EVENTS/own" >"$EVENTS/own-after.out" || exit 3
        cp -r "$HOME/.claude/plugins/data/promptune-promptune" "$EVENTS/after"
    "#;
    for binary in binaries() {
        let home = Home::new(&binary);
        home.route();
        let route = home.top.path().join("deploy.json");
        fs::rename(home.project().join(".claude/promptune/deploy.json"), &route).unwrap();
        let events = home.top.path().join("events");
        let mut agent = home.event("SubagentStop");
        agent["agent_id"] = serde_json::json!("a1");
        agent["agent_type"] = serde_json::json!("Explore");
        agent["agent_transcript_path"] = serde_json::json!("/nowhere/agent-a1.jsonl");
        for (name, event) in [
            ("start", home.start()),
            ("prompt", home.prompt("run the tests")),
            ("own", home.prompt("ship it to staging")),
            ("agent", agent.to_string()),
            ("stop", home.event("Stop").to_string()),
        ] {
            write(&events.join(name), event);
        }
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", script]).arg(&binary);
        home.surround(&mut command);
        command.env("EVENTS", &events).env("ROUTE", &route);
        let output = command.stdin(Stdio::null()).output().unwrap();
        if matches!(output.status.code(), Some(77)) || !events.join("before").exists() {
            println!("skipped: a full disk, as nothing may be mounted here: {output:?}");
            return;
        }
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        for free in [0, 4, 8, 12, 16, 24] {
            let out =
                |name: &str| fs::read_to_string(events.join(format!("{name}-{free}.out"))).unwrap();
            assert!(
                out("prompt").contains("promptune:test-runner"),
                "{free} kB: {}",
                out("prompt")
            );
            assert!(
                out("own").is_empty() || out("own").contains("ships what is on main"),
                "{free} kB"
            );
            assert!(
                out("start").is_empty() && out("agent").is_empty(),
                "{free} kB"
            );
            let told = fs::read_to_string(events.join(format!("prompt-{free}.err"))).unwrap();
            assert!(told.is_empty(), "{free} kB: {told}");
        }
        let own = fs::read_to_string(events.join("own-after.out")).unwrap();
        assert!(
            own.contains("ships what is on main"),
            "with room again: {own}"
        );
        // What was written before is there; of what came while it was full, lines may lack.
        let before = promptune::ledger::read(&events.join("before")).records;
        let after = promptune::ledger::read(&events.join("after")).records;
        assert!(!before.is_empty() && after.starts_with(&before));
    }
}
