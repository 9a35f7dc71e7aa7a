//! The server over real sockets, the pipeline against MediaPipe's own results, the command line as a user runs it,
//! the store on SQLite and PostgreSQL.

mod abuse;
mod api;
mod attention;
mod bad_input;
mod command_line;
mod corpus;
mod demo;
mod durability;
#[path = "../durability/mod.rs"]
mod durability_tries;
mod faults;
mod glance;
mod handover;
mod kept;
mod lectures;
mod limits;
mod llm_server;
mod overload;
mod pages;
mod quiz_generate;
mod quiz_llm;
mod quiz_models;
mod quiz_review;
mod quizzing;
mod reference;
mod shutdown;
#[path = "../simulator/mod.rs"]
mod simulator;
mod store;
mod support;
mod tls;
mod upgrade;
mod verdicts;
mod watch;
