//! A lecture's questions, part by part.
