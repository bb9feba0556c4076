//! The prompt's way as far as the decision, shared by the hook and by `promptune route`.

use std::borrow::Cow;

use crate::decide::{self, Decision, Opinions};
use crate::gate::{self, Silence};
use crate::matching::{self, Matches};
use crate::model::features::extract;
use crate::patterns::compiled::ArchivedCompiled;
use crate::table;
use crate::text::Text;
use crate::walk::{Phrasing, Walker};

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

/// What the models make of the typed part. They know the built-in routes only: other tables do without them.
pub(crate) fn opinions(text: &Text, table: &ArchivedCompiled) -> Option<Opinions> {
    let ids = |table: &'static ArchivedCompiled| table.routes.iter().map(|route| route.id.as_str());
    let same = ids(table::builtin()).eq(table.routes.iter().map(|route| route.id.as_str()));
    if !same {
        return None;
    }
    let features = extract(text);
    let own = table::own_model()?.opinion(&features);
    let mut opinions = Opinions::new(own, table::others_opinion(&features)?);
    opinions.drop_unlikely(text);
    Some(opinions)
}

/// Routes `prompt` by the patterns of `table`.
///
/// # Errors
/// Why the prompt was not looked at.
pub fn route<'p>(prompt: &'p str, table: &ArchivedCompiled) -> Result<Routed<'p>, Silence> {
    let typed = gate::typed(prompt)?;
    let mut phrasing = Phrasing::new(table);
    let text = Text::read(&typed, &mut phrasing);
    let opinions = opinions(&text, table);
    Ok(weigh_by(
        phrasing.into_walker(),
        typed,
        text,
        opinions.as_ref(),
        table,
    ))
}

/// The second half of the way, with the opinions given.
#[must_use]
pub fn weigh<'p>(
    typed: Cow<'p, str>,
    text: Text,
    opinions: Option<&Opinions>,
    table: &ArchivedCompiled,
) -> Routed<'p> {
    weigh_by(Walker::new(table), typed, text, opinions, table)
}

fn weigh_by<'p>(
    walker: Walker<'_>,
    typed: Cow<'p, str>,
    text: Text,
    opinions: Option<&Opinions>,
    table: &ArchivedCompiled,
) -> Routed<'p> {
    let suspects = opinions.map(Opinions::suspects).unwrap_or_default();
    let matches = matching::find_by(walker, &text, suspects, table);
    let mut decision = decide::decide(&text, &matches, opinions, table);
    decision.part_requests(&text);
    Routed {
        typed,
        text,
        matches,
        decision,
    }
}
