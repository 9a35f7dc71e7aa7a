//! In which language a lecture was spoken.

use whatlang::Lang;

use super::Cue;

/// Characters looked at; more tell no more.
const SAMPLE: usize = 50_000;
/// Of the weight of all letters. A Korean lecture on programming can be half English terms; an English one about Korea stays below.
const KOREAN_FROM: f64 = 0.3;
/// A Hangul syllable carries about as much as two and a half Latin letters.
const SYLLABLE: f64 = 2.5;

/// The most likely language; English when nothing can be told.
pub(super) fn of(cues: &[Cue]) -> Lang {
    let text = sample(cues);
    if is_korean(&text) {
        return Lang::Kor;
    }
    whatlang::detect_lang(&text).unwrap_or(Lang::Eng)
}

/// Of a sentence or two; English unless there is little doubt.
pub(super) fn of_sentence(text: &str) -> Lang {
    if is_korean(text) {
        return Lang::Kor;
    }
    whatlang::detect(text).filter(whatlang::Info::is_reliable).map_or(Lang::Eng, |it| it.lang())
}

fn is_korean(text: &str) -> bool {
    korean_share(text) >= KOREAN_FROM
}

fn sample(cues: &[Cue]) -> String {
    // Every so manieth cue, so that an opening in another language does not decide.
    let chars: usize = cues.iter().map(|cue| cue.text.chars().count()).sum();
    let texts = cues.iter().step_by(chars.div_ceil(SAMPLE).max(1)).flat_map(|cue| cue.text.chars().chain([' ']));
    texts.take(SAMPLE).collect()
}

fn korean_share(text: &str) -> f64 {
    let hangul = SYLLABLE * text.chars().filter(|c| is_hangul(*c)).count() as f64;
    let other = text.chars().filter(|c| c.is_alphabetic() && !is_hangul(*c)).count() as f64;
    if hangul == 0.0 { 0.0 } else { hangul / (hangul + other) }
}

/// A whole syllable, as NFC leaves them.
pub(super) fn is_hangul(c: char) -> bool {
    ('가'..='힣').contains(&c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language(text: &str) -> Lang {
        of(&[Cue { start_s: 0.0, end_s: 1.0, text: text.to_owned() }])
    }

    #[test]
    fn korean_with_english_terms_is_korean() {
        let mixed = "이번에는 gradient descent 알고리즘에서 learning rate 를 정하는 방법을 봅니다. stochastic gradient descent 는 batch 마다 \
                     weight 를 update 합니다.";
        assert_eq!(language(mixed), Lang::Kor);
    }

    #[test]
    fn english_about_korea_is_english() {
        let mixed = "The Korean word 정 (jeong) is hard to translate, since it means a bond that grows slowly between people who share \
                     their days with each other.";
        assert_eq!(language(mixed), Lang::Eng);
    }

    #[test]
    fn a_question_tells_its_language() {
        assert_eq!(of_sentence("TCP의 three-way handshake는 왜 필요한가?"), Lang::Kor);
        assert_eq!(of_sentence("Which way?"), Lang::Eng);
        assert_eq!(of_sentence("Which part of the cell turns light into sugar?"), Lang::Eng);
        assert_eq!(of_sentence("Почему клеткам растений нужен солнечный свет?"), Lang::Rus);
        assert_eq!(of_sentence(""), Lang::Eng);
    }

    #[test]
    fn others_are_told_and_nothing_is_english() {
        let german = "Heute sprechen wir darüber, wie eine Datenbank ihre Daten auf der Festplatte ablegt und warum das schnell ist.";
        assert_eq!(language(german), Lang::Deu);
        assert_eq!(language("123 456"), Lang::Eng);
        assert_eq!(language(""), Lang::Eng);
    }
}
