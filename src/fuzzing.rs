//! What strangers write, as functions of bytes: for `fuzz/` and `tests/fuzz_corpus.rs`, and no part of the library.
//!
//! Each takes any bytes, goes as far with them as the program does, and panics where something does not hold.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::LazyLock;
use std::time::Duration;

use serde_json::Value;

use crate::catalog::frontmatter::Frontmatter;
use crate::catalog::index::{Index, LENGTHS, headed};
use crate::catalog::rank::beside;
use crate::catalog::said::Said;
use crate::catalog::{self, Entry, Kind, Scope, Use};
use crate::event::{Event, Stopped};
use crate::hook::{self, Begun};
use crate::layers::compile::{Known, compile};
use crate::layers::sources::Written;
use crate::layers::{Layer, Layers, Owner, Place, decide, file, index};
use crate::patterns::own::Source;
use crate::patterns::source::SourceFile;
use crate::prices::{Dollars, Prices};
use crate::router::{self, Routed};
use crate::usage::once::Once;
use crate::usage::transcript::Reader;
use crate::usage::{self, Tokens};
use crate::{context, permissions, settings, settle, table};

const PROMPTS: [&str; 2] = [
    "run the tests and then ship it to staging",
    "please deploy this to staging, do not push it, and take the release train",
];

/// What the hook is told on stdin.
pub fn event(bytes: &[u8]) {
    if let Ok(event) = Event::parse(bytes)
        && let Ok(Value::Object(fields)) = serde_json::from_slice(bytes)
    {
        for (name, read) in [
            ("hook_event_name", &event.name),
            ("session_id", &event.session_id),
            ("prompt", &event.prompt),
            ("transcript_path", &event.transcript_path),
        ] {
            let there = fields.get(name).and_then(Value::as_str);
            assert_eq!(read.as_deref(), there, "{name}");
        }
    }
    if let Ok(stopped) = Stopped::parse(bytes) {
        let _ = stopped.record(crate::ledger::What::Reset {
            route: "all".to_owned(),
        });
    }
    if let Begun::Prompt(prompt) = hook::begin(Ok(bytes)) {
        hinted(&prompt.1, &Layers::default());
    }
}

/// A route file, or after a first byte `r` a `skill-rules.json`: read, compiled, kept and used.
pub fn patterns(bytes: &[u8]) {
    let Some((kind, text)) = bytes.split_first() else {
        return;
    };
    let rules = *kind == b'r';
    let Ok(text) = String::from_utf8(text.to_vec()) else {
        return;
    };
    if let Some(layer) = compiled(&text, rules) {
        used(layer);
    }
}

/// The body of a compiled layer, with a header as it should be before it; or, after a first byte `f`, a whole file.
pub fn layer(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let bytes = match kind {
        b'f' => bytes.to_vec(),
        _ => [&file::header(bytes), bytes].concat(),
    };
    // What is used is used to the end of the process: only then memory is let go for good.
    if file::read(&bytes).is_ok()
        && let Ok(own) = file::in_memory(bytes)
    {
        let owner = Owner::Project;
        used(Layer { owner, own });
    }
}

/// The body of a compiled layer as the program writes it.
#[must_use]
pub fn sound_layer() -> Vec<u8> {
    const ROUTE: &str = r#"{"route":"deploy","target":{"kind":"skill","name":"deploy"},"does":"ships","patterns":[{"regex":"(?:ship|deploy) {..3}staging","weight":0.9}],"keywords":[{"weight":0.8,"phrases":["release train"]}],"vetoes":[{"regex":"do not"}]}"#;
    let layer = written(ROUTE, false).own.as_ref().map(file::bytes);
    let bytes = layer.and_then(Result::ok).unwrap_or_default();
    [
        b"b",
        bytes.get(file::header(&[]).len()..).unwrap_or_default(),
    ]
    .concat()
}

/// A compiled catalogue from the lengths of its sections on, with the beginning of a header as it should be before it;
/// or, after a first byte `f`, a whole file.
pub fn catalogue(bytes: &[u8]) {
    let Some((kind, bytes)) = bytes.split_first() else {
        return;
    };
    let bytes = match kind {
        b'f' => bytes.to_vec(),
        _ => headed(bytes),
    };
    let Ok(index) = Index::read(&bytes) else {
        return;
    };
    for prompt in PROMPTS {
        if let Ok(routed) = router::route(prompt, table::builtin()) {
            for (ranked, known) in beside(&routed, &Layers::default().routes(), &index) {
                assert!((0.0..=1.0).contains(&ranked.score), "{ranked:?}");
                let texts = [known.id, known.name, known.does];
                assert!(!texts.concat().contains(char::is_control), "{known:?}");
            }
        }
    }
}

/// A compiled catalogue as the program writes it, as [`catalogue`] takes it.
#[must_use]
pub fn sound_catalogue() -> Vec<u8> {
    let entry = |name: &str, description: &str| Entry {
        kind: Kind::Skill,
        name: name.to_owned(),
        id: name.to_owned(),
        description: description.to_owned(),
        when_to_use: None,
        model: Some("haiku".to_owned()),
        scope: Scope::User,
        file: PathBuf::from("/nowhere/SKILL.md"),
        plugin: None,
    };
    let entries = [
        entry(
            "staging",
            "Ships releases to staging and checks the deployment",
        ),
        entry("invoices", "Makes invoices as PDF from a spreadsheet"),
        entry("release-train", "Prepares the release train with its notes"),
    ];
    let bytes = catalog::compile::compile(&entries, &[], &|_| Use::default());
    [b"b", bytes.get(LENGTHS..).unwrap_or_default()].concat()
}

/// The beginning of a skill's or an agent's file.
pub fn frontmatter(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let read = Frontmatter::read(&text);
    for key in ["name", "description", "model", "paths", "x"] {
        let _ = (read.has(key), read.on(key), read.value(key));
        if let Some(meant) = read.meant(key) {
            assert!(meant.len() <= text.len(), "{meant}");
        }
    }
    assert!(text.ends_with(read.body), "the body is the file's end");
    for said in Said::of(&text).told() {
        assert!(!said.contains(['\u{202e}', '\u{1b}', '\n', '<']), "{said}");
    }
}

/// A transcript: of an agent, and of the conversation.
pub fn transcript(bytes: &[u8]) {
    let mut once: Once<usage::Entry<'_>> = Once::default();
    thread_local! {
        // Its buffer is kept.
        static READER: RefCell<Reader> = RefCell::new(Reader::new());
    }
    let done = READER.with_borrow_mut(|reader| {
        reader.read_from(bytes, &mut |entry| once.add(entry.into_owned()))
    });
    assert!(done.whole <= bytes.len() as u64, "{done:?}");
    let messages = once.into_all();
    let _: Tokens = messages.iter().map(|it| it.tokens).sum();
    static PRICES: LazyLock<Option<Prices>> = LazyLock::new(|| Prices::load(None).ok());
    if let Some(prices) = &*PRICES {
        let _: Option<Dollars> = messages.iter().map(|it| prices.message(it)).sum();
    }
    for cut in [false, true] {
        settle::scan(bytes, cut);
    }
}

/// The client's settings, and ours.
pub fn settings(bytes: &[u8]) {
    let _ = permissions::denied_by(bytes);
    let _ = settings::parsed(bytes);
}

fn place() -> Place {
    let root = PathBuf::from("/nowhere/.claude");
    Place {
        owner: Owner::Project,
        root,
    }
}

fn written(text: &str, rules: bool) -> crate::layers::compile::Outcome {
    let place = place();
    let path = if rules {
        place.skill_rules()
    } else {
        place.folder().join("deploy.json")
    };
    let source = |path: PathBuf| Source {
        path: path.to_string_lossy().into_owned(),
        stamp: crate::patterns::own::Stamp::default(),
    };
    let sources = [place.folder(), place.skill_rules(), path.clone()];
    let text = text.to_owned();
    let written = Written {
        sources: sources.map(source).into(),
        files: vec![(if rules { 1 } else { 2 }, SourceFile { path, text })],
        faults: Vec::new(),
    };
    let below: Known = index::known(&[]);
    compile(&place, written, &below, Duration::from_secs(5))
}

fn compiled(text: &str, rules: bool) -> Option<Layer> {
    let outcome = written(text, rules);
    for fault in &outcome.faults {
        assert!(!fault.to_string().is_empty());
    }
    let bytes = file::bytes(&outcome.own?).ok()?;
    let own = file::in_memory(bytes);
    assert!(own.is_ok(), "what was just compiled is sound");
    let owner = Owner::Project;
    Some(Layer {
        owner,
        own: own.ok()?,
    })
}

/// Prompts meet `layer`.
fn used(layer: Layer) {
    let layers = Layers {
        sound: vec![layer],
        unfit: Vec::new(),
    };
    for prompt in PROMPTS {
        if let Ok(routed) = router::route(prompt, table::builtin()) {
            hinted(&decide::over(routed, &layers), &layers);
        }
    }
}

/// What is hinted is short, and looks like nothing but a hint.
fn hinted(routed: &Routed<'_>, layers: &Layers) {
    let known = layers.routes();
    let offers = routed.decision.offers();
    if offers.is_empty() {
        return;
    }
    let hint = context::hint(routed, &offers, &known);
    assert!(hint.starts_with("promptune: "), "{hint}");
    assert!(offers.len() <= 3, "{hint}");
    assert!(hint.lines().count() <= 1 + offers.len(), "{hint}");
    assert!(hint.chars().count() <= 150 + 600 * offers.len(), "{hint}");
    let odd = |letter: char| letter.is_control() && letter != '\n' || "<>".contains(letter);
    assert!(!hint.contains(odd), "{hint}");
}
