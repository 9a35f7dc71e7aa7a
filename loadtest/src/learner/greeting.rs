//! Connecting and saying hello.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::answer::Answer;
use crate::class::Class;
use crate::connect::Unreached;
use crate::lecture;
use crate::line::{Event, Line};

/// What a client keeps for a broken connection.
#[derive(Debug, Default)]
pub struct Memory {
    /// Of the last welcome.
    pub resume: Option<String>,
    /// Of the newest alert.
    pub last_n: u64,
}

/// What the server said at the door.
#[derive(Debug)]
pub struct Welcome {
    /// When it came.
    pub at: Duration,
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
pub async fn greet(
    class: &Class,
    number: usize,
    slow: bool,
    memory: &mut Memory,
) -> Result<(Line, Welcome), Unreached> {
    timeout(class.target.timeout, hello(class, number, slow, memory)).await.unwrap_or(Err(Unreached::TimedOut))
}

async fn hello(class: &Class, number: usize, slow: bool, memory: &mut Memory) -> Result<(Line, Welcome), Unreached> {
    let mut line = Line::new(class.target.connect(number, slow).await?);
    let token = &class.tokens[number % class.tokens.len()];
    let mut hello = json!({"type": "hello", "client": concat!("loadtest/", env!("CARGO_PKG_VERSION")), "token": token});
    if let Some(resume) = &memory.resume {
        hello["resume"] = json!(resume);
        hello["last_n"] = json!(memory.last_n);
    }
    if Class::is_among(number, class.manners.quiz_share) {
        hello["lecture"] = json!({"url": lecture::ADDRESS, "title": "Paging", "duration_s": 3600.0});
    }
    let failed = |gone: crate::line::Gone| Unreached::Failed(gone.sentence());
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
                return Ok((line, Welcome { at: class.now(), now_ms, rate, recovered }));
            }
            "error" => return Err(Unreached::Failed(format!("{}: {}", answer.code, answer.message))),
            // Only an error may come before the welcome.
            _ => class.totals.lock().error("violation_no_welcome", &text),
        }
    }
}
