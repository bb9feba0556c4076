//! What a check says.

use serde::Serialize;

/// How it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum State {
    Fine,
    /// Worth knowing; the hook runs.
    Warning,
    /// The hook does not run, or would mislead.
    Fault,
}

/// One line of the doctor's.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Finding {
    /// The check, in a word or two.
    pub(super) check: &'static str,
    pub(super) state: State,
    pub(super) said: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) mend: Option<String>,
    /// It quotes files whose words are the person's: not for a bug report.
    #[serde(skip)]
    pub(super) private: bool,
}

impl Finding {
    fn new(check: &'static str, state: State, said: impl Into<String>) -> Self {
        Self {
            check,
            state,
            said: said.into(),
            mend: None,
            private: false,
        }
    }

    pub(super) fn fine(check: &'static str, said: impl Into<String>) -> Self {
        Self::new(check, State::Fine, said)
    }

    pub(super) fn warning(
        check: &'static str,
        said: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self::new(check, State::Warning, said).mended(mend)
    }

    pub(super) fn fault(
        check: &'static str,
        said: impl Into<String>,
        mend: impl Into<String>,
    ) -> Self {
        Self::new(check, State::Fault, said).mended(mend)
    }

    fn mended(mut self, mend: impl Into<String>) -> Self {
        self.mend = Some(mend.into());
        self
    }

    pub(super) fn private(mut self) -> Self {
        self.private = true;
        self
    }
}
