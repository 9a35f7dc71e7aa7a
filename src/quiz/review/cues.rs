//! A note without a model: the right answer, its reason, and what the lecturer said.

use whatlang::Lang;

use super::{Note, Source, Wrong};
use crate::quiz::check::says;

/// Characters, as for a model's notes.
const KEYWORD: usize = 60;
const EXPLANATION: usize = 600;
/// Of the reason, so that there is room for the quote.
const REASON: usize = 300;
/// Of each of answer and quote.
const SAID: usize = 120;

pub(super) fn note(wrong: &Wrong) -> Note {
    let keyword = [wrong.right(), &wrong.question].into_iter().find(|text| !text.trim().is_empty()).unwrap_or("?");
    Note {
        keyword: cut(keyword, KEYWORD),
        explanation: cut(&explanation(wrong), EXPLANATION),
        at_s: wrong.at_s,
        source: Source::Cues,
    }
}

fn explanation(wrong: &Wrong) -> String {
    let said = [&wrong.quote, &wrong.context].into_iter().find(|text| !text.trim().is_empty());
    let reason = Some(cut(&wrong.reason, REASON)).filter(|text| !text.is_empty());
    // What is said in both is said once: by the reason, if it holds the quote, else by what the lecturer said.
    let said = said.filter(|said| !reason.as_deref().is_some_and(|reason| says(reason, said)));
    let reason = reason.filter(|reason| !said.is_some_and(|said| says(said, reason)));
    let korean = wrong.language == Lang::Kor;
    let mut sentences = Vec::new();
    if !wrong.right().trim().is_empty() {
        let right = cut(wrong.right(), SAID);
        sentences.push(if korean { format!("정답: {right}.") } else { format!("The right answer: {right}.") });
    }
    if let Some(reason) = reason {
        sentences.push(reason);
    }
    if let Some(said) = said {
        let said = cut(said, SAID);
        sentences.push(if korean {
            format!("강의에서 한 말: “{said}”")
        } else {
            format!("As the lecturer said: “{said}”")
        });
    }
    if sentences.is_empty() {
        sentences.push(
            if korean {
                "강의의 이 부분을 다시 보세요."
            } else {
                "Look at this part of the lecture again."
            }
            .to_owned(),
        );
    }
    sentences.join(" ")
}

/// At most so many characters, the last of them an ellipsis where there were more.
fn cut(text: &str, most: usize) -> String {
    let text = text.trim();
    if text.chars().nth(most).is_none() {
        return text.to_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn wrong(language: Lang) -> Wrong {
        let (right, reason, quote) = match language {
            Lang::Kor => ("엽록체", "광합성은 엽록체에서 일어납니다.", "광합성은 엽록체에서 일어납니다"),
            _ => ("the chloroplast", "Photosynthesis happens there.", "it all happens in the chloroplast"),
        };
        Wrong {
            question: "?".to_owned(),
            options: vec!["x".to_owned(), right.to_owned()],
            key: 1,
            chosen: Some(0),
            reason: reason.to_owned(),
            quote: quote.to_owned(),
            context: format!("so {quote} as we saw"),
            at_s: 12.5,
            language,
        }
    }

    #[test]
    fn in_the_lectures_language() {
        let korean = note(&wrong(Lang::Kor));
        assert_eq!((korean.keyword.as_str(), korean.at_s, korean.source), ("엽록체", 12.5, Source::Cues));
        let said = "정답: 엽록체. 광합성은 엽록체에서 일어납니다.";
        assert_eq!(korean.explanation, said);
        let english = note(&wrong(Lang::Eng));
        let said = "The right answer: the chloroplast. Photosynthesis happens there. \
                    As the lecturer said: “it all happens in the chloroplast”";
        assert_eq!(english.explanation, said);
    }

    #[test]
    fn what_is_in_both_is_said_once() {
        let quote = "The stack holds return addresses, and it grows downwards with every call.";
        let of = |reason: &str| {
            let both = Wrong { reason: reason.to_owned(), quote: quote.to_owned(), ..wrong(Lang::Eng) };
            note(&both).explanation
        };
        let cited = "Said at 3:12: “The stack holds return addresses, and it grows …”";
        assert_eq!(of(cited), format!("The right answer: the chloroplast. {cited}"));
        let part = of("It grows downwards with every call.");
        assert_eq!(part, format!("The right answer: the chloroplast. As the lecturer said: “{quote}”"));
        assert_eq!(of("Calls push.").matches("Calls push.").count(), 1);
        assert!(of("Calls push.").contains(quote));
    }

    #[test]
    fn what_is_missing_is_left_out() {
        let nothing = Wrong {
            options: Vec::new(),
            reason: String::new(),
            quote: " ".to_owned(),
            context: String::new(),
            ..wrong(Lang::Kor)
        };
        assert_eq!(note(&nothing).keyword, "?");
        assert_eq!(note(&nothing).explanation, "강의의 이 부분을 다시 보세요.");
        let handmade = Wrong { quote: String::new(), ..wrong(Lang::Eng) };
        assert!(note(&handmade).explanation.ends_with("“so it all happens in the chloroplast as we saw”"));
    }

    proptest! {
        #[test]
        fn any_text_gives_a_short_note(text in "\\PC{0,900}", key in 0_usize..5) {
            let options = vec![text.clone(); 4];
            let long = Wrong { options, key, reason: text.clone(), quote: text, ..wrong(Lang::Kor) };
            let note = note(&long);
            prop_assert!((1..=KEYWORD).contains(&note.keyword.chars().count()));
            prop_assert!((1..=EXPLANATION).contains(&note.explanation.chars().count()));
        }
    }
}
