//! The prompt's way as far as the decision, shared by the hook and by `promptune route`.

use std::borrow::Cow;

use crate::decide::{self, Decision};
use crate::gate::{self, Silence};
use crate::matching::{self, Matches};
use crate::patterns::compiled::ArchivedCompiled;
use crate::text::Text;
use crate::walk::Phrasing;

/// A prompt that went the whole way.
#[derive(Debug)]
pub struct Routed<'p> {
    /// The part a person typed.
    pub typed: Cow<'p, str>,
    /// It, normalised.
    pub text: Text,
    /// What was found in it.
    pub matches: Matches,
    /// What that means.
    pub decision: Decision,
}

/// Routes `prompt` by the patterns of `table`.
///
/// # Errors
/// Why the prompt was not looked at.
pub fn route<'p>(prompt: &'p str, table: &ArchivedCompiled) -> Result<Routed<'p>, Silence> {
    let typed = gate::typed(prompt)?;
    let text = Text::read(&typed, &mut Phrasing::new(table));
    let matches = matching::find(&text, table);
    let decision = decide::decide(&matches, table);
    Ok(Routed {
        typed,
        text,
        matches,
        decision,
    })
}
