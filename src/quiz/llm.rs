//! A client of any server that speaks OpenAI's chat format.
