//! Whether a question may be shown.
