//! Why a question may not be shown.

/// A rule that is broken, said so that the model and people can do something about it. Holds nothing of the model's own text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// Cannot be told which option is right.
    #[error("the key must be one letter from A to D")]
    KeyUnclear,
}
