//! The file of prompts to label by hand.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde::Serialize;

use super::near;
use crate::cli::eval::fnv;
use crate::patterns::compiled::ArchivedCompiled;
use crate::router::Routed;

/// So many silent prompts are taken.
const SILENT: usize = 200;

/// Each prompt once, in the order of a hash of its text: mixed, and the same every time.
#[derive(Default)]
pub(super) struct Labels {
    near: BTreeMap<u64, (String, Option<String>)>,
    silent: BTreeMap<u64, String>,
}

#[derive(Serialize)]
struct Row<'a> {
    text: &'a str,
    route: &'a str,
    ok: [&'a str; 0],
}

impl Labels {
    pub(super) fn add(&mut self, routed: &Routed<'_>, table: &ArchivedCompiled) {
        let text = routed.typed.trim().to_owned();
        let hash = fnv(text.as_bytes());
        if near(&routed.decision) {
            let best = routed.decision.best();
            let route = best.map(|best| table.routes[best.route].id.as_str().to_owned());
            self.near.insert(hash, (text, route));
            return;
        }
        self.silent.insert(hash, text);
        if self.silent.len() > SILENT {
            self.silent.pop_last();
        }
    }

    /// Writes `file` and says how many rows it got.
    pub(super) fn write(&self, file: &Path) -> Result<usize, String> {
        let near = self
            .near
            .iter()
            .map(|(hash, (text, route))| (hash, text, route.as_deref().unwrap_or("none")));
        let silent = self.silent.iter().map(|(hash, text)| (hash, text, "none"));
        let mut rows: Vec<_> = near.chain(silent).collect();
        rows.sort_unstable();
        if rows.is_empty() {
            return Ok(0);
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let written = options.open(file).and_then(|created| {
            let mut out = BufWriter::new(created);
            for (_, text, route) in &rows {
                let ok = [];
                serde_json::to_writer(&mut out, &Row { text, route, ok })?;
                out.write_all(b"\n")?;
            }
            out.flush()
        });
        match written {
            Ok(()) => Ok(rows.len()),
            Err(error) => Err(format!(
                "{}: {error}\n  mend: name a new file in a folder you can write to",
                file.display()
            )),
        }
    }
}

/// Told before hours of labels are in danger, and before any work is done.
pub(super) fn refuse_existing(file: &Path) -> Result<(), String> {
    // A link that leads nowhere is there too.
    if file.symlink_metadata().is_err() {
        return Ok(());
    }
    Err(format!(
        "{}: it exists already, and may hold labels\n  mend: name a new file, or move this one away",
        file.display()
    ))
}

pub(super) fn next_step(file: &Path, rows: usize) -> String {
    let shown = file.display();
    if rows == 0 {
        return format!("{shown} was not written: there is no prompt to label\n");
    }
    format!(
        "{shown} holds {rows} prompts, readable by you only. Correct each \"route\", then: promptune eval {shown}\n"
    )
}
