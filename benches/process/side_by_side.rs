//! Starts several programs in turn, again and again, each with the same stdin, and times each from start to end.
//! Built by `scripts/bench`.
//!
//!   side_by_side RUNS STDIN PROGRAM [ARGUMENT]... [-- PROGRAM [ARGUMENT]...]...
//!
//! Prints a line for each program: median, 99th percentile and least time in microseconds.

use std::env;
use std::error::Error;
use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Instant;

/// Runs before those that count.
const WARM_UP: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [runs, stdin, programs @ ..] = &*arguments else {
        return Err("usage: side_by_side RUNS STDIN PROGRAM [ARGUMENT]... [-- PROGRAM ...]".into());
    };
    let runs: usize = runs.parse()?;
    let programs: Vec<&[String]> = programs.split(|word| word == "--").collect();
    let mut times = vec![Vec::with_capacity(runs); programs.len()];
    for run in 0..runs + WARM_UP {
        for (program, times) in programs.iter().zip(&mut times) {
            let (name, arguments) = program.split_first().ok_or("a program is missing")?;
            let mut command = Command::new(name);
            command
                .args(arguments)
                .stdin(File::open(stdin)?)
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            let began = Instant::now();
            let status = command.spawn().and_then(|mut child| child.wait());
            let took = began.elapsed().as_nanos() as f64 / 1000.0;
            status.map_err(|error| format!("{name}: {error}"))?;
            if run >= WARM_UP {
                times.push(took);
            }
        }
    }
    for mut times in times {
        times.sort_by(f64::total_cmp);
        let at = |share: usize| {
            times
                .get(times.len() * share / 100)
                .copied()
                .unwrap_or(f64::NAN)
        };
        println!("{:.1} {:.1} {:.1}", at(50), at(99), at(0));
    }
    Ok(())
}
