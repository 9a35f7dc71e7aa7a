//! Particles: taking them off a word, and putting them behind a blank so that they do not give the answer away.

/// What can hang on a noun: as said, how it is written behind a blank, whether verbs can end so too, and what must stand before it.
struct Josa {
    said: &'static str,
    open: &'static str,
    /// Verbs end so too (먹는, 가고): no proof of a noun.
    doubtful: bool,
    before: Before,
}

/// What a particle demands of the syllable before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Any,
    Consonant,
    Vowel,
    /// 로: a vowel or ㄹ.
    VowelOrL,
}

const fn josa(said: &'static str, open: &'static str, doubtful: bool, before: Before) -> Josa {
    Josa { said, open, doubtful, before }
}

use Before::{Any, Consonant, Vowel, VowelOrL};

/// In no order: every one that fits is tried.
const ALL: [Josa; 79] = [
    josa("은", "은(는)", true, Consonant),
    josa("는", "은(는)", true, Vowel),
    josa("이", "이(가)", false, Consonant),
    josa("가", "이(가)", false, Vowel),
    josa("을", "을(를)", false, Consonant),
    josa("를", "을(를)", false, Vowel),
    josa("과", "와(과)", false, Consonant),
    josa("와", "와(과)", false, Vowel),
    josa("과는", "와(과)는", false, Consonant),
    josa("와는", "와(과)는", false, Vowel),
    josa("과의", "와(과)의", false, Consonant),
    josa("와의", "와(과)의", false, Vowel),
    josa("으로", "(으)로", false, Consonant),
    josa("로", "(으)로", true, VowelOrL),
    josa("으로는", "(으)로는", false, Consonant),
    josa("로는", "(으)로는", true, VowelOrL),
    josa("으로도", "(으)로도", false, Consonant),
    josa("로도", "(으)로도", true, VowelOrL),
    josa("으로부터", "(으)로부터", false, Consonant),
    josa("로부터", "(으)로부터", false, VowelOrL),
    josa("으로서", "(으)로서", false, Consonant),
    josa("로서", "(으)로서", false, VowelOrL),
    josa("으로써", "(으)로써", false, Consonant),
    josa("로써", "(으)로써", false, VowelOrL),
    josa("이나", "(이)나", true, Consonant),
    josa("나", "(이)나", true, Vowel),
    josa("이랑", "(이)랑", false, Consonant),
    josa("랑", "(이)랑", false, Vowel),
    josa("이란", "(이)란", false, Consonant),
    josa("란", "(이)란", true, Vowel),
    josa("이라고", "(이)라고", false, Consonant),
    josa("라고", "(이)라고", true, Vowel),
    josa("이라는", "(이)라는", false, Consonant),
    josa("라는", "(이)라는", true, Vowel),
    josa("이라고는", "(이)라고는", false, Consonant),
    josa("라고는", "(이)라고는", true, Vowel),
    josa("이라고도", "(이)라고도", false, Consonant),
    josa("라고도", "(이)라고도", true, Vowel),
    josa("이며", "(이)며", true, Consonant),
    josa("이고", "(이)고", true, Any),
    josa("고", "(이)고", true, Vowel),
    josa("인데", "인데", true, Any),
    josa("인", "인", true, Any),
    josa("입니다", "입니다", false, Any),
    josa("이다", "(이)다", true, Consonant),
    josa("이에요", "이에요(예요)", false, Consonant),
    josa("예요", "이에요(예요)", false, Vowel),
    josa("이죠", "(이)죠", true, Any),
    josa("죠", "(이)죠", true, Vowel),
    josa("이었습니다", "이었습니다(였습니다)", false, Consonant),
    josa("였습니다", "이었습니다(였습니다)", false, Vowel),
    josa("의", "의", false, Any),
    josa("에", "에", false, Any),
    josa("에는", "에는", false, Any),
    josa("에도", "에도", false, Any),
    josa("에서", "에서", false, Any),
    josa("에서는", "에서는", false, Any),
    josa("에서도", "에서도", false, Any),
    josa("에서의", "에서의", false, Any),
    josa("에게", "에게", false, Any),
    josa("에게는", "에게는", false, Any),
    josa("한테", "한테", false, Any),
    josa("께서", "께서", false, Any),
    josa("도", "도", true, Any),
    josa("만", "만", true, Any),
    josa("만이", "만이", true, Any),
    josa("만을", "만을", true, Any),
    josa("까지", "까지", true, Any),
    josa("까지도", "까지도", true, Any),
    josa("부터", "부터", true, Any),
    josa("처럼", "처럼", true, Any),
    josa("보다", "보다", true, Any),
    josa("보다는", "보다는", true, Any),
    josa("마다", "마다", true, Any),
    josa("밖에", "밖에", true, Any),
    josa("하고", "하고", true, Any),
    josa("때문에", "때문에", true, Any),
    josa("마저", "마저", true, Any),
    josa("조차", "조차", true, Any),
];

/// One way to part a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Split<'a> {
    pub stem: &'a str,
    pub josa: &'static str,
    /// Verbs can end so too.
    pub doubtful: bool,
}

/// Every way to take a particle off; the whole word is not among them.
pub(in super::super) fn splits(word: &str) -> impl Iterator<Item = Split<'_>> {
    ALL.iter().filter_map(move |josa| {
        let stem = word.strip_suffix(josa.said).filter(|stem| fits(stem, josa.before))?;
        Some(Split { stem, josa: josa.said, doubtful: josa.doubtful })
    })
}

/// The particle as it stands behind a blank: both forms where the answer's last sound chooses one.
pub(in super::super) fn open(said: &str) -> Option<&'static str> {
    ALL.iter().find(|josa| josa.said == said).map(|josa| josa.open)
}

/// The form that fits a word; both where its last sound is unknown.
pub(in super::super) fn fitting<'a>(word: &str, consonant: &'a str, vowel: &'a str, both: &'a str) -> &'a str {
    match word.chars().next_back().and_then(last_sound) {
        Some(0) => vowel,
        Some(_) => consonant,
        None => both,
    }
}

fn fits(stem: &str, before: Before) -> bool {
    let Some(last) = stem.chars().next_back() else { return false };
    let Some(sound) = last_sound(last) else { return last.is_alphanumeric() };
    match before {
        Any => true,
        Consonant => sound != 0,
        Vowel => sound == 0,
        VowelOrL => sound == 0 || sound == 8,
    }
}

/// A Hangul syllable's last consonant: 0 for none, 8 for ㄹ; None for other letters.
pub(in super::super) fn last_sound(c: char) -> Option<u32> {
    ('가'..='힣').contains(&c).then(|| (u32::from(c) - u32::from('가')) % 28)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn particles_follow_the_last_sound() {
        let stems = |word| splits(word).map(|split| split.stem).collect::<Vec<_>>();
        assert_eq!(stems("엽록체에서는"), ["엽록체에서", "엽록체"]);
        assert_eq!(stems("광합성은"), ["광합성"]);
        assert_eq!(stems("회로는"), ["회로", "회"]);
        assert!(stems("광합성").is_empty() && stems("은").is_empty());
        assert_eq!(stems("ATP와"), ["ATP"]);
        assert_eq!((fitting("엽록체", "은", "는", "은(는)"), fitting("빛", "은", "는", "은(는)")), ("는", "은"));
        assert_eq!(fitting("ATP", "은", "는", "은(는)"), "은(는)");
    }

    #[test]
    fn behind_a_blank_both_forms_stand() {
        assert_eq!((open("은"), open("라고"), open("에서")), (Some("은(는)"), Some("(이)라고"), Some("에서")));
        assert_eq!(open("니다"), None);
    }
}
