//! Data files that belong to somebody else.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use crate::{Home, SESSION, assert_tests, binaries, contents, hint, root, run, write};

#[test]
fn what_somebody_else_owns_is_left_alone_and_the_prompt_goes_through() {
    if !root() {
        println!("skipped: files of another user, as only root can give files away");
        return;
    }
    for binary in binaries() {
        let home = Home::new(&binary);
        home.route();
        home.starts();
        assert_tests(home.types("run the tests").as_deref(), "its owner");
        write(
            &home.data().join("adaptive.json"),
            r#"{"routes":{"test-runner":99}}"#,
        );
        write(&home.data().join("config.json"), r#"{"ledger":false}"#);
        write(&home.data().join("errors.log"), "1 a fault\n");
        write(
            &home.data().join("conversations").join(SESSION),
            "1 test-runner\n",
        );
        for path in contents(&home.data()).keys().filter(|path| path.is_file()) {
            fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        // The way there is open, and the folders are, as if somebody had left them so.
        let folders = [
            home.data(),
            home.data().join("conversations"),
            home.data().join("index"),
        ];
        for folder in home
            .data()
            .ancestors()
            .take_while(|it| *it != home.top.path())
        {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::set_permissions(home.top.path(), fs::Permissions::from_mode(0o755)).unwrap();
        for folder in &folders {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o777)).unwrap();
        }
        // The program itself may lie where nobody may look.
        let program = home.top.path().join("promptune");
        fs::copy(&binary, &program).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        let mut before = contents(&home.top.path().join("home"));
        let mut command = Command::new("setpriv");
        command
            .args(["--reuid=65534", "--regid=65534", "--clear-groups", "--"])
            .arg(&program)
            .arg("hook");
        home.surround(&mut command);
        for (event, hinted) in [
            (home.prompt("run the tests"), true),
            ("no event".to_owned(), false),
            (home.event("Stop").to_string(), false),
            (home.prompt("ship it to staging"), false),
            (home.start(), false),
            (home.prompt("run the tests"), true),
        ] {
            let output = run(&mut command, event.as_bytes());
            if String::from_utf8_lossy(&output.stderr).contains("setpriv") {
                println!("skipped: files of another user, as setpriv fails: {output:?}");
                return;
            }
            let told = hint(&output);
            assert_eq!(told.is_some(), hinted, "{event}: {told:?}");
        }
        // In an open folder a compiled layer that cannot be read may be replaced by one's own. All else is as it was.
        before.retain(|path, _| !path.starts_with(home.data().join("index")));
        let mut after = contents(&home.top.path().join("home"));
        after.retain(|path, _| !path.starts_with(home.data().join("index")));
        assert_eq!(after, before);
    }
}
