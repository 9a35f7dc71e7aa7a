//! Connecting and saying hello.

use std::time::Instant;

use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::answer::Answer;
use crate::connect::{Target, Unreached};
use crate::lecture;
use crate::line::{Event, Gone, Line};

/// What a client keeps for a broken connection.
#[derive(Debug, Default)]
pub struct Memory {
    /// Of the last welcome.
    pub resume: Option<String>,
    /// Of the newest alert.
    pub last_n: u64,
}

/// Who comes.
#[derive(Debug, Clone, Copy)]
pub struct Caller<'a> {
    /// The learner's number.
    pub number: usize,
    /// With hardly any buffer, for one that will not read.
    pub slow: bool,
    /// The guest's token.
    pub token: &'a str,
    /// With a lecture to be asked about.
    pub has_lecture: bool,
}

/// What the server said at the door.
#[derive(Debug)]
pub struct Welcome {
    /// When it came.
    pub at: Instant,
    /// The watch session's age, ms.
    pub now_ms: u64,
    /// Frames a second.
    pub rate: f64,
    /// After a resume: whether the watch session goes on.
    pub recovered: Option<bool>,
}

/// Connects and waits for the welcome.
///
/// # Errors
/// When that fails or takes too long.
pub async fn greet(target: &Target, caller: Caller<'_>, memory: &mut Memory) -> Result<(Line, Welcome), Unreached> {
    timeout(target.timeout, hello(target, caller, memory)).await.unwrap_or(Err(Unreached::TimedOut))
}

async fn hello(target: &Target, caller: Caller<'_>, memory: &mut Memory) -> Result<(Line, Welcome), Unreached> {
    let mut line = Line::new(target.connect(caller.number, caller.slow).await?);
    let client = concat!("loadtest/", env!("CARGO_PKG_VERSION"));
    let mut hello = json!({"type": "hello", "client": client, "token": caller.token});
    if let Some(resume) = &memory.resume {
        hello["resume"] = json!(resume);
        hello["last_n"] = json!(memory.last_n);
    }
    if caller.has_lecture {
        hello["lecture"] = json!({"url": lecture::ADDRESS, "title": "Paging", "duration_s": 3600.0});
    }
    let failed = |gone: Gone| Unreached::Failed(gone.sentence());
    line.put(Message::text(hello.to_string())).map_err(failed)?;
    loop {
        let Event::Text(text) = line.next(true).await.map_err(failed)? else { continue };
        let answer = Answer::parse(&text).map_err(|error| Unreached::Failed(format!("bad JSON: {error}")))?;
        match &*answer.message_type {
            "welcome" => {
                if answer.recovered == Some(false) {
                    memory.last_n = 0;
                }
                memory.resume = Some(answer.resume.clone().into_owned());
                let (now_ms, rate, recovered) = (answer.now_ms, answer.rate, answer.recovered);
                return Ok((line, Welcome { at: Instant::now(), now_ms, rate, recovered }));
            }
            "error" => return Err(Unreached::Failed(format!("{}: {}", answer.code, answer.message))),
            other => return Err(Unreached::Failed(format!("a message of type {other} came before the welcome"))),
        }
    }
}
