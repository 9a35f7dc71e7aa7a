//! What the language model is told, and the shape of its reply.
