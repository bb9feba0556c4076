//! The compiled layer is cut short while the shipped binary has it mapped: reading beyond its end ends the process in
//! silence.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::{Home, assert_tests, contents, hint, shipped, strace};

#[test]
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
fn cut_short_while_it_is_read() {
    let Some(binary) = shipped() else {
        println!("skipped: PROMPTUNE_STAGED names no staged plugin");
        return;
    };
    if !strace("a layer cut short while it is mapped") {
        return;
    }
    let home = Home::new(&binary);
    home.route();
    home.starts();
    let index = home.data().join("index");
    let file = fs::read_dir(&index)
        .unwrap()
        .flatten()
        .next()
        .unwrap()
        .path();
    let whole = fs::read(&file).unwrap();
    let stdin = home.top.path().join("event");
    fs::write(&stdin, home.prompt("ship it to staging")).unwrap();
    let project = contents(&home.project());
    let mut silent = 0;
    for length in [0, 1, 40, 4096] {
        fs::write(&file, &whole).unwrap();
        let trace = home.top.path().join("trace");
        let mut command = Command::new("strace");
        // The first mapping is memory, the second the file: after it there is time.
        command
            .args(["-o"])
            .arg(&trace)
            .args([
                "-e",
                "trace=mmap",
                "-e",
                "inject=mmap:delay_exit=400000:when=2",
            ])
            .arg(&binary)
            .arg("hook");
        home.surround(&mut command);
        let child = command
            .stdin(fs::File::open(&stdin).unwrap())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        thread::sleep(Duration::from_millis(200));
        let open = fs::File::options().write(true).open(&file).unwrap();
        open.set_len(length).unwrap();
        let output = child.wait_with_output().unwrap();
        let told = fs::read_to_string(&trace).unwrap();
        assert!(told.contains("MAP_PRIVATE"), "{told}");
        let got = hint(&output);
        silent += usize::from(got.is_none());
        assert!(
            got.is_none_or(|it| it.contains("ships what is on main")),
            "{length}"
        );
        assert!(
            !told.contains("core dumped") && told.contains("exited with 0"),
            "{told}"
        );
    }
    assert!(silent > 0, "the file was cut too late to matter");
    assert_eq!(contents(&home.project()), project);
    home.starts();
    assert!(home.types("ship it to staging").is_some(), "compiled anew");
    assert_tests(home.types("run the tests").as_deref(), "after all of them");
}
