//! Where Korean gives things their names: "X는 ...입니다", "...를 X라고 합니다".

use std::ops::Range;

use super::super::token::{Class, Role, Slot, Token};

/// Tokens of a name at most.
const LONGEST: usize = 3;
const NAMES: [&str; 6] = ["라고", "이라고", "라고도", "이라고도", "라고는", "이라고는"];
const CALLS: [&str; 14] = [
    "합니다",
    "해요",
    "하죠",
    "한다",
    "부릅니다",
    "불러요",
    "부르죠",
    "부른다",
    "불립니다",
    "부르는데",
    "하는데",
    "부르고",
    "하고",
    "합니다만",
];
const EQUALS: [&str; 8] = ["입니다", "이에요", "예요", "이다", "이죠", "죠", "이었습니다", "였습니다"];
const MEANS: [&str; 6] = ["말합니다", "뜻합니다", "의미합니다", "말해요", "뜻해요", "의미해요"];
/// "… 것입니다", "… 때문입니다" explain, they do not define.
const EXPLAINS: [&str; 16] =
    ["말", "뜻", "이유", "점", "것", "거", "겁", "때문", "셈", "편", "정도", "뿐", "덕분", "모양", "마찬가지", "중"];

/// Where names are given.
pub(super) fn find(text: &str, tokens: &[Token]) -> Vec<Slot> {
    let subject = subject(text, tokens);
    let named = (0..tokens.len()).filter_map(|i| named(text, tokens, i));
    let named = named.map(|tokens| Slot { tokens, role: Role::Named });
    subject.into_iter().chain(named).collect()
}

fn subject(text: &str, tokens: &[Token]) -> Option<Slot> {
    let start = tokens.iter().position(|token| token.class != Class::Function)?;
    let topic = (start..tokens.len().min(start + LONGEST)).find(|&i| !tokens[i].tail.is_empty())?;
    let marked = matches!(&text[tokens[topic].tail.clone()], "은" | "는" | "이란" | "란");
    let plain = tokens[start..=topic].iter().all(|token| token.class.in_terms());
    let glued = tokens[start..topic].iter().all(|token| token.glued);
    let other = tokens[topic..].windows(2).any(|pair| {
        let marked = matches!(&text[pair[1].tail.clone()], "은" | "는");
        !pair[0].glued && marked && pair[1].class.in_terms()
    });
    let role = if defines(text, tokens) && !other { Role::Defined } else { Role::Topic };
    (marked && plain && glued && tokens.len() >= topic + 3).then_some(Slot { tokens: start..topic + 1, role })
}

/// The sentence ends in a noun and "is", or in "means".
fn defines(text: &str, tokens: &[Token]) -> bool {
    let Some(last) = tokens.last() else { return false };
    let (word, tail) = (&text[last.word.clone()], &text[last.tail.clone()]);
    (EQUALS.contains(&tail) && !EXPLAINS.contains(&word)) || MEANS.contains(&&text[last.word.start..last.tail.end])
}

fn named(text: &str, tokens: &[Token], i: usize) -> Option<Range<usize>> {
    let token = tokens.get(i)?;
    let call = tokens.get(i + 1).map(|next| &text[next.word.start..next.tail.end])?;
    if !token.class.in_terms() || !NAMES.contains(&&text[token.tail.clone()]) || !CALLS.contains(&call) {
        return None;
    }
    let part = |token: &Token| token.class.in_terms() && token.tail.is_empty() && token.glued;
    let before = tokens[..i].iter().rev().take(LONGEST - 1).take_while(|token| part(token)).count();
    Some(i - before..i + 1)
}
