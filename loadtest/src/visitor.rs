//! A client that asks and waits for the answer: for single questions, not for load.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::Message;

use crate::answer::Answer;
use crate::connect::{Target, Unreached};
use crate::greeting::{self, Caller, Memory};
use crate::line::{Event, Gone, Line, frame_message};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Frames that may be dropped before the server is given up.
const TRIES: u32 = 20;
/// Between them.
const PAUSE: Duration = Duration::from_millis(200);

/// A connected client.
pub struct Visitor {
    line: Line,
    seq: u32,
    began: Instant,
}

/// What a verdict says.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Whether there is a face.
    pub face: bool,
    /// The server's word.
    pub eyes: String,
    /// How likely the eyes are closed; none without a face.
    pub closed: Option<f64>,
    /// From sending to the verdict.
    pub latency: Duration,
}

impl Visitor {
    /// Connects and is welcomed.
    ///
    /// # Errors
    /// When it is not.
    pub async fn join(target: &Target, token: &str, number: usize) -> Result<Self, Unreached> {
        let caller = Caller { number, slow: false, token, has_lecture: false };
        let (line, _) = greeting::greet(target, caller, &mut Memory::default()).await?;
        Ok(Self { line, seq: 0, began: Instant::now() })
    }

    /// Sends a message.
    ///
    /// # Errors
    /// When the connection is gone.
    pub fn say(&mut self, words: &str) -> anyhow::Result<()> {
        self.line.put(Message::text(words.to_owned())).map_err(gone)
    }

    /// Sends a picture and waits for its verdict; what is dropped is sent again a little later.
    ///
    /// # Errors
    /// When the connection is gone, when the server answers with an error, or when it never looks.
    pub async fn look(&mut self, jpeg: &[u8]) -> anyhow::Result<Seen> {
        for _ in 0..TRIES {
            let seq = self.seq;
            self.seq += 1;
            let sent = Instant::now();
            self.line.put(Message::Binary(frame_message(seq, self.began.elapsed(), jpeg))).map_err(gone)?;
            let seen = timeout(PATIENCE, self.verdict(seq, sent)).await.context("no answer to a frame")??;
            if let Some(seen) = seen {
                return Ok(seen);
            }
            tokio::time::sleep(PAUSE).await;
        }
        bail!("the server dropped {TRIES} frames in a row")
    }

    async fn verdict(&mut self, seq: u32, sent: Instant) -> anyhow::Result<Option<Seen>> {
        loop {
            let Event::Text(text) = self.line.next(true).await.map_err(gone)? else { continue };
            let answer = Answer::parse(&text).context("bad JSON")?;
            match &*answer.message_type {
                "verdict" if answer.seq == Some(seq) => {
                    return Ok(Some(Seen {
                        face: answer.presence == "face",
                        eyes: answer.eyes.clone().into_owned(),
                        closed: answer.closed,
                        latency: sent.elapsed(),
                    }));
                }
                "dropped" if answer.seq == Some(seq) => return Ok(None),
                "error" => bail!("the server answered with {}: {}", answer.code, answer.message),
                _ => drop::<bool>(self.heartbeat(&answer)?),
            }
        }
    }

    /// Listens, and answers and counts heartbeats, until the connection is gone: how it ended. Nothing is lost when it is
    /// cancelled.
    pub async fn idle(&mut self, heartbeats: &AtomicU64) -> anyhow::Error {
        loop {
            match self.line.next(true).await {
                Ok(Event::Text(text)) => {
                    let answer = Answer::parse(&text).context("bad JSON");
                    match answer.and_then(|answer| self.heartbeat(&answer)) {
                        Ok(beat) => drop(heartbeats.fetch_add(u64::from(beat), Ordering::Relaxed)),
                        Err(error) => return error,
                    }
                }
                Ok(_) => {}
                Err(error) => return gone(error),
            }
        }
    }

    /// Answers a ping; whether it was one.
    fn heartbeat(&mut self, answer: &Answer<'_>) -> anyhow::Result<bool> {
        let is_ping = answer.message_type == "ping";
        if is_ping {
            self.say(&format!(r#"{{"type":"pong","n":{}}}"#, answer.n))?;
        }
        Ok(is_ping)
    }

    /// Says goodbye, and does not wait for the answer.
    pub fn leave(mut self) {
        // Whoever is gone already needs no goodbye.
        let _ = self.say(r#"{"type":"end"}"#);
    }
}

fn gone(gone: Gone) -> anyhow::Error {
    anyhow::anyhow!("{}", gone.sentence())
}
