//! What holds for the question as a whole and for its options together.

#[cfg(test)]
mod tests;

use whatlang::Lang;

use super::{Draft, Flaw, Place, hygiene, language, text};
use crate::quiz::question::{Choice, Question};

/// Options of a question.
const OPTIONS: usize = 4;
/// Characters of a question.
const QUESTION: (usize, usize) = (10, 300);
/// Characters of an option.
const OPTION: (usize, usize) = (1, 160);
/// Characters of a reason.
const REASON: (usize, usize) = (1, 400);
/// Letters of the language's own script, of all letters, in a question and in one reason.
const OWN_QUESTION: f64 = 0.2;
const OWN_REASON: f64 = 0.1;
/// Likeness of questions from which on they are the same: on sentences of these tests, rewordings have 0.8 and more.
const REPEATED: f64 = 0.8;
/// Folded; what speaks of the other options.
const ALL_OR_NONE: [&str; 22] = [
    "all of the above",
    "none of the above",
    "all the above",
    "all of these",
    "none of these",
    "any of the above",
    "all of the options",
    "all options",
    "none of the options",
    "all answers",
    "both a and b",
    "both of the above",
    "위의 모두",
    "위 모두",
    "위의 보기 모두",
    "모두 정답",
    "모두 맞",
    "모두 옳",
    "모두 해당",
    "해당 없음",
    "정답 없음",
    "보기에 없",
];
/// Particles that follow a noun in Korean without a space; the longer ones begin with these or are told in full.
const PARTICLES: [&str; 26] = [
    "은",
    "는",
    "이",
    "가",
    "을",
    "를",
    "의",
    "에",
    "에서",
    "에는",
    "로",
    "으로",
    "와",
    "과",
    "도",
    "만",
    "란",
    "이란",
    "라는",
    "이라는",
    "인가",
    "인가요",
    "입니까",
    "이다",
    "하는",
    "에게",
];
/// Words that a sentence ends with in Korean and Japanese when something is asked for.
const ASKING: [&str; 10] = ["까", "시오", "세요", "나요", "가요", "인가", "는가", "은가", "것은", "か"];
/// Written without question marks.
const MARKLESS: [Lang; 4] = [Lang::Tha, Lang::Khm, Lang::Mya, Lang::Amh];

/// Every rule that needs nothing but the draft and the lecture's language.
pub fn texts(draft: &Draft, lecture: Lang) -> Result<(), Flaw> {
    question(&draft.question, lecture)?;
    options(&draft.options)?;
    if draft.key >= draft.options.len() {
        return Err(Flaw::KeyUnclear);
    }
    reasons(&draft.options)?;
    languages(&draft.question, &draft.options, lecture)?;
    given_away(&draft.question, &draft.options, draft.key)?;
    lengths(&draft.options, draft.key)
}

/// Its length and characters, and that it asks.
fn question(question: &str, language: Lang) -> Result<(), Flaw> {
    hygiene::clean(question, Place::Question, QUESTION.0, QUESTION.1)?;
    let said = question.trim_end_matches(['"', '\'', ')', ']', '”', '’', '」']);
    let marked = said.ends_with(['?', '？', '؟', ';', '\u{37e}', '՞']) || question.contains("__");
    let bare = said.trim_end_matches(['.', '。']);
    let asks = marked || ASKING.iter().any(|end| bare.ends_with(end)) || MARKLESS.contains(&language);
    let letters = question.chars().filter(|c| c.is_alphanumeric()).count();
    if asks && letters >= QUESTION.0 / 2 { Ok(()) } else { Err(Flaw::NotAsked) }
}

/// Four, clean, distinct, each for itself.
fn options(options: &[Choice]) -> Result<(), Flaw> {
    if options.len() != OPTIONS {
        return Err(Flaw::OptionCount(options.len()));
    }
    for (at, option) in options.iter().enumerate() {
        hygiene::clean(&option.text, Place::Option(at), OPTION.0, OPTION.1)?;
        hygiene::clean(&option.reason, Place::Reason(at), REASON.0, REASON.1)?;
    }
    let folded: Vec<String> = options.iter().map(|option| bare(&option.text)).collect();
    distinct(&folded)?;
    let speaks = |text: &String| ALL_OR_NONE.iter().any(|phrase| text.contains(phrase));
    folded.iter().position(speaks).map_or(Ok(()), |at| Err(Flaw::AllOrNone(at)))
}

fn distinct(folded: &[String]) -> Result<(), Flaw> {
    for (at, text) in folded.iter().enumerate() {
        if let Some(earlier) = folded.iter().take(at).position(|other| other == text) {
            return Err(Flaw::SameOptions(earlier, at));
        }
    }
    Ok(())
}

/// An option as it is compared: folded, without a label. One that is all punctuation stays as it is.
fn bare(option: &str) -> String {
    let text = text::unlabelled(option).1;
    let folded = text::fold(text);
    if folded.is_empty() { text.to_owned() } else { folded }
}

/// At least one differs.
fn reasons(options: &[Choice]) -> Result<(), Flaw> {
    let mut folded = options.iter().map(|option| text::fold(&option.reason));
    let first = folded.next().unwrap_or_default();
    if folded.all(|reason| reason == first) { Err(Flaw::SameReasons) } else { Ok(()) }
}

/// The right answer stands in the question, and not all the others do so, too.
fn given_away(question: &str, options: &[Choice], key: usize) -> Result<(), Flaw> {
    let folded = text::fold(question);
    let stands = |option: &Choice| holds(&folded, &bare(&option.text));
    let given = options.get(key).is_some_and(stands) && !options.iter().all(stands);
    if given { Err(Flaw::GivenAway) } else { Ok(()) }
}

/// Whole words; a Korean noun may have a particle. A single letter is no word.
fn holds(question: &str, words: &str) -> bool {
    let single = words.chars().count() < 2 && words.chars().all(|c| c.is_ascii_alphabetic());
    !single
        && question.match_indices(words).any(|(at, _)| {
            let begins = at == 0 || question[..at].ends_with(' ');
            let after = question[at + words.len()..].split(' ').next().unwrap_or_default();
            begins && (after.is_empty() || PARTICLES.contains(&after))
        })
}

/// The right answer is no giveaway by its length.
fn lengths(options: &[Choice], key: usize) -> Result<(), Flaw> {
    let length = |option: &Choice| text::length(&option.text) as f64;
    let right = options.get(key).map_or(0.0, length);
    let others = || options.iter().enumerate().filter(|(at, _)| *at != key).map(|(_, option)| length(option));
    let (shortest, longest) = (others().fold(f64::INFINITY, f64::min), others().fold(0.0, f64::max));
    if right > 1.6 * longest + 8.0 {
        return Err(Flaw::KeyLong);
    }
    if right < 0.4 * shortest - 8.0 { Err(Flaw::KeyShort) } else { Ok(()) }
}

/// Question and reasons are in the lecture's language, options at least in its letters or Latin ones. One reason may be
/// little else than terms; all together may not, and are long enough to tell languages of one script apart.
fn languages(question: &str, options: &[Choice], lecture: Lang) -> Result<(), Flaw> {
    language::spoken(question, Place::Question, lecture, OWN_QUESTION)?;
    for (at, option) in options.iter().enumerate() {
        language::terms(&option.text, Place::Option(at), lecture)?;
        language::spoken(&option.reason, Place::Reason(at), lecture, OWN_REASON)?;
    }
    let reasons = options.iter().map(|option| option.reason.as_str());
    let all: Vec<&str> = std::iter::once(question).chain(reasons).collect();
    language::spoken(&all.join(" "), Place::Question, lecture, language::OWN)
}

/// No earlier one asks nearly the same, or has the same quote and answer.
pub fn repeated(asked: &Question, earlier: &[&Question]) -> Result<(), Flaw> {
    let (question, quote, key) = (text::fold(&asked.question), text::fold(&asked.quote), answer(asked));
    let same = |other: &&Question| {
        text::likeness(&question, &text::fold(&other.question)) >= REPEATED
            || (text::fold(&other.quote) == quote && answer(other) == key)
    };
    if earlier.iter().any(same) { Err(Flaw::Repeated) } else { Ok(()) }
}

fn answer(question: &Question) -> String {
    question.options.get(question.key).map(|option| bare(&option.text)).unwrap_or_default()
}
