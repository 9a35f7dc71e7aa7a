//! The JSON in a language model's reply, whatever stands around it.
