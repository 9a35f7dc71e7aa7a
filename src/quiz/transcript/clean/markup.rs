//! Tags and entities of WebVTT and SRT.

/// Bytes of a tag, at most: `<font color="..." face="...">`.
const LONGEST_TAG: usize = 256;
/// Of both formats, and what people write besides. What is in other angle brackets is text.
const TAGS: [&str; 14] = ["b", "c", "i", "u", "s", "v", "em", "rt", "lang", "ruby", "span", "font", "strong", "br"];

/// The text without its tags, entities written out; line breaks stay.
pub(super) fn strip(raw: &str) -> String {
    let mut plain = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['<', '{']) {
        let (text, tail) = rest.split_at(at);
        plain.push_str(text);
        rest = match tag(tail) {
            Some(tag) => {
                plain.push_str(if is_break(tag) { "\n" } else { "" });
                &tail[tag.len()..]
            }
            None => {
                plain.push_str(&tail[..1]);
                &tail[1..]
            }
        };
    }
    plain.push_str(rest);
    html_escape::decode_html_entities(&plain).into_owned()
}

/// The tag that the text begins with, brackets included.
fn tag(text: &str) -> Option<&str> {
    let close = if text.starts_with('{') { b'}' } else { b'>' };
    let head = &text.as_bytes()[..text.len().min(LONGEST_TAG)];
    let end = memchr::memchr(close, head)?;
    // A bracket's byte is no part of a longer character.
    let (whole, inner) = (&text[..=end], &text[1..end]);
    let is_tag = if close == b'}' { inner.starts_with('\\') } else { is_known(inner) || is_time(inner) };
    is_tag.then_some(whole)
}

fn is_known(inner: &str) -> bool {
    let inner = inner.strip_prefix('/').unwrap_or(inner);
    let name = inner.split(['.', ' ', '\t', '\n', '/']).next().unwrap_or_default();
    TAGS.iter().any(|tag| name.eq_ignore_ascii_case(tag))
}

/// A word's time inside a cue, as `00:00:01.200`.
fn is_time(inner: &str) -> bool {
    inner.contains(':') && inner.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b','))
}

fn is_break(tag: &str) -> bool {
    tag.get(1..3).is_some_and(|name| name.eq_ignore_ascii_case("br"))
}
