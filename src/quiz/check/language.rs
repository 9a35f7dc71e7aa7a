//! Whether a text is in the lecture's language.

use whatlang::{Lang, Script, detect, detect_script};

use super::{Flaw, Place};

/// Letters of the language's script, of all letters, in what is asked and explained: technical terms are English
/// everywhere.
pub const OWN: f64 = 0.3;
/// The same for languages in Latin letters, at least: those of other scripts are foreign words at most.
const OWN_LATIN: f64 = 0.5;
/// Letters that are enough to tell languages of one script apart: of 20 sentences in seven languages, those above it
/// were never taken for another with certainty; shorter English ones are taken for Portuguese or Latin.
const ENOUGH: usize = 60;
/// Languages that a detector takes for each other.
const CLOSE: [&[Lang]; 6] = [
    &[Lang::Dan, Lang::Nob, Lang::Swe],
    &[Lang::Spa, Lang::Por, Lang::Cat, Lang::Ita],
    &[Lang::Hrv, Lang::Slv, Lang::Srp],
    &[Lang::Ces, Lang::Slk],
    &[Lang::Rus, Lang::Ukr, Lang::Bel, Lang::Bul, Lang::Mkd, Lang::Srp],
    &[Lang::Nld, Lang::Afr],
];

/// For texts that a learner reads as the lecture's own words: what is asked, the reasons, a note. `own`: the share of
/// letters that must be of the language's script.
pub fn spoken(text: &str, place: Place, language: Lang, own: f64) -> Result<(), Flaw> {
    let scripts: Vec<Script> = text.chars().filter_map(script).collect();
    let least = if Script::Latin.langs().contains(&language) { own.max(OWN_LATIN) } else { own };
    let foreign = share(&scripts, |script| belongs(script, language)) < least
        || other(text, scripts.len(), language)
        || other_east_asian(&scripts, language);
    if foreign { Err(Flaw::Language(place, language.eng_name())) } else { Ok(()) }
}

/// For terms: those of the language's script, or in Latin or Greek letters.
pub fn terms(text: &str, place: Place, language: Lang) -> Result<(), Flaw> {
    let scripts: Vec<Script> = text.chars().filter_map(script).collect();
    let fits = |script| belongs(script, language) || matches!(script, Script::Latin | Script::Greek);
    if share(&scripts, fits) < 0.5 { Err(Flaw::Language(place, language.eng_name())) } else { Ok(()) }
}

/// Of a letter's; what is no letter has none.
fn script(c: char) -> Option<Script> {
    if c.is_ascii() {
        return c.is_ascii_alphabetic().then_some(Script::Latin);
    }
    c.is_alphabetic().then(|| detect_script(c.encode_utf8(&mut [0; 4]))).flatten()
}

/// 1 for a text without letters: numbers are in every language.
fn share(scripts: &[Script], counts: impl Fn(Script) -> bool) -> f64 {
    let counted = scripts.iter().filter(|script| counts(**script)).count();
    if scripts.is_empty() { 1.0 } else { counted as f64 / scripts.len() as f64 }
}

fn belongs(script: Script, language: Lang) -> bool {
    script.langs().contains(&language) || (language == Lang::Jpn && script == Script::Mandarin)
}

/// Certainly of another language of the same script, and not of one that is easily taken for it.
fn other(text: &str, letters: usize, language: Lang) -> bool {
    let Some(found) = detect(text).filter(|_| letters >= ENOUGH) else { return false };
    let close = CLOSE.iter().any(|group| group.contains(&language) && group.contains(&found.lang()));
    found.is_reliable() && found.lang() != language && !close && found.script().langs().contains(&language)
}

/// Chinese and Japanese share characters: Japanese has kana among them, Chinese has none.
fn other_east_asian(scripts: &[Script], language: Lang) -> bool {
    let kana = share(scripts, |script| script.langs().contains(&Lang::Jpn));
    match language {
        Lang::Cmn => !scripts.is_empty() && kana > 0.2,
        Lang::Jpn => kana == 0.0,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(text: &str, language: Lang) -> bool {
        spoken(text, Place::Question, language, OWN).is_ok()
    }

    #[test]
    fn sentences_are_in_their_language() {
        for (language, texts) in SENTENCES {
            for text in *texts {
                assert!(is(text, *language), "{language:?} {text}");
            }
        }
    }

    /// All sentences of a language together, as long as a question and its reasons are; close languages pass for each
    /// other.
    #[test]
    fn texts_are_in_no_other_language() {
        for (language, texts) in SENTENCES {
            for (other, _) in SENTENCES.iter().filter(|(other, _)| other != language) {
                assert!(!is(&texts.join(" "), *other), "{language:?} passes for {other:?}");
            }
        }
    }

    #[test]
    fn terms_may_be_english_anywhere() {
        for (text, language, good) in [
            ("Transmission Control Protocol", Lang::Kor, true),
            ("전송 제어 프로토콜", Lang::Kor, true),
            ("3.14", Lang::Eng, true),
            ("전송 제어 프로토콜", Lang::Eng, false),
            ("протокол", Lang::Kor, false),
            ("μ α", Lang::Kor, true),
        ] {
            assert_eq!(terms(text, Place::Option(0), language).is_ok(), good, "{text}");
        }
    }

    const SENTENCES: &[(Lang, &[&str])] = &[
        (
            Lang::Kor,
            &[
                "TCP의 three-way handshake에서 SYN 다음에 오는 것은 무엇인가요?",
                "Gradient descent에서 learning rate가 너무 크면 어떤 일이 생기나요?",
                "광합성의 명반응은 엽록체의 어느 부분에서 일어나는지 강의에서 설명한 대로 고르세요. 그리고 그 까닭은 무엇인가요? 빛 에너지를 흡수하는 엽록소가 틸라코이드 막에 있기 때문입니다.",
            ],
        ),
        (
            Lang::Eng,
            &[
                "What is a monad?",
                "Which layer of TCP/IP does IP belong to?",
                "Why does quicksort degrade to O(n^2)?",
                "Which data structure does the lecturer use to keep track of function calls that have not returned yet?",
                "The enzyme lowers the activation energy, so that the reaction proceeds faster at the same temperature.",
                "HTTP GET requests are idempotent; POST requests are not, since each of them may create a resource.",
                "Backpropagation applies the chain rule to compute gradients layer by layer from the loss backwards.",
            ],
        ),
        (
            Lang::Deu,
            &[
                "Welche Datenstruktur benutzt die Dozentin, um Funktionsaufrufe zu verwalten, die noch nicht beendet sind?",
            ],
        ),
        (
            Lang::Fra,
            &[
                "Quelle structure de données la conférencière utilise-t-elle pour suivre les appels de fonctions en cours ?",
            ],
        ),
        (
            Lang::Spa,
            &[
                "¿Qué estructura de datos utiliza la profesora para llevar la cuenta de las llamadas que aún no han terminado?",
                "La enzima reduce la energía de activación y por eso la reacción es más rápida.",
            ],
        ),
        (
            Lang::Vie,
            &["Giảng viên sử dụng cấu trúc dữ liệu nào để theo dõi các lời gọi hàm chưa kết thúc trong bài giảng này?"],
        ),
        (
            Lang::Rus,
            &[
                "Какую структуру данных использует лектор, чтобы отслеживать вызовы функций, которые ещё не завершились?",
            ],
        ),
        (
            Lang::Jpn,
            &[
                "講師は、まだ戻っていない関数呼び出しを記録するために、どのデータ構造を使っていますか。その理由は、最後に呼び出された関数が最初に戻るからです。だからこそスタックが適しています。",
            ],
        ),
        (
            Lang::Cmn,
            &[
                "讲师使用哪种数据结构来跟踪尚未返回的函数调用？",
                "因为最后调用的函数最先返回，所以讲师使用栈来跟踪尚未返回的函数调用，这种数据结构遵循后进先出的原则，而队列遵循先进先出的原则，因此不适合这种情况，链表也可以，但是没有必要，课程中也没有提到它，也没有提到数组。",
            ],
        ),
        (
            Lang::Ara,
            &["ما هي بنية البيانات التي يستخدمها المحاضر لتتبع استدعاءات الدوال التي لم تنته بعد في هذه المحاضرة؟"],
        ),
        (
            Lang::Hin,
            &["व्याख्याता उन फ़ंक्शन कॉलों का हिसाब रखने के लिए किस डेटा संरचना का उपयोग करते हैं जो अभी तक समाप्त नहीं हुई हैं?"],
        ),
    ];
}
