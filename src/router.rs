//! The prompt's way as far as the decision, shared by the hook and by `promptune route`.

use std::borrow::Cow;

use crate::decide::{self, Decision};
use crate::gate::{self, Silence};
use crate::matching::{self, Matches};
use crate::model::table::Opinion;
use crate::patterns::compiled::ArchivedCompiled;
use crate::table;
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

/// What the model makes of the typed part. It knows the built-in routes only: other tables do without it.
fn opinion(typed: &str, table: &ArchivedCompiled) -> Option<Opinion> {
    let ids = |table: &'static ArchivedCompiled| table.routes.iter().map(|route| route.id.as_str());
    let same = ids(table::builtin()).eq(table.routes.iter().map(|route| route.id.as_str()));
    same.then(table::model)
        .flatten()
        .map(|model| model.opinion(typed))
}

/// Routes `prompt` by the patterns of `table`.
///
/// # Errors
/// Why the prompt was not looked at.
pub fn route<'p>(prompt: &'p str, table: &ArchivedCompiled) -> Result<Routed<'p>, Silence> {
    let typed = gate::typed(prompt)?;
    let text = Text::read(&typed, &mut Phrasing::new(table));
    let opinion = opinion(&typed, table);
    let suspect = opinion
        .as_ref()
        .and_then(|opinion| decide::suspect(opinion, &text));
    let suspected = suspect.map(|suspect| suspect.route as u16);
    let matches = matching::find(&text, suspected, table);
    let mut decision = decide::decide(&matches, opinion.as_ref(), suspect, table);
    decision.part_requests(&text);
    Ok(Routed {
        typed,
        text,
        matches,
        decision,
    })
}
