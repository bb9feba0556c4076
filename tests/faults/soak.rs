//! `scripts/soak`, shortened: 2,000 runs on mixed input, 50 at a time.

use std::path::Path;
use std::process::Command;

use crate::binaries;

#[test]
fn two_thousand_runs_without_a_wrong_byte_or_a_stray_file() {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts/soak");
    let works = Command::new("python3").arg("--version").output();
    if !works.is_ok_and(|output| output.status.success()) {
        println!("skipped: the soak, as there is no python3");
        return;
    }
    let binary = binaries().pop().unwrap();
    let output = Command::new(script)
        .arg(binary)
        .arg("2000")
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stdout);
    println!("{told}");
    assert!(output.status.success(), "{output:?}");
    assert!(told.contains("2,000 runs"), "{told}");
}
