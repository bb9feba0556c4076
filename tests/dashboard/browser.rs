//! The page in headless Chromium, driven over a pipe as a person would: looked at in two widths and both colours,
//! used with the keyboard, and listened to for errors.

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::desk::Desk;

/// No test needs the browser for longer.
const LONGEST: Duration = Duration::from_mins(3);

/// A browser with one tab. It ends when this is dropped.
struct Browser {
    process: Arc<Mutex<Child>>,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    calls: u64,
    /// What the page complained of.
    complaints: Vec<String>,
    _profile: TempDir,
}

impl Browser {
    /// `None`, told in one line, where there is no Chromium.
    fn start(test: &str) -> Option<Self> {
        let names = ["chromium", "chromium-browser", "google-chrome"];
        let folders = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<_> = std::env::split_paths(&folders).collect();
        let all = names
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        let Some(binary) = all.into_iter().find(|path| path.is_file()) else {
            println!("skipped: {test}, as there is no Chromium on PATH");
            return None;
        };
        let profile = tempfile::tempdir().unwrap();
        // Its pipe is the files 3 and 4.
        let mut process = Command::new("sh")
            .arg("-c")
            .arg(r#"exec "$0" "$@" 3<&0 4>&1 >/dev/null 2>&1"#)
            .arg(binary)
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--no-first-run",
                "--remote-debugging-pipe",
            ])
            .arg(format!("--user-data-dir={}", profile.path().display()))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut browser = Self {
            to: process.stdin.take().unwrap(),
            from: BufReader::new(process.stdout.take().unwrap()),
            process: watched(process),
            session: None,
            calls: 0,
            complaints: Vec::new(),
            _profile: profile,
        };
        let tab = browser.call("Target.createTarget", &json!({"url": "about:blank"}));
        let attached = browser.call(
            "Target.attachToTarget",
            &json!({"targetId": tab["targetId"], "flatten": true}),
        );
        browser.session = attached["sessionId"].as_str().map(str::to_owned);
        for part in ["Runtime", "Log", "Page", "Network"] {
            browser.call(&format!("{part}.enable"), &json!({}));
        }
        Some(browser)
    }

    fn receive(&mut self) -> Value {
        let mut bytes = Vec::new();
        self.from.read_until(0, &mut bytes).unwrap();
        bytes.pop();
        let message: Value = serde_json::from_slice(&bytes).expect("the browser went away");
        match message["method"].as_str() {
            Some("Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Log.entryAdded") => {
                self.complaints.push(message["params"].to_string());
            }
            Some("Network.requestWillBeSent") => {
                let url = message["params"]["request"]["url"].as_str().unwrap();
                if !url.starts_with("file:") {
                    self.complaints.push(format!("asks for {url}"));
                }
            }
            _ => {}
        }
        message
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        self.calls += 1;
        let mut message = json!({"id": self.calls, "method": method, "params": params});
        if let Some(session) = &self.session {
            message["sessionId"] = session.as_str().into();
        }
        self.to.write_all(message.to_string().as_bytes()).unwrap();
        self.to.write_all(b"\0").unwrap();
        loop {
            let answer = self.receive();
            if answer["id"] == self.calls {
                assert!(answer["error"].is_null(), "{method}: {}", answer["error"]);
                return answer["result"].clone();
            }
        }
    }

    fn open(&mut self, file: &Path, width: u32, dark: bool) {
        let screen =
            json!({"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600});
        self.call("Emulation.setDeviceMetricsOverride", &screen);
        let scheme = if dark { "dark" } else { "light" };
        let features = json!({"features": [{"name": "prefers-color-scheme", "value": scheme}, {"name": "prefers-reduced-motion", "value": "reduce"}]});
        self.call("Emulation.setEmulatedMedia", &features);
        self.call(
            "Page.navigate",
            &json!({"url": format!("file://{}", file.display())}),
        );
        while self.receive()["method"] != "Page.loadEventFired" {}
    }

    /// What `expression` is in the page.
    fn eval(&mut self, expression: &str) -> Value {
        let params = json!({"expression": expression, "returnByValue": true});
        let result = self.call("Runtime.evaluate", &params);
        assert!(
            result["exceptionDetails"].is_null(),
            "{expression}: {result}"
        );
        result["result"]["value"].clone()
    }

    /// Presses and lets go of a key, as the keyboard does.
    fn press(&mut self, key: &str) {
        let (code, text) = match key {
            "Tab" => (9, ""),
            " " => (32, " "),
            "ArrowLeft" => (37, ""),
            "ArrowRight" => (39, ""),
            "Enter" => (13, "\r"),
            other => panic!("{other}"),
        };
        let mut event = json!({"type": if text.is_empty() { "rawKeyDown" } else { "keyDown" }, "key": key, "windowsVirtualKeyCode": code});
        if !text.is_empty() {
            event["text"] = text.into();
        }
        self.call("Input.dispatchKeyEvent", &event);
        event["type"] = "keyUp".into();
        self.call("Input.dispatchKeyEvent", &event);
    }

    /// Goes on with the tab key until the element that has the focus matches `selector`.
    fn tab_to(&mut self, selector: &str) {
        for _ in 0..60 {
            if self.eval(&format!("document.activeElement.matches({selector:?})")) == true {
                return;
            }
            self.press("Tab");
        }
        panic!("the tab key never comes to {selector}");
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        end(&self.process);
    }
}

/// Ends the browser when it takes too long: whoever waits for its answer is told that it went away.
fn watched(process: Child) -> Arc<Mutex<Child>> {
    let process = Arc::new(Mutex::new(process));
    let watched = Arc::clone(&process);
    thread::spawn(move || {
        thread::sleep(LONGEST);
        end(&watched);
    });
    process
}

fn end(process: &Mutex<Child>) {
    let mut process = process.lock().unwrap();
    let _ = process.kill();
    let _ = process.wait();
}

/// Elements that stick out of the page's sides, or whose text sticks out of them.
const OVERFLOW: &str = r#"(() => {
    const wide = document.documentElement.clientWidth;
    const faults = [];
    if (document.documentElement.scrollWidth > wide) faults.push("page: " + document.documentElement.scrollWidth);
    for (const it of document.querySelectorAll("main *, header *, footer *")) {
        const box = it.getBoundingClientRect();
        const hidden = it.closest("caption, legend, thead, .skip, .totals h2, svg");
        if (hidden || box.width === 0) continue;
        if (box.right > wide + 0.5 || box.left < -0.5) faults.push(it.outerHTML.slice(0, 120));
    }
    const boxes = [...document.querySelectorAll("td, tbody th, tfoot th, dd, dt, .legend label, .dates span, .ticks b")]
        .filter((it) => it.getClientRects().length > 0 && getComputedStyle(it).display !== "none");
    for (const it of boxes) {
        if (it.scrollWidth > it.clientWidth + 1 && it.clientWidth > 0 && getComputedStyle(it).display !== "inline") faults.push("cut: " + it.outerHTML.slice(0, 120));
    }
    const apart = (selector) => {
        for (const group of document.querySelectorAll(selector)) {
            const rects = [...group.children].filter((it) => !it.matches('legend')).map((it) => it.getBoundingClientRect()).filter((it) => it.width > 1);
            rects.forEach((a, at) => rects.slice(at + 1).forEach((b) => {
                const over = a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
                if (over) faults.push("overlap in " + selector + ": " + group.textContent.slice(0, 80));
            }));
        }
    };
    ["tr", ".dates", ".legend", ".totals dl", ".panels", ".lists", "header"].forEach(apart);
    return faults;
})()"#;

#[test]
fn it_fits_and_does_not_complain() {
    let Some(mut browser) = Browser::start("the dashboard in a browser") else {
        return;
    };
    for (desk, bars) in [(Desk::busy(), true), (Desk::empty(), false)] {
        desk.page(&[]);
        let file = desk.path("data/dashboard.html");
        for width in [1280, 768, 390, 320] {
            for dark in [false, true] {
                browser.open(&file, width, dark);
                let place = format!("{width} {dark}");
                assert_eq!(
                    browser.eval("document.documentElement.className"),
                    "scripted",
                    "{place}"
                );
                browser.eval(
                    "document.querySelectorAll('details').forEach((it) => { it.open = true })",
                );
                assert_eq!(browser.eval(OVERFLOW), json!([]), "{place}");
                let ground =
                    browser.eval("getComputedStyle(document.documentElement).backgroundColor");
                let wanted = if dark {
                    "rgb(18, 19, 21)"
                } else {
                    "rgb(246, 246, 243)"
                };
                assert_eq!(ground, wanted, "{place}");
                let drawn = "[...document.querySelectorAll('.bars [data-cost]')].some((it) => it.getBoundingClientRect().height > 20)";
                assert_eq!(browser.eval(drawn), bars, "{place}");
            }
        }
    }
    assert_eq!(browser.complaints, [""; 0]);
}

#[test]
fn the_keyboard_does_everything() {
    let Some(mut browser) = Browser::start("the dashboard and the keyboard") else {
        return;
    };
    let desk = Desk::busy();
    desk.page(&[]);
    browser.open(&desk.path("data/dashboard.html"), 1280, false);

    // The first stop leads past the head.
    browser.press("Tab");
    assert_eq!(browser.eval("document.activeElement.className"), "skip");
    assert_eq!(
        browser.eval("document.activeElement.getBoundingClientRect().top >= 0"),
        true
    );

    // Dark, by the arrow keys; the page obeys at once.
    browser.tab_to("[name=theme]");
    browser.press("ArrowRight");
    browser.press("ArrowRight");
    let ground = "getComputedStyle(document.documentElement).backgroundColor";
    assert_eq!(browser.eval(ground), "rgb(18, 19, 21)");

    // Weeks instead of days.
    let shown =
        "[...document.querySelectorAll('figure')].map((it) => it.getClientRects().length > 0)";
    assert_eq!(browser.eval(shown), json!([true, false]));
    browser.tab_to("[name=unit]");
    browser.press("ArrowRight");
    assert_eq!(browser.eval(shown), json!([false, true]));
    browser.press("ArrowLeft");
    assert_eq!(browser.eval(shown), json!([true, false]));

    // The dearest model hidden: its bars are gone, the others stand on the ground and reach higher.
    let state = r#"(() => {
        const rects = [...document.querySelectorAll("figure[data-unit='0'] .slot:nth-child(5) [data-cost]")];
        return rects.map((it) => [parseFloat(it.getAttribute("y")), parseFloat(it.getAttribute("height"))]);
    })()"#;
    let ticks = "document.querySelector('.ticks').textContent";
    let (before, marks) = (browser.eval(state), browser.eval(ticks));
    browser.tab_to("[data-series='0']");
    assert_eq!(
        browser.eval("getComputedStyle(document.activeElement).outlineStyle"),
        "solid"
    );
    browser.press(" ");
    let after = browser.eval(state);
    assert_eq!(browser.eval("document.activeElement.checked"), false);
    assert_eq!(after[0][1], 0.0);
    let number = |value: &Value| value.as_f64().unwrap();
    assert!(number(&after[1][1]) > number(&before[1][1]));
    assert!((number(&after[1][0]) + number(&after[1][1]) - 100.0).abs() < 1e-6);
    assert_ne!(browser.eval(ticks), marks);
    browser.press(" ");
    let again = browser.eval(state);
    for (again, before) in again
        .as_array()
        .unwrap()
        .iter()
        .zip(before.as_array().unwrap())
    {
        assert!(
            (number(&again[0]) - number(&before[0])).abs() < 0.001,
            "{again} {before}"
        );
    }
    assert_eq!(browser.eval(ticks), marks);

    // A bar is read.
    browser.tab_to("figure[data-unit='0'] .plot");
    browser.press("ArrowLeft");
    let readout = "document.querySelector('.readout').textContent";
    assert!(
        browser
            .eval(readout)
            .as_str()
            .unwrap()
            .contains("Fri 20 Nov 2026")
    );
    browser.press("ArrowLeft");
    let told = browser.eval(readout);
    let told = told.as_str().unwrap();
    assert!(
        told.contains("Thu 19 Nov 2026") && told.contains("Opus 5.5 $"),
        "{told}"
    );

    // The table behind it unfolds.
    browser.tab_to("figure[data-unit='0'] summary");
    browser.press("Enter");
    assert_eq!(
        browser.eval("document.querySelector('figure details').open"),
        true
    );

    // The choice of colours is kept.
    browser.open(&desk.path("data/dashboard.html"), 1280, false);
    assert_eq!(browser.eval(ground), "rgb(18, 19, 21)");
    assert_eq!(browser.complaints, [""; 0]);
}
