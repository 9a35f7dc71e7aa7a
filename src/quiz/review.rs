//! What to look at again after wrong answers.
