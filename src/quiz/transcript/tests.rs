//! Whole transcripts.
