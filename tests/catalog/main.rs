//! What is installed, as `promptune catalog` tells it, and what hostile or broken files can do to it: nothing.

#![cfg(unix)]
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on panics"
)]

mod desk;
mod frontmatter;
mod hostile;
mod index;
mod places;
mod shown;
