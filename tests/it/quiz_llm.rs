//! The language model's client against a server that misbehaves.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::join_all;
use loa::quiz::llm::{Ask, Llm, LlmError, Reply, SecretString, Settings, Usage};
use serde_json::json;

use crate::llm_server::{Act, LlmServer, Then, error};

/// A noisy machine may take so much longer than the settings say.
const SLACK: Duration = Duration::from_secs(3);

/// Short waits, so that tests are short.
pub fn settings(base_url: &str) -> Settings {
    Settings {
        base_url: base_url.to_owned(),
        api_key: Some(SecretString::from("sk-test")),
        model: "test".to_owned(),
        connect: Duration::from_secs(2),
        first_token: Duration::from_secs(1),
        total: Duration::from_secs(10),
        attempts: 3,
        budget: Duration::from_secs(20),
        reply_bytes: 16 * 1024,
        max_tokens: 100,
    }
}

async fn ask(llm: &Llm) -> Result<Reply, LlmError> {
    let schema = json!({"type": "object", "properties": {}, "required": [], "additionalProperties": false});
    llm.ask(&Ask { system: "do", user: "it", schema_name: "thing", schema: &schema, temperature: 0.3 }).await
}

async fn asked(server: &LlmServer) -> Result<Reply, LlmError> {
    let settings = settings(&server.base_url);
    let begun = Instant::now();
    let reply = ask(&Llm::new(&settings).expect("good settings")).await;
    assert!(begun.elapsed() < settings.budget + SLACK, "{:?}", begun.elapsed());
    reply
}

fn say(text: &str) -> Act {
    Act::Say(text.to_owned())
}

fn status(status: u16, header: &str) -> Act {
    let headers = if header.is_empty() { Vec::new() } else { vec![header.to_owned()] };
    Act::Status(status, headers, r#"{"error": {"message": "not now"}}"#.to_owned())
}

fn half(then: Then) -> Act {
    Act::SayThen("half of".to_owned(), then)
}

/// These acts one after the other, the last for ever; how it ends, and after how many requests.
async fn ends(acts: Vec<Act>) -> (Result<String, LlmError>, usize) {
    let server = LlmServer::start(move |asked| acts[(asked.nth - 1).min(acts.len() - 1)].clone()).await;
    let reply = asked(&server).await.map(|reply| reply.text);
    (reply, server.requests().len())
}

#[tokio::test]
async fn a_reply_is_streamed_and_counted() {
    let server = LlmServer::start(|_| say("안녕하세요, 여러분. How are you?")).await;
    let reply = asked(&server).await.expect("a reply");
    let tokens = Some(Usage { prompt: 100, completion: 50 });
    assert_eq!(reply, Reply { text: "안녕하세요, 여러분. How are you?".to_owned(), tokens, tries: 1 });
    assert_eq!(server.keys(), [Some("Bearer sk-test".to_owned())]);
    let request = &server.requests()[0];
    assert_eq!((&request["model"], &request["stream"], request.get("tools")), (&json!("test"), &json!(true), None));
}

#[tokio::test]
async fn no_key_no_header() {
    let server = LlmServer::start(|_| say("ok")).await;
    let llm = Llm::new(&Settings { api_key: None, ..settings(&server.base_url) }).expect("good settings");
    ask(&llm).await.expect("a reply");
    assert_eq!(server.keys(), [None]);
}

#[tokio::test]
async fn a_server_that_does_not_stream_is_understood() {
    assert_eq!(ends(vec![Act::SayWhole("all at once".to_owned())]).await, (Ok("all at once".to_owned()), 1));
}

#[tokio::test]
async fn the_format_steps_down_and_is_remembered() {
    for (refused, wanted) in [(vec!["json_schema"], "json_object"), (vec!["json_schema", "json_object"], "")] {
        let steps = refused.len();
        let server = LlmServer::start(move |asked| match asked.format() {
            format if refused.contains(&format) => error(400, "'response_format' of this type is unsupported", ""),
            _ => say("ok"),
        })
        .await;
        let llm = Llm::new(&settings(&server.base_url)).expect("good settings");
        assert_eq!(ask(&llm).await.expect("a reply").tries as usize, steps + 1);
        assert_eq!(ask(&llm).await.expect("a reply").tries, 1, "{wanted} is remembered");
        let requests = server.requests();
        assert_eq!(requests[steps]["response_format"]["type"].as_str().unwrap_or_default(), wanted);
        assert_eq!(requests[steps + 1]["response_format"], requests[steps]["response_format"]);
    }
}

#[tokio::test]
async fn a_reasoning_model_gets_its_own_parameters() {
    let server = LlmServer::start(|asked| {
        if asked.body.get("max_tokens").is_some() {
            return error(400, "Use 'max_completion_tokens' instead of 'max_tokens'.", "unsupported_parameter");
        }
        if asked.body.get("temperature").is_some() {
            return error(400, "'temperature' does not support 0.3 with this model.", "unsupported_value");
        }
        say("ok")
    })
    .await;
    assert_eq!(asked(&server).await.expect("a reply").tries, 3);
    assert_eq!(server.requests()[2]["response_format"]["type"], "json_schema");
}

#[tokio::test]
async fn what_a_person_must_change_is_told_at_once() {
    let no_model = r#"{"error": {"message": "The model `test` does not exist", "code": "model_not_found"}}"#;
    let (result, requests) = ends(vec![Act::Status(404, Vec::new(), no_model.to_owned())]).await;
    assert_eq!(requests, 1);
    assert!(matches!(&result, Err(error @ LlmError::Model { .. }) if error.is_hopeless()), "{result:?}");
    for (act, wanted) in [
        (status(401, ""), LlmError::Unauthorized),
        (status(403, ""), LlmError::Unauthorized),
        (Act::Status(404, Vec::new(), "<html>404</html>".to_owned()), LlmError::NoApi),
        (status(302, "location: http://127.0.0.1:1/"), LlmError::NoApi),
        (Act::Status(200, Vec::new(), "<!DOCTYPE html><p>Welcome".to_owned()), LlmError::NoApi),
        (error(429, "You exceeded your current quota", "insufficient_quota"), LlmError::Quota),
    ] {
        assert!(wanted.is_hopeless());
        assert_eq!(ends(vec![act]).await, (Err(wanted), 1));
    }
}

#[tokio::test]
async fn a_request_that_is_refused_as_such_is_not_repeated_for_ever() {
    let (result, requests) = ends(vec![status(400, "")]).await;
    assert_eq!(result, Err(LlmError::Rejected { status: 400, said: "not now".to_owned() }));
    assert_eq!(requests, 3, "once in each format");
}

#[tokio::test]
async fn trouble_that_passes_is_waited_out() {
    let ok = || Ok("ok".to_owned());
    let troubles = [
        vec![status(500, ""), status(503, ""), say("ok")],
        vec![Act::Status(200, Vec::new(), String::new()), say(" \n"), say("ok")],
        vec![Act::Hang, Act::Silent, say("ok")],
        vec![half(Then::Stall), half(Then::Reset), say("ok")],
    ];
    for end in join_all(troubles.map(ends)).await {
        assert_eq!(end, (ok(), 3));
    }
}

#[tokio::test]
async fn trouble_that_stays_is_given_up() {
    let wait = settings("").first_token;
    let ok = |body: &str| Act::Status(200, Vec::new(), body.to_owned());
    let troubles = [
        (status(500, ""), LlmError::Server { status: 500, said: "not now".to_owned() }),
        (ok(""), LlmError::Empty),
        (Act::Hang, LlmError::FirstToken(wait)),
        (Act::Silent, LlmError::FirstToken(wait)),
        (half(Then::Stall), LlmError::Stalled(wait)),
        (half(Then::Reset), LlmError::Broken),
        (ok(r#"{"choices": [{"mess"#), LlmError::Broken),
        (
            ok("data: {\"error\": {\"code\": 503, \"message\": \"x\"}}\n\n"),
            LlmError::Server { status: 503, said: "x".to_owned() },
        ),
    ];
    let ended = troubles.map(|(act, wanted)| async { (ends(vec![act]).await, wanted) });
    for (end, wanted) in join_all(ended).await {
        assert_eq!(end, (Err(wanted), 3));
    }
}

#[tokio::test]
async fn a_wish_to_wait_is_honoured_within_the_budget() {
    let begun = Instant::now();
    assert_eq!(ends(vec![status(429, "retry-after: 1"), say("ok")]).await, (Ok("ok".to_owned()), 2));
    assert!(begun.elapsed() >= Duration::from_secs(1));
    // A date has no fractions of a second.
    let in_2_s = jiff::Timestamp::now() + Duration::from_secs(2);
    let date = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&in_2_s).expect("a date");
    let begun = Instant::now();
    assert_eq!(ends(vec![status(429, &format!("retry-after: {date}")), say("ok")]).await, (Ok("ok".to_owned()), 2));
    assert!(begun.elapsed() >= Duration::from_millis(900));
    let begun = Instant::now();
    let too_long = Err(LlmError::RateLimited { wait: Some(Duration::from_secs(3600)) });
    assert_eq!(ends(vec![status(429, "retry-after: 3600")]).await, (too_long, 1));
    assert!(begun.elapsed() < SLACK);
}

#[tokio::test]
async fn floods_end_early() {
    let most = settings("").reply_bytes;
    let event = format!("data: {}\n\n", json!({"choices": [{"delta": {"content": "x".repeat(100)}}]}));
    let quiet = format!("data: {}\n\n", json!({"choices": [{"delta": {"reasoning": "x".repeat(100)}}]}));
    for (kind, each) in [
        ("application/json", b"{".repeat(10_000)),
        ("text/event-stream", b"data: x".repeat(1_000)),
        ("text/event-stream", event.into_bytes()),
        ("text/event-stream", quiet.into_bytes()),
        ("text/event-stream", b": ping\n".repeat(100)),
    ] {
        let begins = String::from_utf8_lossy(&each[..7]).into_owned();
        let server = LlmServer::start(move |_| Act::Flood(kind, each.clone())).await;
        assert_eq!(asked(&server).await, Err(LlmError::TooLarge(most)), "{begins}");
        assert_eq!(server.requests().len(), 1);
        assert!(server.flooded() < 10_000_000, "{begins} {}", server.flooded());
    }
}

#[tokio::test]
async fn ends_that_are_no_replies() {
    let finish = |reason| half(Then::Finish(reason));
    assert_eq!(ends(vec![finish("length")]).await, (Err(LlmError::CutOff(100)), 1));
    assert_eq!(ends(vec![finish("content_filter")]).await, (Err(LlmError::Refused), 1));
    assert_eq!(ends(vec![Act::SayThen("all".to_owned(), Then::StayOpen)]).await, (Ok("all".to_owned()), 1));
}

#[tokio::test]
async fn a_reply_that_takes_too_long_in_all_is_given_up() {
    let slow = r#"data: {"choices": [{"delta": {"content": "x"}}]}"#;
    let server = LlmServer::start(move |_| Act::Drip(slow.to_owned(), Duration::from_millis(100))).await;
    let quick = Settings { total: Duration::from_millis(1500), ..settings(&server.base_url) };
    let begun = Instant::now();
    assert_eq!(ask(&Llm::new(&quick).expect("good")).await, Err(LlmError::Total(quick.total)));
    assert!(begun.elapsed() < quick.total + SLACK);
    assert_eq!(server.requests().len(), 1);
    let short = Settings { budget: Duration::from_millis(700), ..settings(&server.base_url) };
    let begun = Instant::now();
    assert_eq!(ask(&Llm::new(&short).expect("good")).await, Err(LlmError::Budget(short.budget)));
    assert!(begun.elapsed() < short.budget + SLACK);
}

#[tokio::test]
async fn nobody_there() {
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port").local_addr().expect("an address");
    let result = ask(&Llm::new(&settings(&format!("http://{free}/v1"))).expect("good")).await;
    assert!(matches!(&result, Err(LlmError::Unreachable(why)) if why.contains("refused")), "{result:?}");
}

#[tokio::test]
async fn the_key_is_told_to_nobody() {
    let server = LlmServer::start(|_| error(400, &format!("bad key sk-test {}", "long ".repeat(100)), "")).await;
    let told = asked(&server).await.expect_err("refused").to_string();
    assert!(!told.contains("sk-test") && told.chars().count() < 300, "{told}");
    let settings = settings(&server.base_url);
    let shown = format!("{settings:?} {:?}", Llm::new(&settings).expect("good settings"));
    assert!(!shown.contains("sk-test"), "{shown}");
}

#[tokio::test]
async fn a_dropped_call_closes_its_connection() {
    for act in [Act::Hang, Act::Silent, half(Then::Stall)] {
        let server = LlmServer::start(move |_| act.clone()).await;
        let llm = Llm::new(&Settings { first_token: SLACK, ..settings(&server.base_url) }).expect("good");
        tokio::time::timeout(Duration::from_millis(200), ask(&llm)).await.expect_err("not yet");
        let begun = Instant::now();
        while server.hung_up() == 0 {
            assert!(begun.elapsed() < SLACK);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// What is logged, as text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("no panic").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn no_reply_is_logged_and_no_key() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(tracing::Level::DEBUG).with_writer(move || writer.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    tracing::info!("it works");
    let acts = [
        say("a secret reply"),
        Act::Status(500, Vec::new(), format!("the GPU\r\n\u{1b}[31m fell over {}", "again ".repeat(100))),
        Act::Status(400, Vec::new(), "a secret of sk-test".to_owned()),
        Act::Status(200, Vec::new(), "data: a secret event\n\n".to_owned()),
        Act::Status(200, Vec::new(), r#"data: {"choices": "a secret shape"}"#.to_owned()),
        Act::Status(200, Vec::new(), "{a secret body".to_owned()),
    ];
    for act in acts {
        let _ = ends(vec![act]).await;
    }
    let log = String::from_utf8_lossy(&log.0.lock().expect("no panic")).into_owned();
    assert!(log.contains("it works"));
    // Its own errors are the operator's: one line each, cut.
    assert!(log.contains("the GPU [31m fell over again") && log.contains("they repeat the key"), "{log}");
    assert!(log.matches("again").count() < 40, "{log}");
    assert!(!log.contains("secret") && !log.contains("sk-test"), "{log}");
}
