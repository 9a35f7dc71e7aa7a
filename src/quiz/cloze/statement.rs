//! Which sentences can be asked: statements that can be understood on their own.

use super::lecture::{Line, Tongue, stopped};
use super::token::Token;
use super::{english, korean};

/// Words that a sentence must have, and may have.
const ENGLISH_WORDS: std::ops::RangeInclusive<usize> = 7..=40;
const KOREAN_WORDS: std::ops::RangeInclusive<usize> = 4..=28;

/// Talk about the lecture, and to its audience.
const ENGLISH_TALK: [&str; 34] = [
    "i",
    "i'm",
    "i've",
    "i'll",
    "i'd",
    "me",
    "my",
    "mine",
    "let's",
    "please",
    "thanks",
    "imagine",
    "suppose",
    "homework",
    "exam",
    "quiz",
    "chapter",
    "lecture",
    "slide",
    "slides",
    "class",
    "week",
    "today",
    "tomorrow",
    "yesterday",
    "course",
    "assignment",
    "semester",
    "question",
    "questions",
    "think",
    "say",
    "remember",
    "look",
];
const ENGLISH_POINTS: [&str; 27] = [
    "this", "that", "these", "those", "it", "it's", "they", "they're", "he", "she", "he's", "she's", "we'd", "such",
    "its", "their", "his", "her", "that's", "there", "there's", "here", "here's", "them", "both", "you", "neither",
];
/// A sentence that begins so is the rest of one.
const ENGLISH_TORN: [&str; 16] = [
    "which", "because", "who", "whose", "than", "or", "of", "what", "how", "why", "where", "is", "are", "was", "to",
    "instead",
];
const KOREAN_TALK: [&str; 36] = [
    "제가",
    "저는",
    "저희",
    "제",
    "저도",
    "내가",
    "나는",
    "여러분",
    "여러분이",
    "여러분은",
    "여러분도",
    "시험에",
    "시험",
    "숙제는",
    "숙제",
    "교과서에는",
    "교과서에",
    "질문",
    "오늘",
    "지난",
    "시간에",
    "시간에는",
    "보시면",
    "보면",
    "보세요",
    "기억하세요",
    "안녕하세요",
    "봅시다",
    "배운",
    "배웠습니다",
    "봤습니다",
    "보았습니다",
    "살펴봤습니다",
    "알아봤습니다",
    "정리해",
    "우리가",
];
const KOREAN_POINTS: [&str; 14] =
    ["이것", "그것", "이건", "그건", "이런", "그런", "이러", "그러", "이렇", "그렇", "이거", "그거", "그래", "그랬"];
const KOREAN_POINT: [&str; 26] = [
    "이",
    "그",
    "저",
    "이를",
    "그를",
    "이는",
    "이게",
    "그게",
    "이때",
    "그때",
    "이들",
    "그들",
    "두",
    "둘",
    "둘은",
    "둘이",
    "여기",
    "여기서",
    "여기에",
    "거기",
    "거기서",
    "이때는",
    "그때는",
    "하나는",
    "하나를",
    "왜",
];
/// Questions and wishes.
const KOREAN_NO_STATEMENT: [&str; 17] = [
    "까",
    "까요",
    "나요",
    "을까요",
    "겠습니다",
    "겠죠",
    "세요",
    "십시오",
    "ㅂ시다",
    "봅시다",
    "합시다",
    "시다",
    "게요",
    "래요",
    "자",
    "겠네요",
    "않나요",
];
const FILLERS: [&str; 12] = [
    ", um,",
    ", uh,",
    ", you know,",
    ", well,",
    ", I mean,",
    ", like,",
    ", obviously,",
    ", okay,",
    ", 음,",
    ", 어,",
    ", 그,",
    ", 뭐,",
];

/// A sentence that can be asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Statement {
    /// Its first token that counts; openers stand before.
    pub first: usize,
    /// It points back to the sentence before: "This effect is ...".
    pub points: bool,
    /// How well it stands alone; 0 is usual.
    pub score: f64,
}

/// None for what is no statement.
pub(super) fn judge(line: &Line<'_>, tongue: Tongue) -> Option<Statement> {
    let commas = line.text.chars().filter(|c| *c == ',').count();
    if line.text.trim_end().ends_with(['?', '？', ',']) || commas >= 3 && commas * 3 >= line.tokens.len() {
        return None;
    }
    match tongue {
        Tongue::English => english(line),
        Tongue::Korean => korean(line),
    }
}

fn english(line: &Line<'_>) -> Option<Statement> {
    let lower = english::lowers(line.text, &line.tokens);
    let word = |i: usize| lower.get(i).map_or("", String::as_str);
    let first = opened(&line.tokens, |i| english::OPENERS.contains(&word(i)));
    let words = line.tokens.len() - first;
    let talk = lower.iter().any(|word| ENGLISH_TALK.contains(&word.as_str()));
    let torn = ENGLISH_TORN.contains(&word(first)) || !stopped(line.text);
    if talk || torn || !ENGLISH_WORDS.contains(&words) {
        return None;
    }
    let count =
        |list: &[&str]| lower.iter().skip(first + 1).filter(|word| list.contains(&word.as_str())).count() as f64;
    let score = 0.3 * fitting(words, 10, 26)
        - 0.35 * count(&["you", "we", "us", "our", "your"]).min(3.0)
        - 0.2
            * count(&["it", "they", "this", "these", "those", "them", "other", "others", "former", "latter"]).min(3.0);
    Some(Statement { first, points: points_back(line, Tongue::English), score })
}

fn korean(line: &Line<'_>) -> Option<Statement> {
    let whole = |i: usize| line.tokens.get(i).map_or("", |token| &line.text[token.word.start..token.tail.end]);
    let first = opened(&line.tokens, |i| korean::OPENERS.contains(&whole(i)));
    let words = line.tokens.len() - first;
    let last = whole(line.tokens.len().checked_sub(1)?);
    let stated = last.ends_with(['다', '요', '죠']) && !KOREAN_NO_STATEMENT.iter().any(|end| last.ends_with(end));
    let talk = (0..line.tokens.len()).any(|i| KOREAN_TALK.contains(&whole(i)));
    if talk || !stated || !KOREAN_WORDS.contains(&words) {
        return None;
    }
    let inside = (first + 1..line.tokens.len()).filter(|&i| korean_points(whole(i))).count().min(3) as f64;
    let casual =
        if last.ends_with("거든요") || last.ends_with("잖아요") || last.ends_with('죠') { 0.4 } else { 0.0 };
    Some(Statement {
        first,
        points: points_back(line, Tongue::Korean),
        score: 0.3 * fitting(words, 6, 18) - 0.4 * inside - casual,
    })
}

/// It begins with a word that points to the sentence before: "This is ...", "이런 ...".
pub(super) fn points_back(line: &Line<'_>, tongue: Tongue) -> bool {
    let whole = |i: usize| line.tokens.get(i).map_or("", |token| &line.text[token.word.start..token.tail.end]);
    match tongue {
        Tongue::English => {
            let first = opened(&line.tokens, |i| english::OPENERS.contains(&english::lower(whole(i)).as_str()));
            ENGLISH_POINTS.contains(&english::lower(whole(first)).as_str())
        }
        Tongue::Korean => korean_points(whole(opened(&line.tokens, |i| korean::OPENERS.contains(&whole(i))))),
    }
}

fn korean_points(word: &str) -> bool {
    KOREAN_POINT.contains(&word) || KOREAN_POINTS.iter().any(|start| word.starts_with(start))
}

/// The first token that is no opener; at most four are passed over.
fn opened(tokens: &[Token], opener: impl Fn(usize) -> bool) -> usize {
    (0..tokens.len().min(4)).find(|&i| !opener(i)).unwrap_or(0)
}

fn fitting(words: usize, least: usize, most: usize) -> f64 {
    if (least..=most).contains(&words) { 1.0 } else { 0.0 }
}

/// Without what is said while thinking: ", um,".
pub(super) fn without_fillers(text: &str) -> String {
    FILLERS.iter().fold(text.to_owned(), |text, filler| text.replace(filler, ""))
}

#[cfg(test)]
mod tests {
    use super::super::lecture::Lecture;
    use super::*;

    fn judged(text: &str, tongue: Tongue) -> Option<(usize, bool)> {
        let lecture = Lecture::read(std::iter::once(text), tongue);
        judge(&lecture.lines[0], tongue).map(|statement| (statement.first, statement.points))
    }

    #[test]
    fn english_statements() {
        let judged = |text| judged(text, Tongue::English);
        assert_eq!(judged("So, a page is a fixed-size block of virtual memory."), Some((1, false)));
        assert_eq!(judged("This surprising effect is known as Belady's anomaly."), Some((0, true)));
        for text in [
            "Why would anybody want to use virtual memory here?",
            "I had one of those machines on my desk for many years.",
            "Let's look at the page table of a small machine.",
            "which is why the operating system copies only the",
            "Great.",
            "",
        ] {
            assert_eq!(judged(text), None, "{text}");
        }
    }

    #[test]
    fn korean_statements() {
        let judged = |text| judged(text, Tongue::Korean);
        assert_eq!(judged("그런데 엽록체는 두 겹의 막으로 둘러싸인 세포 소기관입니다."), Some((1, false)));
        assert_eq!(judged("이런 식물을 모두 CAM 식물이라고 해요."), Some((0, true)));
        for text in [
            "잎이 왜 그렇게 초록색일까요",
            "이제 명반응으로 같이 들어가 보겠습니다.",
            "저희 집에도 선인장이 하나 있습니다.",
            "광합성에 대한 여러 가지 이야기",
        ] {
            assert_eq!(judged(text), None, "{text}");
        }
    }
}
