//! What the model's messages used, as the client's transcripts tell it.

pub mod once;
pub mod tokens;
pub mod transcript;

pub use tokens::Tokens;
pub use transcript::{Entry, Skipped};
