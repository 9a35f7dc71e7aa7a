//! A model that does as it is asked: questions on the numbered lines of a prompt, the right answers to them, notes.

use std::collections::HashMap;
use std::sync::Mutex;

use serde_json::{Value, json};

use super::{Act, Asked};

/// Words of a line's end that are asked for.
const TAIL: usize = 2;
/// Questions of one reply; who wants fewer takes the first.
const MOST: usize = 3;

/// Remembers the right answers to its questions.
#[derive(Default)]
pub struct Model {
    keys: Mutex<HashMap<String, String>>,
}

impl Model {
    /// The reply to questions, answers or notes; an empty object to anything else.
    pub fn act(&self, asked: &Asked) -> Act {
        Act::Say(self.reply(asked).to_string())
    }

    pub fn reply(&self, asked: &Asked) -> Value {
        match asked.field() {
            "questions" => self.questions(asked.user()),
            "answers" => self.answers(asked.user()),
            "notes" => notes(asked.user()),
            _ => json!({}),
        }
    }

    /// Of lines that were not asked about before.
    pub fn questions(&self, prompt: &str) -> Value {
        let lines = lines(prompt);
        let about = lines.iter().filter_map(|(number, line)| {
            let (question, key) = question(line)?;
            (!prompt.contains(&question)).then(|| self.item(*number, line, question, key, &lines))
        });
        json!({"questions": about.take(MOST).collect::<Vec<_>>()})
    }

    fn item(&self, number: usize, line: &str, question: String, key: String, lines: &[(usize, String)]) -> Value {
        let korean = is_korean(line);
        let others = lines
            .iter()
            .filter_map(|(_, line)| tail(line))
            .filter(|other| *other != key && !question.contains(other.trim_end_matches('.')));
        let mut wrong: Vec<String> = others.fold(Vec::new(), |mut wrong, other| {
            if wrong.len() < 3 && !wrong.contains(&other) {
                wrong.push(other);
            }
            wrong
        });
        let fillers = if korean {
            ["전혀 다른 말", "아무 말 없음", "질문을 받음"]
        } else {
            ["some other words", "nothing at all", "a short break"]
        };
        wrong.extend(fillers.iter().map(|filler| (*filler).to_owned()).take(3 - wrong.len()));
        let reason = |right: bool| match (korean, right) {
            (true, true) => "강의에서 바로 그렇게 이어서 말했습니다.",
            (true, false) => "강의의 다른 곳에서 한 말이거나 하지 않은 말입니다.",
            (false, true) => "These are the words that follow in the lecture.",
            (false, false) => "These words belong to another place in the lecture.",
        };
        let option = |text: &String, right| json!({"text": text, "reason": reason(right)});
        let mut options: Vec<Value> = wrong.iter().map(|text| option(text, false)).collect();
        let place = number % 4;
        options.insert(place, option(&key, true));
        self.keys.lock().expect("no panic").insert(question.clone(), key);
        json!({"question": question, "options": options, "key": letter(place), "quote": line, "cues": [number]})
    }

    /// Wherever the prompt has them: the letter before the right option, after the question.
    pub fn answers(&self, prompt: &str) -> Value {
        let keys = self.keys.lock().expect("no panic");
        let mut found: Vec<(usize, &str)> =
            keys.iter().filter_map(|(question, key)| Some((prompt.rfind(question.as_str())?, key.as_str()))).collect();
        found.sort_unstable();
        let answers = found.iter().enumerate().map(|(index, (at, key))| {
            let line = prompt[*at..].lines().skip(1).find(|line| line.trim().ends_with(key)).unwrap_or("none");
            let letter = line.chars().find(|c| ('A'..='D').contains(c)).map_or("none".to_owned(), String::from);
            json!({"number": index + 1, "answer": letter})
        });
        json!({"answers": answers.collect::<Vec<_>>()})
    }
}

/// One for each numbered question that was answered wrong.
fn notes(prompt: &str) -> Value {
    let told =
        |label: &str| prompt.lines().filter_map(|line| line.strip_prefix(label)).map(str::to_owned).collect::<Vec<_>>();
    let wrong = told("Right answer: ").into_iter().zip(told("What was said: "));
    let note = |(index, (right, said)): (usize, (String, String))| {
        let explanation = if is_korean(&said) {
            format!("강의에서 설명한 대로 알맞은 답은 다음과 같습니다: {right}")
        } else {
            format!("As the lecturer explained, the right answer is this one: {right}")
        };
        json!({"number": index + 1, "keyword": right, "explanation": explanation, "quote": said})
    };
    json!({"notes": wrong.enumerate().map(note).collect::<Vec<_>>()})
}

pub fn letter(place: usize) -> String {
    ["A", "B", "C", "D"].get(place).copied().unwrap_or_default().to_owned()
}

/// `[12] what was said`.
pub fn lines(prompt: &str) -> Vec<(usize, String)> {
    let line = |line: &str| {
        let (number, said) = line.trim().strip_prefix('[')?.split_once(']')?;
        Some((number.parse().ok()?, said.trim().to_owned()))
    };
    prompt.lines().filter_map(line).collect()
}

fn is_korean(text: &str) -> bool {
    text.contains(|c| ('가'..='힣').contains(&c))
}

fn tail(line: &str) -> Option<String> {
    let words: Vec<&str> = line.split_whitespace().collect();
    (words.len() > 2 * TAIL).then(|| words[words.len() - TAIL..].join(" "))
}

fn question(line: &str) -> Option<(String, String)> {
    let tail = tail(line)?;
    let head = line.strip_suffix(&tail)?.trim();
    // Nobody need have listened to answer such a question.
    if head.contains(tail.trim_end_matches('.')) {
        return None;
    }
    let question = if is_korean(line) {
        format!("‘{head}’ 다음은 무엇인가요?")
    } else {
        format!("What follows “{head}”?")
    };
    Some((question, tail))
}
