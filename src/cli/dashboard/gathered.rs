//! All that the page shows, from the functions behind `cost` and `stats`.

use std::path::Path;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::adaptive::Adaptive;
use crate::cli::cost::group::{By, Finished, Report};
use crate::cli::stats;
use crate::cli::stats::figures::Figures;
use crate::cli::wanted::Wanted;
use crate::prices::Prices;
use crate::settings::Settings;
use crate::usage::History;

/// The figures.
pub(super) struct Gathered<'p> {
    pub(super) prices: &'p Prices,
    /// What was asked for.
    pub(super) wanted: &'p Wanted,
    pub(super) now: Timestamp,
    pub(super) zone: &'p TimeZone,
    pub(super) days: Finished<'p>,
    pub(super) weeks: Finished<'p>,
    pub(super) months: Finished<'p>,
    pub(super) models: Finished<'p>,
    pub(super) agents: Finished<'p>,
    pub(super) skills: Finished<'p>,
    pub(super) projects: Finished<'p>,
    pub(super) conversations: Finished<'p>,
    pub(super) ledger: Figures<'p>,
    /// Whether the ledger is written.
    pub(super) ledger_on: bool,
    pub(super) adaptive: Option<Adaptive>,
}

impl<'p> Gathered<'p> {
    /// From the transcripts in `history` and the ledger in `folder`.
    pub(super) fn new(
        history: &History,
        folder: &Path,
        wanted: &'p Wanted,
        prices: &'p Prices,
        zone: &'p TimeZone,
    ) -> Self {
        let messages = wanted.messages(history);
        let by = |by| {
            let mut report = Report::new(by, prices, zone);
            for message in &messages {
                report.add(message);
            }
            report.finish(history)
        };
        Self {
            days: by(By::Day),
            weeks: by(By::Week),
            months: by(By::Month),
            models: by(By::Model),
            agents: by(By::Agent),
            skills: by(By::Skill),
            projects: by(By::Project),
            conversations: by(By::Conversation),
            ledger: Figures::read(folder, wanted, prices),
            ledger_on: Settings::read(folder).ledger,
            adaptive: stats::adaptive(folder),
            now: Timestamp::now(),
            zone,
            prices,
            wanted,
        }
    }
}
