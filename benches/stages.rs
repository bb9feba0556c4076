//! What each stage of a decision takes, and how the whole grows with the prompt: `cargo bench --bench stages`.

#![allow(missing_docs, reason = "criterion's macros make functions")]
#![allow(
    clippy::unwrap_used,
    reason = "the events are committed: where one cannot be read, nothing can be measured"
)]

use std::fs;
use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use promptune::event::Event;
use promptune::model::features::extract;
use promptune::text::Text;
use promptune::walk::Phrasing;
use promptune::{gate, hook, matching, table};

/// The bytes of `benches/events/{name}.json`.
fn event(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/events");
    fs::read(format!("{folder}/{name}.json")).unwrap()
}

fn prompt(json: &[u8]) -> String {
    Event::parse(json).unwrap().prompt.unwrap().into_owned()
}

fn text(prompt: &str) -> Text {
    let typed = gate::typed(prompt).unwrap();
    Text::read(&typed, &mut Phrasing::new(table::builtin()))
}

fn stages(criterion: &mut Criterion) {
    for name in ["hint", "miss", "code-20k", "prose-20k"] {
        let json = event(name);
        let prompt = prompt(&json);
        let read = text(&prompt);
        let features = extract(&read);
        let mut group = criterion.benchmark_group(name);
        group.bench_function("event", |bench| {
            bench.iter(|| Event::parse(black_box(&json)));
        });
        group.bench_function("gate and text", |bench| {
            bench.iter(|| text(black_box(&prompt)));
        });
        group.bench_function("features", |bench| bench.iter(|| extract(black_box(&read))));
        group.bench_function("models", |bench| {
            bench.iter(|| {
                let own = table::own_model().map(|model| model.opinion(black_box(&features)));
                (own, table::others_opinion(black_box(&features)))
            });
        });
        group.bench_function("matching", |bench| {
            bench.iter(|| matching::find(black_box(&read), &[], table::builtin()));
        });
        group.finish();
    }
}

/// The whole decision. A prompt that has to be unescaped is kept to the end of the process, so a run of this takes
/// memory in proportion to its length.
fn whole(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("whole");
    for name in ["machine", "other", "hint", "miss", "fenced-20k"] {
        let json = event(name);
        group.bench_function(name, |bench| {
            bench.iter(|| hook::begin(Ok(black_box(&json))));
        });
    }
    group.finish();
}

/// The whole decision about prose of growing length.
fn growth(criterion: &mut Criterion) {
    let prose = prompt(&event("prose-32k")).repeat(3);
    let mut group = criterion.benchmark_group("prose");
    group.sample_size(20);
    for bytes in [
        100, 250, 500, 1000, 2000, 4000, 8000, 16_000, 32_000, 64_000,
    ] {
        let json =
            serde_json::json!({"hook_event_name": "UserPromptSubmit", "prompt": &prose[..bytes]})
                .to_string();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_with_input(BenchmarkId::from_parameter(bytes), &json, |bench, json| {
            bench.iter(|| hook::begin(Ok(black_box(json.as_bytes()))));
        });
    }
    group.finish();
}

criterion_group!(benches, stages, whole, growth);
criterion_main!(benches);
