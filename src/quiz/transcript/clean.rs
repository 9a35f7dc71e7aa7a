//! A cue's text as people read it: tags, entities, sounds and speaker marks out, one line.

mod markup;
mod sounds;

use unicode_normalization::UnicodeNormalization;

/// Plain text, NFC, words apart by one space; empty when no word is left.
pub(super) fn text(raw: &str) -> String {
    let plain = markup::strip(raw);
    let lines: Vec<String> = plain.lines().map(|line| sounds::strip(&tidy(line))).collect();
    let words = lines.iter().flat_map(|line| line.split_whitespace());
    let joined = words.collect::<Vec<_>>().join(" ");
    if joined.chars().any(char::is_alphanumeric) { joined } else { String::new() }
}

/// NFC; what is not seen is gone, and whitespace is one space.
fn tidy(line: &str) -> String {
    let seen: String =
        line.chars().filter(|c| !is_unseen(*c)).map(|c| if c.is_control() { ' ' } else { c }).nfc().collect();
    seen.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Joiners, direction marks, soft hyphens and the tags in which text can be hidden from people, not from a language model.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_plain() {
        for (raw, expected) in [
            ("<v Kim>Hello</v>\n<c.yellow>world</c>", "Hello world"),
            ("so<00:00:01.200><c> today</c><00:00:01.600><c> we</c>", "so today we"),
            ("{\\an8}<i>위에</i> 있습니다", "위에 있습니다"),
            ("<font color=\"#fff\">white</font>", "white"),
            ("a &lt;b&gt; tag &amp; more&nbsp;text&#39;s", "a <b> tag & more text's"),
            ("if x < 3 and y > 4", "if x < 3 and y > 4"),
            ("[Music]", ""),
            ("♪ la la la ♪", ""),
            ("[음악] 안녕하세요 (웃음)", "안녕하세요"),
            (">> So you think?", "So you think?"),
            ("&gt;&gt; So you think?\n>> Yes.", "So you think? Yes."),
            ("its children &gt;&gt; is that so", "its children is that so"),
            ("shift x >> 2 bits", "shift x >> 2 bits"),
            ("김교수: 시작합시다", "김교수: 시작합시다"),
            ("the interval [0, 1] (closed)", "the interval [0, 1] (closed)"),
            ("\u{1112}\u{1161}\u{11ab}글", "한글"),
            ("hid\u{200b}den\u{e0041}\u{7} bell", "hidden bell"),
            ("...", ""),
            ("", ""),
        ] {
            assert_eq!(text(raw), expected, "{raw}");
        }
    }
}
