//! Transcripts as they are, and as they should not be.

use std::fs;
use std::io::{self, Read};

use super::{Entry, LONGEST_LINE, Reader, Skipped, messages};

fn line(id: &str, request: &str, output: u64, more: &str) -> String {
    format!(
        r#"{{"type":"assistant","timestamp":"2026-11-22T10:00:00.000Z","requestId":"{request}","message":{{"id":"{id}","model":"claude-haiku-5-5","content":[{{"type":"text","text":"\"usage\":{{"}}],"usage":{{"input_tokens":10,"output_tokens":{output},"speed":"standard"}}}}{more}}}"#
    ) + "\n"
}

fn read(bytes: &[u8]) -> (Vec<Entry<'static>>, Skipped, u64) {
    let mut seen = Vec::new();
    let done = Reader::new().read_from(bytes, &mut |entry| seen.push(entry.into_owned()));
    (seen, done.skipped, done.whole)
}

fn once(text: &[u8]) -> (Vec<Entry<'static>>, Skipped) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("a.jsonl");
    fs::write(&file, text).unwrap();
    messages(&file)
}

#[test]
fn a_message_counts_once_with_its_last_usage() {
    let text = line("m", "r", 1, "")
        + &line("n", "r", 5, "")
        + &line("m", "r", 7, r#","attributionSkill":"s""#)
        + &line("m", "r", 7, "");
    let (all, skipped) = once(text.as_bytes());
    assert_eq!(all.len(), 2);
    assert_eq!(all[0].tokens.output, 7);
    assert_eq!(all[0].skill.as_deref(), Some("s"));
    assert!(!skipped.any());
}

#[test]
fn other_requests_are_other_messages_unless_a_side_chain_replays_them() {
    let side = r#","isSidechain":true"#;
    let (all, _) = once((line("m", "r1", 1, "") + &line("m", "r2", 9, "")).as_bytes());
    assert_eq!(all.len(), 2);
    for text in [
        line("m", "r1", 1, "") + &line("m", "r2", 9, side),
        line("m", "r2", 9, side) + &line("m", "r1", 1, ""),
    ] {
        let (all, _) = once(text.as_bytes());
        assert_eq!((all.len(), all[0].tokens.output), (1, 1));
    }
}

#[test]
fn progress_lines_tell_an_agents_usage() {
    let inner = line("m", "r", 3, "");
    let progress = format!(
        r#"{{"type":"progress","sessionId":"s","cwd":"/home/me","data":{{"type":"agent_progress","agentId":"a1","message":{}}}}}"#,
        inner.trim_end()
    );
    let (all, skipped) = once((progress + "\n").as_bytes());
    assert_eq!(
        (all[0].agent_id.as_deref(), all[0].tokens.output),
        (Some("a1"), 3)
    );
    assert_eq!(all[0].cwd.as_deref(), Some("/home/me"));
    assert!(!skipped.any());
}

#[test]
fn junk_is_passed_over_and_counted() {
    let mut bytes = line("m", "r", 1, "").into_bytes();
    bytes.extend(b"\x00\xff\xfe junk\n\n");
    bytes.extend(br#"{"usage": broken }"#);
    bytes.extend(b"\n{\"message\":\"words\",\"x\":{\"usage\":1}}\n[1]\n");
    // Usage at no known time, and of an unknown form.
    bytes.extend(line("x", "r", 1, "").replace("2026-", "").into_bytes());
    bytes.extend(line("y", "r", 1, "").replace(":10,", ":-10,").into_bytes());
    bytes.extend(line("n", "r", 1, "").into_bytes());
    let whole = bytes.len() as u64;
    bytes.extend(&line("o", "r", 1, "").as_bytes()[..120]);
    let (all, skipped, read_whole) = read(&bytes);
    assert_eq!(all.len(), 2);
    assert_eq!(
        (skipped.lines, skipped.unfinished, skipped.files),
        (5, 1, 0)
    );
    assert_eq!(read_whole, whole);
}

#[test]
fn a_last_line_without_an_end_counts_but_is_read_again() {
    let text = line("m", "r", 1, "") + line("n", "r", 2, "").trim_end();
    let (all, skipped, whole) = read(text.as_bytes());
    assert_eq!((all.len(), skipped.any()), (2, false));
    assert_eq!(whole, line("m", "r", 1, "").len() as u64);
}

#[test]
fn any_cut_leaves_the_lines_before_it() {
    let text = line("m", "r", 1, "") + &line("n", "r", 2, "");
    let first = line("m", "r", 1, "").len();
    for cut in 0..text.len() {
        let (all, ..) = read(&text.as_bytes()[..cut]);
        // The line's end may be missing, the line not.
        let expected = usize::from(cut >= first - 1) + usize::from(cut >= text.len() - 1);
        assert_eq!(all.len(), expected, "cut at {cut}");
    }
}

#[test]
fn a_line_beyond_all_measure_is_passed_over() {
    let mut bytes = line("m", "r", 1, "").into_bytes();
    let before = bytes.len();
    bytes.resize(before + LONGEST_LINE * 2 + 5, b'x');
    bytes.push(b'\n');
    bytes.extend(line("n", "r", 1, "").into_bytes());
    let (all, skipped, whole) = read(&bytes);
    assert_eq!((all.len(), skipped.long_lines, skipped.lines), (2, 1, 0));
    assert_eq!(whole, bytes.len() as u64);
}

#[test]
fn what_arrives_in_drops_is_put_together() {
    struct Drops<'a>(&'a [u8], usize);
    impl Read for Drops<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(into.len());
            into[..length].copy_from_slice(&self.0[..length]);
            self.0 = &self.0[length..];
            Ok(length)
        }
    }
    let text: String = (0..50)
        .map(|n| line(&format!("m{n}"), "r", n, ""))
        .collect();
    for size in [1, 7, 250, 4096] {
        let mut count = 0;
        let done = Reader::new().read_from(Drops(text.as_bytes(), size), &mut |_| count += 1);
        assert_eq!((count, done.whole), (50, text.len() as u64));
    }
}

#[test]
fn missing_files_and_folders_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(messages(&folder.path().join("no")).1.files, 1);
    assert_eq!(messages(folder.path()).1.files, 1);
}
