//! `promptune dashboard`: the page's form, its figures, its safety, and how it behaves in a browser.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::float_cmp,
    clippy::print_stdout,
    reason = "a test that cannot go on panics; figures are the same to the last bit; what is skipped is told"
)]

mod browser;
mod contrast;
mod desk;
mod figures;
mod parsed;

use std::collections::HashSet;
use std::fs;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest as _, Sha256};

use desk::{Desk, HARMLESS, HOSTILE};
use parsed::Page;

#[test]
fn the_page_is_valid() {
    for desk in [Desk::empty(), Desk::busy()] {
        let page = Page::new(&desk.page(&[]));
        assert_eq!(page.faults, [""; 0]);
        assert_eq!(page.all("h1").len(), 1);
        assert_eq!(page.all("html")[0].get("lang"), Some("en"));
        let ids: Vec<&str> = page.elements.iter().filter_map(|it| it.get("id")).collect();
        let unique: HashSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), unique.len(), "{ids:?}");
    }
}

#[test]
fn it_asks_for_nothing_outside() {
    let html = Desk::busy().page(&[]);
    let page = Page::new(&html);
    for element in &page.elements {
        for (name, value) in &element.attributes {
            let loads = ["src", "srcset", "data", "action", "poster", "background"];
            assert!(!loads.contains(&&**name), "{element:?}");
            assert!(!name.starts_with("on"), "{element:?}");
            let inside = value.starts_with('#');
            assert!(!name.ends_with("href") || inside, "{element:?}");
            assert!(!value.contains("url("), "{element:?}");
        }
    }
    for name in [
        "link", "iframe", "object", "embed", "img", "image", "use", "base", "form",
    ] {
        assert!(page.all(name).is_empty(), "{name}");
    }
    assert!(!html.contains("http:") && !html.contains("https:"));
    let style = &page.all("style")[0].text;
    assert!(!style.contains("url(") && !style.contains("@import"));
}

#[test]
fn its_policy_lets_its_own_script_run_and_nothing_else() {
    let page = Page::new(&Desk::busy().page(&[]));
    let scripts = page.all("script");
    assert_eq!(scripts.len(), 1);
    let hash = STANDARD.encode(Sha256::digest(scripts[0].text.as_bytes()));
    let metas = page.all("meta").into_iter();
    let mut policies = metas.filter(|it| it.get("http-equiv") == Some("Content-Security-Policy"));
    let policy = policies.next().unwrap().get("content").unwrap();
    let wanted =
        format!("default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{hash}';");
    assert!(
        policy.starts_with(&wanted),
        "{policy}\nwanted in page.rs: {wanted}"
    );
}

#[test]
fn hostile_names_stay_names() {
    // What the person gives is a name too.
    let html = Desk::busy().page(&["--project", HOSTILE]);
    assert_eq!(Page::new(&html).all("script").len(), 1);
    assert!(Page::new(&html).all("img").is_empty());
    let html = Desk::busy().page(&[]);
    assert!(!html.contains(HOSTILE));
    let page = Page::new(&html);
    assert!(page.all("img").is_empty());
    let shown = |section: &str| {
        let bdis = page.inside(page.section(section), "bdi").into_iter();
        bdis.filter(|it| HARMLESS.starts_with(it.text.trim_end_matches('…')) && it.text.len() > 20)
            .count()
    };
    // The agent in the ledger; the agent, the skill and the model in the transcripts.
    assert_eq!(shown("agents"), 1);
    assert_eq!(shown("where"), 3);
    assert_eq!(shown("left-out"), 1);
    // A project's name is the end of its path, and every slash ends a folder.
    let paths = page.inside(page.section("where"), "bdi").into_iter();
    assert_eq!(
        paths
            .filter(|it| it.text == format!("/home/ann/ {HARMLESS}"))
            .count(),
        1
    );
    assert!(!html.contains('\u{202e}'));
}

#[test]
fn it_holds_no_text() {
    assert!(!Desk::busy().page(&[]).contains("SECRET"));
}

#[test]
fn it_can_be_read_without_eyes_and_used_without_a_mouse() {
    let page = Page::new(&Desk::busy().page(&[]));
    for name in ["header", "main", "footer"] {
        assert_eq!(page.all(name).len(), 1, "{name}");
    }
    for section in page.all("section") {
        let heading = page.id(section.get("aria-labelledby").unwrap()).unwrap();
        assert!(
            heading.name.starts_with('h') && !heading.text.is_empty(),
            "{section:?}"
        );
    }
    // No level of headings is left out.
    let mut before = 0;
    for element in &page.elements {
        let level = element
            .name
            .strip_prefix('h')
            .and_then(|level| level.parse::<u8>().ok());
        if let Some(level) = level {
            assert!(level <= before + 1, "{element:?}");
            before = level;
        }
    }
    for svg in page.all("svg") {
        let told = svg.get("role") == Some("img") && svg.get("aria-label").is_some();
        assert!(told || svg.get("aria-hidden") == Some("true"), "{svg:?}");
    }
    // A table behind every chart, and every bar in one, or beside its figure.
    for figure in page.all("figure") {
        assert_eq!(page.inside(figure, "table").len(), 1);
    }
    for svg in page.all("svg") {
        assert!(page.is_inside(svg, &["table", "figure", "dd"]), "{svg:?}");
    }
    for table in page.all("table") {
        assert_eq!(page.inside(table, "caption").len(), 1);
        let heads = page.inside(table, "th").into_iter();
        assert!(heads.into_iter().all(|it| it.get("scope").is_some()));
    }
    for input in page.all("input") {
        assert!(page.is_inside(input, &["label"]) && page.is_inside(input, &["fieldset"]));
    }
    for fieldset in page.all("fieldset") {
        assert_eq!(page.inside(fieldset, "legend").len(), 1);
    }
    let skip = page.all("a")[0].get("href").unwrap();
    assert_eq!(page.id(&skip[1..]).unwrap().name, "main");
}

#[test]
fn where_there_is_nothing_it_tells_what_to_do() {
    let desk = Desk::empty();
    let text = Page::new(&desk.page(&[])).all("main")[0].text.clone();
    for told in [
        "No transcripts are here yet.",
        "CLAUDE_CONFIG_DIR",
        "No agent is in the ledger",
        "Install the plugin",
        "No hint is in the ledger",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("$0"), "{text}");
    desk.writes("data/config.json", r#"{"ledger": false}"#);
    let text = Page::new(&desk.page(&[])).all("main")[0].text.clone();
    assert!(text.contains("The ledger is switched off."), "{text}");

    let text = Page::new(&Desk::busy().page(&["--since", "2026-11-30"])).all("main")[0]
        .text
        .clone();
    assert!(text.contains("None of the messages counts here."), "{text}");
}

#[test]
fn what_is_left_out_is_said() {
    let page = Page::new(&Desk::busy().page(&[]));
    let notices = page
        .elements
        .iter()
        .filter(|it| it.get("class") == Some("notice"));
    assert_eq!(notices.count(), 1);
    let text = &page.section("left-out").text;
    for told in [
        &format!("No price is known for {HARMLESS}: 1 message with 320k tokens add no money."),
        "Of the transcripts, unreadable and not counted: 1 line that is no JSON.",
        "Of the ledger, unreadable and not counted: 1 line.",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    let whole = Page::new(&Desk::empty().page(&[]));
    assert!(
        whole
            .section("left-out")
            .text
            .contains("Nothing that was found")
    );
    let notices = whole
        .elements
        .iter()
        .filter(|it| it.get("class") == Some("notice"));
    assert_eq!(notices.count(), 0);
}

#[test]
fn a_clock_that_went_astray_makes_no_endless_axis() {
    let desk = Desk::empty();
    let line = |year: u32| {
        serde_json::json!({
            "type": "assistant", "timestamp": format!("{year}-03-01T10:00:00.000Z"), "requestId": format!("r{year}"),
            "message": {"id": format!("m{year}"), "model": "claude-opus-5-5", "usage": {"input_tokens": 1, "output_tokens": 5000}},
        })
    };
    let lines: Vec<String> = [1971, 2025, 2026, 9998]
        .map(|year| line(year).to_string())
        .into();
    desk.writes("client/projects/-p/a.jsonl", &(lines.join("\n") + "\n"));
    let page = Page::new(&desk.page(&[]));
    let figures = page.all("figure");
    assert_eq!(figures.len(), 1);
    let rows = page.rows(page.inside(figures[0], "table")[0]);
    let heads: Vec<&str> = rows.iter().map(|row| row.0.as_str()).collect();
    assert_eq!(heads, ["Mar 1971", "Mar 2025", "Mar 2026", "Mar 9998"]);
}

#[cfg(unix)]
#[test]
fn the_file_is_the_persons_alone_and_replaced_whole() {
    use std::os::unix::fs::PermissionsExt as _;

    let desk = Desk::busy();
    let file = desk.path("data/dashboard.html");
    desk.writes("data/dashboard.html", "old");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(desk.prints(&["dashboard"]), format!("{}\n", file.display()));
    let mode = fs::metadata(&file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let left = fs::read_dir(desk.path("data")).unwrap();
    let names: Vec<String> = left
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    assert!(names.iter().all(|name| !name.contains("tmp")), "{names:?}");

    let other = desk.path("mine.html");
    desk.page(&["--out", other.to_str().unwrap()]);
    assert_eq!(
        fs::metadata(&other).unwrap().permissions().mode() & 0o777,
        0o600
    );
}

#[test]
fn a_file_that_cannot_be_written_is_told_with_the_mend() {
    let desk = Desk::busy();
    for file in [desk.path("data"), desk.path("nowhere/a.html")] {
        let assert = desk
            .command(&["dashboard", "--out", file.to_str().unwrap()])
            .assert();
        let output = assert.code(1).get_output().clone();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(
            told.contains(file.to_str().unwrap()) && told.contains("mend:"),
            "{told}"
        );
        assert!(output.stdout.is_empty());
    }
    assert!(desk.path("data").is_dir());
}

#[cfg(target_os = "linux")]
#[test]
fn open_starts_the_browser_with_the_file() {
    use std::os::unix::fs::PermissionsExt as _;
    use std::time::{Duration, Instant};

    let desk = Desk::busy();
    let opener = desk.path("bin/xdg-open");
    desk.writes(
        "bin/xdg-open",
        "#!/bin/sh\nprintf %s \"$1\" >\"$0.part\" && mv \"$0.part\" \"$0.asked\"\n",
    );
    fs::set_permissions(&opener, fs::Permissions::from_mode(0o755)).unwrap();
    let path = format!("{}:/usr/bin:/bin", desk.path("bin").display());
    desk.command(&["dashboard", "--open"])
        .env("PATH", path)
        .assert()
        .success();
    let asked = desk.path("bin/xdg-open.asked");
    let began = Instant::now();
    while !asked.exists() && began.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    let file = desk.path("data/dashboard.html").canonicalize().unwrap();
    assert_eq!(fs::read_to_string(asked).unwrap(), file.to_str().unwrap());
}
