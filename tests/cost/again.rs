//! The second time: files that grew, shrank, changed; a cache that was damaged; several runs at once.

use std::{fs, thread};

use crate::desk::{CHAT, Desk, line, message};

#[test]
fn a_file_that_grows_at_any_byte_is_followed() {
    let desk = Desk::new();
    // Without an ID nothing would tell a message counted twice.
    let nameless = |output| {
        let mut value = message("x", output);
        value["message"].as_object_mut().unwrap().remove("id");
        format!("{value}\n")
    };
    let text = nameless(1) + &nameless(10) + &nameless(100);
    let step = text.len() / 23;
    let mut so_far = 0;
    desk.writes(CHAT, "");
    while so_far < text.len() {
        let next = (so_far + step).min(text.len());
        desk.appends(CHAT, &text[so_far..next]);
        so_far = next;
        let whole = text[..so_far].matches('\n').count();
        let cut = |end: usize| text[end..].starts_with('\n');
        let lines = whole + usize::from(so_far < text.len() && cut(so_far));
        assert_eq!(
            desk.output_tokens(),
            [0, 1, 11, 111][lines],
            "at byte {so_far}"
        );
    }
}

#[test]
fn truncated_and_rewritten_files_are_read_anew() {
    let desk = Desk::new();
    let long: String = (0..400)
        .map(|number| line(&format!("m{number}"), 1))
        .collect();
    desk.writes(CHAT, &long);
    assert_eq!(desk.output_tokens(), 400);
    desk.writes(CHAT, line("a", 2));
    assert_eq!(desk.output_tokens(), 2, "truncated");
    desk.writes(CHAT, line("b", 3));
    assert_eq!(desk.output_tokens(), 3, "rewritten in the same length");
    desk.writes(CHAT, line("c", 4) + &line("d", 5));
    assert_eq!(desk.output_tokens(), 9, "rewritten and longer");
    desk.writes(CHAT, &long);
    assert_eq!(desk.output_tokens(), 400);
    // The beginning is another, the end the same.
    let other = long.replacen("\"output_tokens\":1", "\"output_tokens\":9", 1);
    desk.writes(CHAT, other + &line("e", 50));
    assert_eq!(desk.output_tokens(), 458);
    // Moved into place, with a time of modification long ago.
    let aside = desk.writes("-home-me-shop/aside", line("f", 6));
    let file = fs::File::options().write(true).open(&aside).unwrap();
    file.set_modified(std::time::UNIX_EPOCH).unwrap();
    fs::rename(aside, desk.path(CHAT)).unwrap();
    assert_eq!(desk.output_tokens(), 6);
}

#[test]
fn a_damaged_cache_is_made_anew() {
    let desk = Desk::new();
    desk.writes(CHAT, line("a", 7) + &line("b", 8));
    assert_eq!(desk.output_tokens(), 15);
    let cache = desk.caches().pop().expect("what was read is kept");
    let good = fs::read(&cache).unwrap();
    assert!(
        !String::from_utf8_lossy(&good).contains("done"),
        "never a text"
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            fs::metadata(&cache).unwrap().permissions().mode() & 0o777,
            0o600
        );
    }
    for place in 0..good.len() {
        let mut bad = good.clone();
        bad[place] ^= 0x41;
        fs::write(&cache, &bad).unwrap();
        if place % 29 == 0 {
            assert_eq!(desk.output_tokens(), 15, "byte {place}");
            assert_eq!(fs::read(&cache).unwrap(), good, "byte {place}");
        }
    }
    for bad in [&good[..good.len() / 2], b"", b"promptune-cost-2"] {
        fs::write(&cache, bad).unwrap();
        assert_eq!(desk.output_tokens(), 15);
    }
    // Where nothing can be kept, the figures are the same.
    fs::remove_dir_all(desk.data()).unwrap();
    fs::write(desk.data(), "no folder").unwrap();
    assert_eq!(desk.output_tokens(), 15);
}

#[test]
fn several_runs_at_once_agree_while_conversations_go_on() {
    let desk = Desk::new();
    for number in 0..20 {
        desk.writes(
            &format!("-home-me-shop/{number:08}.jsonl"),
            line(&format!("m{number}"), 1),
        );
    }
    thread::scope(|scope| {
        let writer = scope.spawn(|| {
            for number in 0..200 {
                let file = format!("-home-me-shop/{:08}.jsonl", number % 20);
                desk.appends(&file, line(&format!("n{number}"), 1));
            }
        });
        let runs: Vec<_> = (0..6)
            .map(|_| scope.spawn(|| desk.output_tokens()))
            .collect();
        for run in runs {
            let seen = run.join().unwrap();
            assert!((20..=220).contains(&seen), "{seen}");
        }
        writer.join().unwrap();
    });
    assert_eq!(desk.output_tokens(), 220);
    assert_eq!(desk.output_tokens(), 220);
    assert_eq!(desk.caches().len(), 1, "nothing is left aside");
}
