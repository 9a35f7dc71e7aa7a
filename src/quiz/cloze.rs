//! Fill-in questions without a network: informative sentences, key terms, distractors from the same lecture.
//!
//! Everything follows from the text: the same transcript always gives the same questions. An hour of lecture takes milliseconds.
//!
//! How Korean is parted. A dictionary would know more than the rules in `korean`, but none can be had here on fair terms. lindera
//! embeds mecab-ko-dic only by downloading it while it is built (its build script asks a web site, not the crate registry), so
//! that a build without a network breaks; the dictionary then makes the program larger by about a hundred megabytes. mecab-ko brings the
//! tokenizer without a dictionary. Bindings to Kiwi download a C++ library and a model when they start. What the maker needs is less
//! than a tokenizer gives: nouns that come up several times in one lecture. Those show themselves, by standing with different
//! particles.

mod ask;
mod candidates;
mod distractors;
mod english;
mod korean;
mod lecture;
mod statement;
mod terms;
mod token;
mod words;

#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;

use whatlang::Lang;

use self::candidates::Candidate;
use self::lecture::{Lecture, Tongue};
use super::question::{ChunkDone, Dropped, Question};
use super::transcript::{Chunk, Transcript};

/// Candidates tried for one part, the best first.
const TRIED: usize = 60;
/// Seconds of lecture that a part must have for its second question.
const LONG: f64 = 80.0;
/// Questions before, whose answers are not asked for again.
const REMEMBERED: usize = 6;
/// Questions are wanted further from each other than this, in sentences.
const NEAR: usize = 4;

/// Where English has no full stops, as in captions made by machines, every sentence would be a guess, and many a question nonsense.
const RUNS_ON: &str = "these subtitles have no full stops, so that no sentence can be told from the next; a language model can do without";

/// What the maker knows of a lecture, read once.
pub struct Maker<'a> {
    transcript: &'a Transcript,
    /// None for a language that it does not know.
    lecture: Option<Lecture<'a>>,
}

impl<'a> Maker<'a> {
    /// Reads the whole lecture: time and memory grow with its length only.
    pub fn new(transcript: &'a Transcript) -> Self {
        let tongue = match transcript.language() {
            Lang::Eng => Some(Tongue::English),
            Lang::Kor => Some(Tongue::Korean),
            _ => None,
        };
        let texts = transcript.sentences().iter().map(|sentence| sentence.text.as_str());
        Self { transcript, lecture: tongue.map(|tongue| Lecture::read(texts, tongue)) }
    }

    /// One or two questions about a part of the lecture, or why there are none; `earlier`: what was asked before, along the lecture.
    pub fn chunk(&self, chunk: &Chunk, earlier: &[Question]) -> ChunkDone {
        let made = match &self.lecture {
            Some(lecture) if lecture.runs_on() => Err(RUNS_ON.to_owned()),
            Some(lecture) => self.questions(lecture, chunk, earlier),
            None => Err(format!(
                "questions can be made without a language model in English and Korean only, and this lecture is in {}",
                self.transcript.language().eng_name()
            )),
        };
        let dropped = |why| vec![Dropped { chunk: chunk.index, why }];
        match made {
            Ok(questions) => ChunkDone { chunk: chunk.index, questions, dropped: Vec::new() },
            Err(why) => ChunkDone { chunk: chunk.index, questions: Vec::new(), dropped: dropped(why) },
        }
    }

    fn questions(&self, lecture: &Lecture<'_>, chunk: &Chunk, earlier: &[Question]) -> Result<Vec<Question>, String> {
        let mut left = candidates::find(lecture, chunk.sentences.clone());
        if left.is_empty() {
            return Err("no sentence in this part says enough on its own to be asked".to_owned());
        }
        left.truncate(TRIED);
        let wanted = if chunk.end_s - chunk.start_s >= LONG { 2 } else { 1 };
        let (mut made, tried): (Vec<Question>, usize) = (Vec::new(), left.len());
        while made.len() < wanted && !left.is_empty() {
            let best = left.remove(0);
            let recent = earlier.iter().rev().take(REMEMBERED).chain(&made);
            let seen: Vec<&str> = recent.flat_map(|other| &other.options).map(|choice| choice.text.as_str()).collect();
            let Some(question) = ask::ask(self.transcript, lecture, chunk.index, &best, &seen) else { continue };
            if earlier.iter().rev().take(REMEMBERED).chain(&made).any(|other| repeats(other, &question)) {
                continue;
            }
            made.push(question);
            away_from(&mut left, &best);
        }
        made.sort_by(|a, b| a.at_s.total_cmp(&b.at_s));
        let none = format!(
            "none of {tried} blanks in this part has three wrong options that fit it, or all were asked before"
        );
        if made.is_empty() { Err(none) } else { Ok(made) }
    }
}

/// One or two questions about a part of the lecture, or why there are none. Reads the whole lecture: for more than one part,
/// [`Maker`] reads it once.
pub fn chunk(transcript: &Transcript, chunk: &Chunk, earlier: &[Question]) -> ChunkDone {
    Maker::new(transcript).chunk(chunk, earlier)
}

/// Every part of the lecture, in order.
pub fn lecture(transcript: &Transcript) -> Vec<ChunkDone> {
    let maker = Maker::new(transcript);
    let mut asked: Vec<Question> = Vec::new();
    let mut all = Vec::new();
    for chunk in transcript.chunks() {
        let done = maker.chunk(chunk, &asked);
        asked.extend(done.questions.iter().cloned());
        all.push(done);
    }
    all
}

/// The same answer, the same sentence, or an option that answered the other.
fn repeats(other: &Question, question: &Question) -> bool {
    let key = |question: &Question| question.options.get(question.key).map(|choice| choice.text.to_lowercase());
    key(other) == key(question) || other.quote == question.quote || other.cues == question.cues
}

/// Puts what is near a question that was just made behind the rest, and leaves its own sentences out.
fn away_from(left: &mut Vec<Candidate>, made: &Candidate) {
    left.retain(|other| !other.lines.iter().any(|line| made.lines.contains(line)));
    let near =
        |other: &Candidate| other.lines.iter().any(|line| made.lines.iter().any(|at| at.abs_diff(*line) <= NEAR));
    left.sort_by_key(near);
}
