//! Writes a heavy user layer, for tests and for measuring: `cargo run --example own_load -- ~/.claude/promptune`.
//!
//! 200 routes with 10,000 keyword phrases and 2,000 regexes. Their words are made up of syllables, so that no other
//! prompt meets them; the one it prints meets five.

use std::fs;
use std::io;
use std::path::Path;

use serde_json::{Value, json};

/// Routes in the layer.
const ROUTES: usize = 200;
/// Phrases of each.
const PHRASES: usize = 50;
/// Regexes of each.
const REGEXES: usize = 10;

/// The word of that number: different ones for different numbers below 16 million.
fn word(number: usize) -> String {
    const SYLLABLES: [&str; 16] = [
        "tol", "vim", "ra", "dos", "pai", "ku", "lan", "zub", "ri", "sost", "fen", "zo", "mir",
        "kal", "besh", "gwu",
    ];
    let mixed = number.wrapping_mul(7919) % (1 << 20);
    (0..5).map(|at| SYLLABLES[mixed >> (4 * at) & 15]).collect()
}

/// The route of that number, as its file has it.
pub(crate) fn route(number: usize) -> Value {
    let id = format!("load-{number}");
    let phrases: Vec<String> = (0..PHRASES)
        .map(|at| number * PHRASES + at)
        .map(|at| format!("{} {}", word(2 * at), word(2 * at + 1)))
        .collect();
    let patterns: Vec<Value> = (0..REGEXES)
        .map(|at| 100_000 + (number * REGEXES + at) * 4)
        .map(|at| {
            let words = [0, 1, 2, 3].map(|more| word(at + more));
            let [first, other, then, last] = words;
            let regex = format!("(?:{first}|{other}) {{..3}}(?:the |my )?{then}s?(?: {last})?");
            json!({"regex": regex, "weight": 0.9, "at": if at % 8 == 0 { "start" } else { "word" }})
        })
        .collect();
    json!({
        "route": id,
        "target": {"kind": "skill", "name": id},
        "does": "stands for one of many",
        "keywords": [{"weight": 0.8, "phrases": phrases}],
        "examples": [phrases[0]],
        "patterns": patterns,
    })
}

/// A prompt that meets three phrases and two regexes of the layer.
pub(crate) fn prompt() -> String {
    let phrase = |at: usize| format!("{} {}", word(2 * at), word(2 * at + 1));
    let regex = |at: usize| {
        let at = 100_000 + at * 4;
        format!("{} with some {}", word(at), word(at + 2))
    };
    let [near, here, there] = [7, 49, 9999].map(phrase);
    let [one, other] = [5, 1999].map(regex);
    format!("please take the {near}, the {here} and the {there}. then {one}, and look at {other}")
}

/// Writes the layer's files into `folder`.
///
/// # Errors
/// When one cannot be written.
pub(crate) fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for number in 0..ROUTES {
        let text = serde_json::to_string_pretty(&route(number))?;
        fs::write(folder.join(format!("load-{number}.json")), text)?;
    }
    Ok(())
}

#[allow(
    dead_code,
    clippy::print_stdout,
    reason = "who includes this file does not call it; an example prints"
)]
fn main() -> io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1) else {
        println!("usage: cargo run --example own_load -- FOLDER");
        return Ok(());
    };
    write(Path::new(&folder))?;
    println!(
        "{ROUTES} routes, {} phrases, {} regexes",
        ROUTES * PHRASES,
        ROUTES * REGEXES
    );
    println!("a prompt that meets five of them: {}", prompt());
    Ok(())
}
