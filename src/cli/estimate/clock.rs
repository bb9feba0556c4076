//! How long tasks take, one after another and in parallel, from past runs' timestamps.

use jiff::SignedDuration;

use crate::usage::runs::{Run, batches};

/// How often tasks are drawn from the past runs.
pub(super) const DRAWS: usize = 2001;

/// Times in seconds.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Clock {
    /// Past runs the times come from: those with at least two messages, because one has no length.
    pub(super) runs: usize,
    /// One task after another.
    pub(super) sequential: f64,
    /// All at once: as long as the longest.
    pub(super) parallel: f64,
    /// What happened when runs really overlapped.
    pub(super) overlapped: Option<Overlapped>,
}

/// Past runs of one conversation that overlapped, all such together.
#[derive(Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Overlapped {
    /// How often that happened.
    pub(super) times: usize,
    /// How many runs.
    pub(super) runs: usize,
    /// How long all those times took.
    pub(super) took: f64,
    /// How long the same runs last one after another.
    pub(super) one_after_another: f64,
}

impl Clock {
    /// How long `tasks` tasks take, were they like the past `runs`; `None` where no run has a length.
    pub(super) fn of(runs: &[Run<'_>], tasks: u32) -> Option<Self> {
        let lengths: Vec<f64> = runs
            .iter()
            .filter(|run| run.messages.len() > 1)
            .map(|run| run.lasted().as_secs_f64())
            .collect();
        if lengths.is_empty() {
            return None;
        }
        // Sum and longest of the same draw: so the one is never below the other.
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        let (mut sums, mut longest) = (Vec::new(), Vec::new());
        for _ in 0..DRAWS {
            let (mut sum, mut most) = (0.0, 0.0_f64);
            for _ in 0..tasks {
                let length = lengths[random.below(lengths.len())];
                sum += length;
                most = most.max(length);
            }
            sums.push(sum);
            longest.push(most);
        }
        Some(Self {
            runs: lengths.len(),
            sequential: middle(&mut sums),
            parallel: middle(&mut longest),
            overlapped: overlapped(runs),
        })
    }
}

fn overlapped(runs: &[Run<'_>]) -> Option<Overlapped> {
    let batches = batches(runs);
    let seconds = SignedDuration::as_secs_f64;
    (!batches.is_empty()).then(|| Overlapped {
        times: batches.len(),
        runs: batches.iter().map(|batch| batch.runs.len()).sum(),
        took: batches.iter().map(|batch| seconds(&batch.took())).sum(),
        one_after_another: batches
            .iter()
            .map(|batch| seconds(&batch.one_after_another()))
            .sum(),
    })
}

fn middle(all: &mut [f64]) -> f64 {
    all.sort_unstable_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// The same numbers every time (`xorshift64*`): the same past gives the same estimate.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        (number % end as u64) as usize
    }
}

/// `3 min 20 s`.
pub(super) fn words(seconds: f64) -> String {
    #[allow(clippy::cast_sign_loss, reason = "a length of time is not negative")]
    let seconds = seconds.max(0.0).round() as u64;
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}
