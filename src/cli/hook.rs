//! `promptune hook`, as the argument parser sees it: for `--help` only, `main` runs it without one.

use super::Run;
use super::exit::Exit;

/// Answers one hook event given as JSON on stdin (the client runs this)
///
/// Exits 0 whatever comes in, and prints a hint as JSON or nothing. `PROMPTUNE=off` silences it;
/// `PROMPTUNE_COOLDOWN` sets the minutes in which a route is not hinted again in one conversation (0: none).
#[derive(clap::Args)]
pub(super) struct Hook;

impl Run for Hook {
    fn run(self) -> Result<Exit, String> {
        crate::hook::main();
        Ok(Exit::Fine)
    }
}
