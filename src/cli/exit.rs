//! Exit codes, all of them.

/// How a command ended. Never 2: from a hook that would block the person's prompt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, and fine.
    Fine = 0,
    /// The check failed, or the input is bad.
    Failed = 1,
    /// The arguments are not of the command's form (`EX_USAGE`).
    Usage = 64,
}
