//! From a sentence and a term in it to a question with four options and their reasons.

use std::ops::Range;

use super::candidates::Candidate;
use super::distractors::{self, Blank, Wrong};
use super::korean::josa;
use super::lecture::{Lecture, Tongue};
use super::statement::{points_back, without_fillers};
use super::terms::Term;
use super::token::{folded, span};
use crate::quiz::question::{Choice, Question};
use crate::quiz::transcript::{Sentence, Transcript};

/// What stands for the answer.
const BLANK: &str = "____";
/// Characters of a question, of its quote, and of a quote inside a reason: what the checks of written questions allow, or less.
const QUESTION: usize = 300;
const QUOTE: std::ops::RangeInclusive<usize> = 12..=400;
const SHORT_QUOTE: usize = 200;
/// Cues that a question may cite.
const CUES: usize = 12;

/// `seen`: options of the questions before. None where there are not three good wrong options, or the answer could be read off the question.
pub(super) fn ask(
    transcript: &Transcript,
    lecture: &Lecture<'_>,
    chunk: usize,
    from: &Candidate,
    seen: &[&str],
) -> Option<Question> {
    let said = sentences(transcript, &from.lines)?;
    let quote = said.iter().map(|sentence| sentence.text.as_str()).collect::<Vec<_>>().join(" ");
    let cues = said.first()?.cues.start..said.last()?.cues.end;
    let at_s = transcript.cues().get(cues.clone())?.last()?.end_s;
    if !QUOTE.contains(&quote.chars().count()) || cues.len() > CUES || !cited(transcript, cues.clone(), &quote) {
        return None;
    }
    let question = question(lecture, from)?;
    let (answer, plural) = answer(lecture, from)?;
    if visible(&question, &answer) || question.chars().count() > QUESTION {
        return None;
    }
    let text = quote.to_lowercase();
    let blank = Blank { lines: &from.lines, text: &text, place: &from.place, answer: &answer, plural, seen };
    let wrong = distractors::choose(lecture, blank)?;
    let (options, key) = options(transcript, lecture, &wrong, &answer, said.first()?, &quote)?;
    Some(Question { at_s, chunk, question, options, key, quote, cues })
}

fn sentences<'a>(transcript: &'a Transcript, lines: &[usize]) -> Option<Vec<&'a Sentence>> {
    lines.iter().map(|&line| transcript.sentences().get(line)).collect()
}

/// The quote stands in the cited cues, word for word.
fn cited(transcript: &Transcript, cues: Range<usize>, quote: &str) -> bool {
    let texts: Vec<&str> =
        transcript.cues().get(cues).unwrap_or_default().iter().map(|cue| cue.text.as_str()).collect();
    texts.join(" ").contains(quote)
}

fn question(lecture: &Lecture<'_>, from: &Candidate) -> Option<String> {
    let asks = match lecture.tongue {
        Tongue::English => "Fill in the blank:",
        Tongue::Korean => "빈칸에 알맞은 말은?",
    };
    let mut question = asks.to_owned();
    for (&line, &first) in from.lines.iter().zip(&from.firsts) {
        question.push(' ');
        question.push_str(&without_fillers(&blanked(lecture, line, first, from.place.term)?));
    }
    Some(question)
}

/// A sentence from its token `first` on, with blanks for the term.
fn blanked(lecture: &Lecture<'_>, line: usize, first: usize, term: usize) -> Option<String> {
    let (places, line) = (lecture.places.get(line)?, lecture.lines.get(line)?);
    let mut at = line.tokens.get(first)?.word.start;
    let mut text = String::new();
    for place in places.iter().filter(|place| place.term == term && place.tokens.start >= first) {
        let word = line.tokens.get(place.tokens.start)?.word.start;
        let last = line.tokens.get(place.tokens.end.checked_sub(1)?)?;
        if word < at {
            continue;
        }
        text.push_str(&line.text[at..word]);
        open_article(&mut text);
        text.push_str(BLANK);
        let tail = &line.text[last.tail.clone()];
        text.push_str(josa::open(tail).unwrap_or(tail));
        at = last.tail.end;
    }
    text.push_str(line.text.get(at..).unwrap_or_default());
    let mut letters = text.chars();
    let begin = letters.next()?;
    Some(begin.to_uppercase().chain(letters).collect())
}

/// "a" or "an" before the blank would tell how the answer begins.
fn open_article(text: &mut String) {
    for article in ["a ", "an ", "A ", "An "] {
        let Some(before) = text.strip_suffix(article) else { continue };
        if before.is_empty() || before.ends_with([' ', '(', '"', '“']) {
            let both = if article.starts_with('A') { "A(n) " } else { "a(n) " };
            text.truncate(before.len());
            text.push_str(both);
            return;
        }
    }
}

/// The answer as an option, and whether it is a plural.
fn answer(lecture: &Lecture<'_>, from: &Candidate) -> Option<(String, bool)> {
    let line = lecture.lines.get(*from.lines.last()?)?;
    let tokens = line.tokens.get(from.place.tokens.clone())?;
    let text = line.text.get(span(tokens))?;
    let kind = lecture.terms.get(from.place.term)?.kind;
    Some((distractors::lower_case(text, kind, from.place.tokens.start == 0), tokens.last()?.plural))
}

/// The answer can be read in the question, be it across words.
fn visible(question: &str, answer: &str) -> bool {
    folded(question).contains(&folded(answer))
}

fn options(
    transcript: &Transcript,
    lecture: &Lecture<'_>,
    wrong: &[Wrong],
    answer: &str,
    said: &Sentence,
    quote: &str,
) -> Option<(Vec<Choice>, usize)> {
    let mut options = Vec::with_capacity(wrong.len() + 1);
    for wrong in wrong {
        let elsewhere = elsewhere(transcript, lecture, lecture.terms.get(wrong.term)?)?;
        options.push(Choice { text: wrong.text.clone(), reason: why_wrong(lecture.tongue, &wrong.text, &elsewhere) });
    }
    let mut chance = fastrand::Rng::with_seed(seed(quote));
    chance.shuffle(&mut options);
    let key = chance.usize(0..=options.len());
    options.insert(key, Choice { text: answer.to_owned(), reason: why_right(lecture.tongue, said, quote) });
    Some((options, key))
}

/// FNV-1a: the same text always leads to the same order.
fn seed(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

/// What was said of a term, and when: where it is named, or the first that is more than a few words.
fn elsewhere(transcript: &Transcript, lecture: &Lecture<'_>, term: &Term) -> Option<(f64, String)> {
    let long = |line: &usize| transcript.sentences().get(*line).is_some_and(|told| told.text.chars().count() >= 20);
    let uses = || term.uses.iter().take(20).map(|used| used.line);
    let line = term.defined.or_else(|| uses().find(long)).or_else(|| uses().next())?;
    let told = transcript.sentences().get(line)?;
    let points = term.defined.is_some() && points_back(lecture.lines.get(line)?, lecture.tongue);
    let before = line.checked_sub(1).filter(|_| points);
    Some(match before.and_then(|before| transcript.sentences().get(before)) {
        Some(before) => (before.start_s, format!("{} {}", before.text, told.text)),
        None => (told.start_s, told.text.clone()),
    })
}

fn why_right(tongue: Tongue, said: &Sentence, quote: &str) -> String {
    let (at, quote) = (clock(said.start_s), clipped(quote));
    match tongue {
        Tongue::English => format!("Said at {at}: “{quote}”"),
        Tongue::Korean => format!("{at}에 이렇게 말했습니다: “{quote}”"),
    }
}

fn why_wrong(tongue: Tongue, option: &str, (at_s, said): &(f64, String)) -> String {
    let (at, quote) = (clock(*at_s), clipped(said));
    match tongue {
        Tongue::English => format!("“{option}” comes up elsewhere, at {at}: “{quote}”"),
        Tongue::Korean => {
            let topic = josa::fitting(option, "은", "는", "은(는)");
            format!("“{option}”{topic} 다른 곳({at})에서 나온 말입니다: “{quote}”")
        }
    }
}

fn clipped(quote: &str) -> String {
    if quote.chars().count() <= SHORT_QUOTE {
        return quote.to_owned();
    }
    let kept: String = quote.chars().take(SHORT_QUOTE).collect();
    let whole = kept.rsplit_once(' ').map_or(kept.as_str(), |(whole, _)| whole);
    format!("{whole} …")
}

/// 3:12, or 1:03:12.
fn clock(seconds: f64) -> String {
    let whole = seconds.max(0.0) as u64;
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    if hours > 0 { format!("{hours}:{minutes:02}:{seconds:02}") } else { format!("{minutes}:{seconds:02}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_do_not_give_the_answer_away() {
        for (before, after) in [("This is an ", "This is a(n) "), ("A ", "A(n) "), ("ATA ", "ATA "), ("the ", "the ")] {
            let mut text = before.to_owned();
            open_article(&mut text);
            assert_eq!(text, after);
        }
    }

    #[test]
    fn quotes_are_clipped_between_words() {
        assert_eq!(clipped("short"), "short");
        let long = clipped(&"가나다 ".repeat(100));
        assert!(long.ends_with("가나다 …") && long.chars().count() <= SHORT_QUOTE + 2);
        assert_eq!((clock(192.9), clock(3792.0), clock(-1.0)), ("3:12".into(), "1:03:12".into(), "0:00".into()));
    }
}
