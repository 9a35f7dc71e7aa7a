//! The pipeline of a lecture, and the review notes, against a server that misbehaves.
