//! Quizzes from what was said in a lecture: transcript, questions and their checks, the language model's client, the maker that needs
//! no network. Nothing in here knows sockets or the database.

pub mod check;
pub mod cloze;
pub mod extract;
pub mod generate;
pub mod llm;
pub mod play;
pub mod prompt;
pub mod question;
pub mod review;
pub mod transcript;
