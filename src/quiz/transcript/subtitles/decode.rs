//! Bytes into text: what the mark at the beginning says, else UTF-8, else Korean, else Western European.

use std::borrow::Cow;

use encoding_rs::{EUC_KR, Encoding, WINDOWS_1252};

/// The text; bytes that are none become U+FFFD. A mark at the beginning is gone.
pub(super) fn text(file: &[u8]) -> Cow<'_, str> {
    if let Some((encoding, mark)) = Encoding::for_bom(file) {
        return encoding.decode_without_bom_handling(&file[mark..]).0;
    }
    let utf8 = String::from_utf8_lossy(file);
    let bad = utf8.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let good = utf8.chars().filter(|c| !c.is_ascii()).count() - bad;
    // A file that was cut in the middle of a letter is still UTF-8.
    if good >= bad { utf8 } else { korean(file) }
}

/// EUC-KR is decoded as its superset CP949 by the standard; a few broken bytes are borne.
fn korean(file: &[u8]) -> Cow<'_, str> {
    let (text, _) = EUC_KR.decode_without_bom_handling(file);
    let bad = text.chars().filter(|c| *c == char::REPLACEMENT_CHARACTER).count();
    let good = text.chars().filter(|c| !c.is_ascii()).count() - bad;
    if good > 10 * bad { text } else { WINDOWS_1252.decode_without_bom_handling(file).0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_told_apart() {
        let korean = "안녕하세요. 힙을 봅니다. 똠방각하";
        let (cp949, ..) = EUC_KR.encode(korean);
        assert_eq!(text(&cp949), korean);
        assert_eq!(text(korean.as_bytes()), korean);
        assert_eq!(text(format!("\u{feff}{korean}").as_bytes()), korean);
        let utf16 =
            |bytes: fn(u16) -> [u8; 2]| format!("\u{feff}{korean}").encode_utf16().flat_map(bytes).collect::<Vec<_>>();
        assert_eq!(text(&utf16(u16::to_le_bytes)), korean);
        assert_eq!(text(&utf16(u16::to_be_bytes)), korean);
        assert_eq!(text(b"caf\xe9 cr\xe8me br\xfbl\xe9e"), "café crème brûlée");
        assert_eq!(text(b""), "");
    }

    #[test]
    fn a_cut_file_is_read_up_to_there() {
        let cut = &"안녕하세요".as_bytes()[..14];
        assert_eq!(text(cut), "안녕하세\u{fffd}");
        let (cp949, ..) = EUC_KR.encode("안녕하세요 힙을 봅니다 그리고 트리도 봅니다");
        assert!(text(&cp949[..cp949.len() - 1]).starts_with("안녕하세요 힙을"));
    }
}
