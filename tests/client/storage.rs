//! What Promptune writes may be impossible to write or to read: the prompt does not depend on it.

use std::fs;

use crate::conversation::Heard;
use crate::run::{Desk, can_mount, skipped};

const TESTS: &str = "run the tests";

/// Nothing can be noted where the hook runs: it hints every time, and is content.
fn assert_hints_without_a_note(desk: &Desk) {
    let mut conversation = desk.conversation();
    assert_hinted(&conversation.types(TESTS));
    assert_hinted(&conversation.types(TESTS));
    conversation.leaves();
}

/// The hint is as good as ever, and the hook content.
fn assert_hinted(heard: &Heard) {
    let hint = heard.hint().expect("a hint: it needs no folder");
    assert!(
        hint.starts_with("promptune: ") && hint.contains("promptune:test-runner"),
        "{hint}"
    );
    assert_eq!(heard.hooks("UserPromptSubmit")[0].1, 0);
}

#[test]
fn a_data_folder_that_is_a_file() {
    let Some(desk) = Desk::ready() else { return };
    let file = desk.home.beside("data");
    fs::write(&file, "not a folder").expect("written");
    let desk = desk.with("PROMPTUNE_DATA", &file);
    assert_hints_without_a_note(&desk);
    assert_eq!(
        fs::read_to_string(&file).expect("still there"),
        "not a folder"
    );
}

#[test]
fn a_data_folder_full_of_garbage() {
    let Some(desk) = Desk::ready() else { return };
    let folder = desk.home.data();
    fs::create_dir_all(folder.join("conversations/a-folder")).expect("a folder");
    fs::create_dir_all(folder.join("errors.log")).expect("a folder");
    let noise: Vec<u8> = (0..100_000_u32)
        .map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    fs::write(folder.join("config.json"), &noise).expect("written");
    fs::write(folder.join("conversations/noise"), &noise).expect("written");
    assert_hinted(&desk.types(TESTS));
}

#[test]
fn a_conversation_file_full_of_garbage() {
    let Some(desk) = Desk::with_model(crate::api::only_answers) else {
        return;
    };
    let mut conversation = desk.conversation();
    assert_hinted(&conversation.types(TESTS));
    let file = desk
        .home
        .data()
        .join("conversations")
        .join(conversation.session());
    assert!(
        file.is_file(),
        "{} is where the hint was noted",
        file.display()
    );
    fs::write(&file, [0xff, 0x00, b'\n'].repeat(50_000)).expect("written");
    assert_hinted(&conversation.types(TESTS));
    assert_eq!(
        conversation.types(TESTS).hint(),
        None,
        "and the file serves on"
    );
    conversation.leaves();
}

#[test]
fn a_hook_without_a_home() {
    let Some(desk) = Desk::ready() else { return };
    let desk = desk.with_hook("exec env -u HOME -u CLAUDE_CONFIG_DIR \"$promptune\" \"$@\"");
    assert_hints_without_a_note(&desk);
}

#[test]
fn a_home_that_does_not_exist() {
    let Some(desk) = Desk::ready() else { return };
    let desk = desk.with_hook("HOME=/proc/nowhere exec \"$promptune\" \"$@\"");
    assert_hints_without_a_note(&desk);
}

#[test]
fn a_data_folder_mounted_read_only() {
    let Some(desk) = Desk::ready() else { return };
    let folder = desk.home.beside("data");
    fs::create_dir(&folder).expect("a folder");
    let desk = desk.with("PROMPTUNE_DATA", &folder);
    if !can_mount() {
        skipped(
            "a read-only mount: a folder without write permission stands in, as this machine does not let tests mount",
        );
        set_mode(&folder, 0o555);
        assert_hints_without_a_note(&desk);
        return set_mode(&folder, 0o755);
    }
    let desk = desk.with_mounts(format!("mount -t tmpfs -o ro none '{}'", folder.display()));
    assert_hints_without_a_note(&desk);
}

#[test]
fn a_data_folder_on_a_full_disk() {
    let Some(desk) = Desk::ready() else { return };
    if !can_mount() {
        skipped("a full disk, as this machine does not let tests mount");
        return;
    }
    let folder = desk.home.beside("data");
    fs::create_dir(&folder).expect("a folder");
    let shown = folder.display();
    // Room for the folders and for no byte in a file.
    let desk = desk.with("PROMPTUNE_DATA", &folder).with_mounts(format!(
        "mount -t tmpfs -o size=4k none '{shown}'; cat /dev/zero >'{shown}/filler' 2>/dev/null || true"
    ));
    assert_hints_without_a_note(&desk);
}

#[test]
fn a_home_mounted_read_only() {
    let Some(desk) = Desk::ready() else { return };
    if !can_mount() {
        skipped("a read-only home, as this machine does not let tests mount");
        return;
    }
    // In a home it never used the client itself fails, before it starts a hook.
    assert_eq!(desk.types("what does this function do?").hint(), None);
    let home = desk.home.path();
    let shown = home.display();
    let desk = desk.with_mounts(format!(
        "mount --bind '{shown}' '{shown}'; mount -o remount,bind,ro '{shown}'"
    ));
    assert_hints_without_a_note(&desk);
}

#[test]
fn a_home_on_a_full_disk() {
    let Some(desk) = Desk::ready() else { return };
    if !can_mount() {
        skipped("a full home, as this machine does not let tests mount");
        return;
    }
    let home = desk.home.path();
    let shown = home.display();
    let desk = desk.with_mounts(format!(
        "mount -t tmpfs -o size=64k none '{shown}'; cat /dev/zero >'{shown}/filler' 2>/dev/null || true"
    ));
    assert_hints_without_a_note(&desk);
}

fn set_mode(folder: &std::path::Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(folder, fs::Permissions::from_mode(mode)).expect("its owner may");
}
