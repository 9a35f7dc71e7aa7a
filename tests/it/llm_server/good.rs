//! A model that does as it is asked.
