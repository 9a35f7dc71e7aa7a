//! Lectures of any length, in Korean and English. What they say is nonsense, but every sentence says something else.

use loa::quiz::transcript::{Cue, Lang};

/// Who does what.
type Words = ([&'static str; 24], [&'static str; 24], [&'static str; 24]);

#[rustfmt::skip]
const ENGLISH: Words = (
    ["careful", "modern", "simple", "central", "early", "rapid", "famous", "hidden", "narrow", "liquid", "golden", "silent",
        "curious", "heavy", "distant", "broken", "gentle", "proud", "ancient", "empty", "warm", "digital", "public", "wooden"],
    ["teacher", "machine", "river", "student", "market", "engine", "forest", "doctor", "violin", "planet", "kitchen", "lawyer",
        "bridge", "pilot", "garden", "king", "village", "camera", "island", "library", "soldier", "baker", "tunnel", "clock"],
    ["changes the weather", "describes cold water", "measures every light", "explains a story", "builds another house",
        "follows long roads", "repairs this window", "answers some letters", "paints blue walls", "counts small coins",
        "moves heavy stones", "sells fresh bread", "opens old doors", "writes short poems", "feeds hungry birds",
        "cleans dirty glass", "carries full baskets", "plants young trees", "breaks strict rules", "teaches loud songs",
        "hides secret maps", "cooks hot soup", "draws straight lines", "burns dry wood"],
);
#[rustfmt::skip]
const KOREAN: Words = (
    ["조용한", "오래된", "단순한", "빠른", "새로운", "중요한", "차가운", "유명한", "숨겨진", "좁은", "금빛", "무거운",
        "머나먼", "부서진", "온순한", "자랑스러운", "고대의", "텅 빈", "따뜻한", "디지털", "공공의", "나무로 된", "궁금한", "젊은"],
    ["선생님", "기계", "강물", "학생", "시장", "엔진", "숲속", "의사", "바이올린", "행성", "부엌", "변호사",
        "다리", "조종사", "정원", "임금님", "마을", "카메라", "섬나라", "도서관", "군인", "제빵사", "터널", "시계"],
    ["날씨를 바꿉니다", "찬물을 설명합니다", "불빛을 측정합니다", "옛이야기를 들려줍니다", "집을 짓습니다", "먼 길을 따라갑니다",
        "창문을 고칩니다", "편지에 답합니다", "벽을 칠합니다", "동전을 셉니다", "바위를 옮깁니다", "빵을 팝니다",
        "문을 엽니다", "시를 씁니다", "새들을 먹입니다", "유리를 닦습니다", "바구니를 나릅니다", "묘목을 심습니다",
        "규칙을 어깁니다", "노래를 가르칩니다", "지도를 숨깁니다", "국을 끓입니다", "직선을 긋습니다", "장작을 태웁니다"],
);

/// Ten cues a minute, each one sentence. The same every time.
pub fn cues(minutes: usize, language: Lang) -> Vec<Cue> {
    let korean = language == Lang::Kor;
    let (which, who, does) = if korean { KOREAN } else { ENGLISH };
    let mut random = fastrand::Rng::with_seed(7);
    let mut pick = |words: [&'static str; 24]| words[random.usize(..24)];
    let mut cue = |number: usize| {
        let (a, b, c, d, e, f) = (pick(which), pick(who), pick(does), pick(which), pick(who), pick(does));
        let text = if korean {
            format!("{a} {b} 옆에서 {c}, 그리고 {d} {e} 안에서 {f}.")
        } else {
            format!("The {a} {b} {c}, and then the {d} {e} {f}.")
        };
        Cue { start_s: number as f64 * 6.0, end_s: number as f64 * 6.0 + 5.5, text }
    };
    (0..minutes * 10).map(&mut cue).collect()
}
