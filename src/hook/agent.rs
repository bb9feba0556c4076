//! A call of an agent: the model it is to run on, and the limits on agents.

use std::path::Path;

use super::{Output, project};
use crate::event::{Event, Stopped};
use crate::settings::Settings;
use crate::spawn::guard::{self, Guard, Verdict};
use crate::spawn::judge::Judged;
use crate::spawn::{self, Call, Place};
use crate::{data, switches};

/// An agent is about to start: a smaller model where that is enough, and no agent beyond a limit.
pub(super) fn starts(event: &Event<'_>, call: &Call<'_>, judged: &Judged) -> Option<Output> {
    let folder = data::folder();
    let project = project(event);
    let session = event.session_id.as_deref();
    let off = || {
        folder.as_deref().is_some_and(|folder| {
            switches::off(folder, &Settings::read(folder), session, project.as_deref()).is_some()
        })
    };
    let mut warned = None;
    if let Some(folder) = folder.as_deref()
        && let Some(guard) = Guard::read(folder)
        && !off()
    {
        match guard.check(folder, session.unwrap_or_default()) {
            Verdict::Fine => {}
            Verdict::Warned(words) => warned = Some(words),
            Verdict::Denied(reason) => {
                let json = spawn::denied(&reason)?;
                return Some(Output { json, note: None });
            }
        }
    }
    let place = Place {
        folder: folder.as_deref(),
        project: project.as_deref(),
        transcript: event.transcript_path.as_deref().map(Path::new),
    };
    if !spawn::may_say(call, judged, warned.is_some()) || off() {
        return None;
    }
    let (json, record) = spawn::answer(event, call, judged, warned.as_deref(), place)?;
    Some(Output {
        json,
        note: folder.zip(record),
    })
}

/// An agent has started: counted only where there is a limit.
pub(super) fn started(json: &[u8]) {
    let Some(folder) = data::folder() else { return };
    if Guard::read(&folder).is_some()
        && let Ok(event) = Stopped::parse(json)
    {
        guard::started(&event, &folder);
    }
}
