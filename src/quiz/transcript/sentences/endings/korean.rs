//! Korean as it is spoken: the verb closes the sentence.

use super::super::super::language::is_hangul;
use super::Ending;

/// Nouns that end like verbs.
const NOUNS: [&str; 12] =
    ["필요", "중요", "주요", "수요", "동요", "강요", "소요", "개요", "민요", "가요", "바다", "마다"];
/// Said of what was said: the sentence is only quoted.
const QUOTING: [&str; 8] = ["라고", "라는", "하고", "하는", "라며", "라면서", "만", "고"];
/// With these a sentence begins.
const BEGINNINGS: [&str; 30] = [
    "그래서",
    "그리고",
    "그런데",
    "근데",
    "그러면",
    "그럼",
    "그러니까",
    "그래도",
    "하지만",
    "그러나",
    "따라서",
    "자",
    "이제",
    "또",
    "또한",
    "그다음",
    "그다음에",
    "다음",
    "다음으로",
    "먼저",
    "우선",
    "여기서",
    "여기",
    "예를",
    "왜냐하면",
    "즉",
    "만약",
    "만약에",
    "오늘은",
    "네",
];

/// Whether this word begins a sentence.
pub(crate) fn begins(word: &str) -> bool {
    BEGINNINGS.contains(&word.trim_end_matches(','))
}

/// Whether the word is a verb that closes a sentence, before `next`.
pub(crate) fn verb(word: &str, next: Option<&str>) -> Ending {
    if next.is_some_and(|next| QUOTING.contains(&next)) || NOUNS.iter().any(|noun| word.ends_with(noun)) {
        return Ending::None;
    }
    let mut back = word.chars().rev();
    let (Some(last), Some(before)) = (back.next(), back.next()) else { return Ending::None };
    match last {
        // -습니다, -입니까: a final ㅂ, unlike 그러니까.
        '다' | '까' if before == '니' => only(back.next().is_some_and(|third| is_final(third, BIEUP)), Ending::Verb),
        // 했다, 한다, 이다, 없다.
        '다' => only(has_plain(before), Ending::MaybeVerb),
        // 일까, 볼까.
        '까' => only(is_final(before, RIEUL), Ending::MaybeVerb),
        // 있어요, 거든요; not 제가요.
        '요' if POLITE.contains(&before) => Ending::Verb,
        '요' => only(is_hangul(before), Ending::MaybeVerb),
        '죠' => only(is_hangul(before), Ending::Verb),
        _ => Ending::None,
    }
}

fn only(good: bool, ending: Ending) -> Ending {
    if good { ending } else { Ending::None }
}

fn has_plain(stem: char) -> bool {
    is_final(stem, NIEUN) || is_final(stem, SSANGSIOT) || matches!(stem, '이' | '없' | '같')
}

/// Before 요 in verbs that close a sentence.
const POLITE: [char; 22] = [
    '어', '아', '해', '에', '예', '세', '네', '든', '까', '와', '워', '져', '려', '여', '돼', '봐', '줘', '써', '커',
    '군', '래', '지',
];

/// Final consonants in their order in Unicode.
const NIEUN: u32 = 4;
const RIEUL: u32 = 8;
const BIEUP: u32 = 17;
const SSANGSIOT: u32 = 20;

fn is_final(syllable: char, consonant: u32) -> bool {
    is_hangul(syllable) && (u32::from(syllable) - u32::from('가')) % 28 == consonant
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verbs_close_sentences() {
        for (word, next, ends) in [
            ("알아보겠습니다", Some("먼저"), true),
            ("무엇입니까", None, true),
            ("그러니까", Some("이게"), false),
            ("하니까", Some("이게"), false),
            ("있는데요", None, true),
            ("거든요", None, true),
            ("거죠", None, true),
            ("그럴까", None, true),
            ("했다", None, true),
            ("한다", None, true),
            ("한다", Some("라고"), false),
            ("됩니다", Some("라는"), false),
            ("필요", Some("하다"), false),
            ("중요", None, false),
            ("날마다", None, false),
            ("요", None, false),
            ("heap", None, false),
        ] {
            assert_eq!(verb(word, next) != Ending::None, ends, "{word} {next:?}");
        }
    }

    #[test]
    fn some_close_it_anywhere() {
        for (word, ending) in [
            ("있어요", Ending::Verb),
            ("거예요", Ending::Verb),
            ("거든요", Ending::Verb),
            ("하겠죠", Ending::Verb),
            ("합니다", Ending::Verb),
            ("합니다만", Ending::None),
            ("어제요", Ending::MaybeVerb),
            ("있는데요", Ending::MaybeVerb),
            ("한다", Ending::MaybeVerb),
        ] {
            assert_eq!(verb(word, None), ending, "{word}");
        }
    }
}
