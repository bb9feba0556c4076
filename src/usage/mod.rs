//! What the model's messages used, as the client's transcripts tell it.

mod cache;
pub mod history;
pub mod once;
mod record;
pub mod runs;
pub mod tokens;
pub mod transcript;

pub use history::History;
pub use record::Message;
pub use tokens::Tokens;
pub use transcript::{Entry, Skipped};
