//! How well tasks are told apart: by cross-validation over the training half, and on the half held back.

#![allow(
    clippy::expect_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    clippy::panic,
    reason = "a test that reports"
)]

use std::path::Path;

use promptune::model::features::extract;
use promptune::model::table::Model;
use promptune::model::tasks::{self, Label, Task};
use promptune::model::train::{Row, train};
use promptune::spawn::judge::{Judged, Takes, judge, weigh};
use promptune::table;
use promptune::text::Text;
use promptune::walk::Phrasing;

/// What came of judging a set.
#[derive(Debug, Default)]
struct Score {
    templates: usize,
    moved: usize,
    right: usize,
    judgement: usize,
    judgement_moved: usize,
}

impl Score {
    fn add(&mut self, task: &Task, judged: &Judged) {
        let moved = judged.takes == Takes::Template;
        self.templates += usize::from(task.label == Label::Haiku);
        self.judgement += usize::from(task.label == Label::Stay);
        self.moved += usize::from(moved);
        self.right += usize::from(moved && task.label == Label::Haiku);
        self.judgement_moved += usize::from(moved && task.label == Label::Stay);
    }

    fn precision(&self) -> f64 {
        self.right as f64 / self.moved.max(1) as f64
    }

    fn recall(&self) -> f64 {
        self.right as f64 / self.templates.max(1) as f64
    }

    fn wrong(&self) -> f64 {
        self.judgement_moved as f64 / self.judgement.max(1) as f64
    }

    fn told(&self, name: &str) -> String {
        format!(
            "{name}: {} of {} template-driven tasks moved to Haiku, {} moves in all: precision {:.3}, recall {:.3}; {} of {} that need judgement moved ({:.1} %)",
            self.right,
            self.templates,
            self.moved,
            self.precision(),
            self.recall(),
            self.judgement_moved,
            self.judgement,
            100.0 * self.wrong()
        )
    }
}

fn read(file: &str) -> Vec<Task> {
    tasks::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file)).expect("labelled tasks")
}

fn text(task: &Task) -> Text {
    Text::read(&task.text(), &mut Phrasing::new(table::builtin()))
}

#[test]
fn the_half_held_back() {
    let mut score = Score::default();
    for task in read("tests/spawn/held.jsonl") {
        score.add(&task, &judge(&task.description, &task.prompt));
    }
    println!("{}", score.told("held back"));
    assert!(score.templates + score.judgement >= 150, "{score:?}");
    assert!(score.precision() >= 0.97, "{}", score.told("held back"));
    assert!(score.recall() >= 0.70, "{}", score.told("held back"));
    assert!(score.wrong() <= 0.01, "{}", score.told("held back"));
}

/// Six parts, each judged by a model taught with the five others.
#[test]
fn cross_validation_over_the_training_half() {
    const FOLDS: usize = 6;
    let all = read("patterns/spawn/train.jsonl");
    let rows: Vec<Row> = all
        .iter()
        .map(|task| Row {
            features: extract(&text(task)),
            class: task.label.class(),
            weight: task.label.weight(),
        })
        .collect();
    let mut score = Score::default();
    let mut model_alone = Score::default();
    for fold in 0..FOLDS {
        let taught: Vec<Row> = rows
            .iter()
            .enumerate()
            .filter(|(at, _)| at % FOLDS != fold)
            .map(|(_, row)| row.clone())
            .collect();
        let bytes = train(&taught, 3, table::SPAWN_LINES);
        let model = Model::new(&bytes).expect("a table");
        for (task, row) in all.iter().zip(&rows).skip(fold).step_by(FOLDS) {
            let told = model.opinion(&row.features);
            let shares = [0, 1, 2].map(|class: usize| told.probabilities[class].unwrap_or(0.0));
            let judged = weigh(&text(task), shares, told.known);
            score.add(task, &judged);
            let words = Judged {
                thinks: Vec::new(),
                makes: Vec::new(),
                takes: if shares[0] >= promptune::spawn::judge::TEMPLATE {
                    Takes::Template
                } else {
                    Takes::Judgement
                },
                ..judged.clone()
            };
            model_alone.add(task, &words);
            if (judged.takes == Takes::Template) != (task.label == Label::Haiku)
                || std::env::var_os("SPAWN_ALL").is_some()
            {
                println!(
                    "{:?} {:?} {:?} known {:.2} {:?} {:?} {} | {}",
                    task.label,
                    judged.takes,
                    judged.shares,
                    judged.known,
                    judged.thinks,
                    judged.makes,
                    judged.kind,
                    task.description
                );
            }
        }
    }
    println!("{}", model_alone.told("training half, model alone"));
    println!("{}", score.told("training half, cross-validated"));
    assert!(
        score.precision() >= 0.97 && score.recall() >= 0.70 && score.wrong() <= 0.01,
        "{score:?}"
    );
}
