//! Review notes against a server that misbehaves.

use std::time::{Duration, Instant};

use loa::quiz::llm::Llm;
use loa::quiz::review::{Note, Source, Wrong, notes};
use loa::quiz::transcript::Lang;
use serde_json::json;

use crate::llm_server::good::Model;
use crate::llm_server::{Act, Asked, LlmServer};
use crate::quiz_llm::settings;

fn say(reply: impl ToString) -> Act {
    Act::Say(reply.to_string())
}

fn wrong(count: usize, language: Lang) -> Vec<Wrong> {
    let (right, said) = match language {
        Lang::Kor => ("엽록체", "광합성은 식물의 엽록체에서 일어나는 과정입니다"),
        _ => ("the chloroplast", "photosynthesis happens in the chloroplast of the plant"),
    };
    let one = |number: usize| Wrong {
        question: format!("{number}?"),
        options: vec!["x".to_owned(), right.to_owned(), "y".to_owned(), "z".to_owned()],
        key: 1,
        chosen: number.is_multiple_of(2).then_some(0),
        reason: said.to_owned(),
        quote: said.to_owned(),
        context: said.to_owned(),
        at_s: number as f64,
        language,
    };
    (0..count).map(one).collect()
}

async fn noted(act: impl Fn(&Asked) -> Act + Send + Sync + 'static, wrong: &[Wrong]) -> (Vec<Note>, usize) {
    let server = LlmServer::start(act).await;
    let llm = Llm::new(&settings(&server.base_url)).expect("good settings");
    let begun = Instant::now();
    let notes = notes(Some(&llm), wrong).await;
    assert!(begun.elapsed() < Duration::from_secs(13));
    assert_eq!(
        notes.iter().map(|note| note.at_s).collect::<Vec<_>>(),
        wrong.iter().map(|wrong| wrong.at_s).collect::<Vec<_>>()
    );
    (notes, server.requests().len())
}

#[tokio::test]
async fn notes_come_from_the_model_or_from_the_cues() {
    let by = |notes: &[Note], source| notes.iter().filter(|note| note.source == source).count();
    for language in [Lang::Kor, Lang::Eng] {
        let model = Model::default();
        let (notes, requests) = noted(move |asked| model.act(asked), &wrong(45, language)).await;
        assert_eq!((by(&notes, Source::Llm), requests), (45, 3));
    }
    let spoilt = |asked: &Asked| {
        let mut reply = Model::default().reply(asked);
        reply["notes"][0]["quote"] = json!("nobody ever said these words here");
        reply["notes"][1]["explanation"] = json!("See https://evil.example for the whole story.");
        reply["notes"][2]["number"] = json!(u64::MAX);
        say(reply)
    };
    let (notes, _) = noted(spoilt, &wrong(5, Lang::Eng)).await;
    let sources: Vec<Source> = notes.iter().map(|note| note.source).collect();
    assert_eq!(sources, [Source::Cues, Source::Cues, Source::Cues, Source::Llm, Source::Llm]);
    for act in [
        Act::Hang,
        say("네 알겠습니다!"),
        Act::Status(500, Vec::new(), String::new()),
        Act::Status(401, Vec::new(), String::new()),
    ] {
        let (notes, _) = noted(move |_| act.clone(), &wrong(45, Lang::Kor)).await;
        assert_eq!(by(&notes, Source::Cues), 45);
    }
    assert_eq!(notes_without(&wrong(3, Lang::Kor)).await, 3);
    assert_eq!(notes_without(&[]).await, 0);
}

async fn notes_without(wrong: &[Wrong]) -> usize {
    notes(None, wrong).await.len()
}
