//! Between the words of the quiz room and those of the store.

use crate::quiz::play::Quiz;
use crate::quiz::question::{self, Question};
use crate::quiz::review::{self, Note, Wrong};
use crate::quiz::transcript::{Lang, Transcript, language_of};
use crate::store::{Choice, NewNote, NewQuiz, NoteSource, QuizId, StoredQuiz, UtcMs, WrongAnswer};

/// A question to be kept.
pub fn question(question: &Question, transcript: &Transcript) -> NewQuiz {
    let cited = transcript.cues().get(question.cues.clone()).unwrap_or_default();
    let context: Vec<&str> = cited.iter().map(|cue| cue.text.as_str()).collect();
    let choices = question.options.iter().enumerate().map(|(index, option)| Choice {
        words: option.text.clone(),
        correct: index == question.key,
        reason: Some(option.reason.clone()),
    });
    NewQuiz {
        at_s: question.at_s,
        question: question.question.clone(),
        explanation: None,
        choices: choices.collect(),
        quote: Some(question.quote.clone()),
        context: Some(context.join(" ")),
        cue_start_s: cited.first().map(|cue| cue.start_s),
        cue_end_s: cited.last().map(|cue| cue.end_s),
    }
}

/// A kept question to be asked; None for one without a right option.
pub fn stored(stored: &StoredQuiz) -> Option<Quiz> {
    fresh(stored.id, &stored.quiz)
}

/// The same, just kept.
pub fn fresh(id: QuizId, quiz: &NewQuiz) -> Option<Quiz> {
    let option = |choice: &Choice| question::Choice {
        text: choice.words.clone(),
        reason: choice.reason.clone().unwrap_or_default(),
    };
    Some(Quiz {
        id: id.0,
        at_s: quiz.at_s,
        question: quiz.question.clone(),
        options: quiz.choices.iter().map(option).collect(),
        key: quiz.choices.iter().position(|choice| choice.correct)?,
        explanation: quiz.explanation.clone(),
        quote: quiz.quote.clone(),
        quote_s: quiz.cue_start_s,
    })
}

/// A wrong answer to be explained. Where nothing was cited, as in sets made by hand, the question stands for it, and tells the language.
pub fn wrong(answer: &WrongAnswer, language: Option<&str>) -> Wrong {
    let index = |position: u32| usize::try_from(position.saturating_sub(1)).unwrap_or(usize::MAX);
    Wrong {
        question: answer.question.clone(),
        options: answer.choices.clone(),
        key: answer.right.map_or(0, index),
        chosen: answer.chosen.map(index),
        reason: answer.reason.clone().unwrap_or_default(),
        quote: answer.quote.clone().unwrap_or_default(),
        context: answer.context.clone().unwrap_or_default(),
        at_s: answer.at_s,
        language: language.and_then(Lang::from_code).unwrap_or_else(|| language_of(&answer.question)),
    }
}

/// A note to be kept.
pub fn note(answer: &WrongAnswer, note: Note, now: UtcMs) -> NewNote {
    NewNote {
        quiz: answer.quiz,
        lecture_seconds: Some(note.at_s),
        keyword: Some(note.keyword),
        words: note.explanation,
        source: match note.source {
            review::Source::Llm => NoteSource::Llm,
            review::Source::Cues => NoteSource::Cues,
        },
        created: now,
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::prelude::Uuid;

    use super::*;

    #[test]
    fn a_set_without_a_language_has_its_questions() {
        let answer = |question: &str| WrongAnswer {
            quiz: QuizId(Uuid::nil()),
            question: question.to_owned(),
            choices: Vec::new(),
            right: None,
            chosen: None,
            reason: None,
            quote: None,
            context: None,
            at_s: 0.0,
        };
        let korean = answer("모나드는 왜 필요한가?");
        assert_eq!(wrong(&korean, None).language, Lang::Kor);
        assert_eq!(wrong(&korean, Some("eng")).language, Lang::Eng, "the set's own goes first");
        assert_eq!(wrong(&answer("What is a monad?"), None).language, Lang::Eng);
    }
}
