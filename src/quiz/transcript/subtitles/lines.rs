//! Lines into cues.

use super::super::{Cue, MAX_CUES};
use super::time;

/// What the lines below belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// A cue's text.
    Cue,
    /// SRT: a blank line in or after a cue's text.
    After,
    /// SRT: text after that: the cue's, or the next one's number or name.
    Loose,
    /// WebVTT: a comment, or a style, up to the next empty line.
    Comment,
    /// A cue whose times cannot be read, a cue's name, or nothing yet.
    Nothing,
}

impl Inside {
    fn has_text(self) -> bool {
        matches!(self, Self::Cue | Self::After | Self::Loose)
    }
}

/// The cues of a file with `\n` between lines; one more than [`MAX_CUES`] where there are more.
pub(super) fn cues(text: &str) -> Vec<Cue> {
    let webvtt = text.trim_start().starts_with("WEBVTT");
    let mut cues: Vec<Cue> = Vec::new();
    let mut inside = Inside::Nothing;
    for line in text.split('\n') {
        let blank = is_blank(line, webvtt);
        if inside == Inside::Comment && !blank {
            continue;
        }
        if let Some((start_s, end_s)) = time::line(line) {
            drop_name(&mut cues, inside);
            if cues.len() > MAX_CUES {
                break;
            }
            cues.push(Cue { start_s, end_s, text: String::new() });
            inside = Inside::Cue;
        } else if is_broken(inside, line) {
            drop_name(&mut cues, inside);
            inside = Inside::Nothing;
        } else {
            inside = next(inside, line, blank, webvtt);
            append(&mut cues, inside, line, blank);
        }
    }
    cues.retain(|cue| !cue.text.trim().is_empty());
    cues
}

/// WebVTT's cues end at an empty line only: some captions have lines of one space.
fn is_blank(line: &str, webvtt: bool) -> bool {
    if webvtt { line.is_empty() } else { line.trim().is_empty() }
}

fn is_comment(line: &str) -> bool {
    let ends = |rest: &str| rest.is_empty() || rest.starts_with(char::is_whitespace);
    ["NOTE", "STYLE", "REGION"].iter().any(|word| line.strip_prefix(word).is_some_and(ends))
}

/// Times that cannot be read: what is below them has none. An arrow in a cue's text is one.
fn is_broken(inside: Inside, line: &str) -> bool {
    let timelike =
        |times: &str| times.contains(':') && times.trim_start().starts_with(|c: char| c.is_ascii_digit() || c == '-');
    line.split_once("-->").is_some_and(|(times, _)| inside != Inside::Cue || timelike(times))
}

fn next(inside: Inside, line: &str, blank: bool, webvtt: bool) -> Inside {
    match inside {
        Inside::Cue | Inside::Loose if blank && !webvtt => Inside::After,
        Inside::After if !blank => Inside::Loose,
        Inside::Cue | Inside::Comment if blank => Inside::Nothing,
        Inside::Nothing if webvtt && is_comment(line) => Inside::Comment,
        other => other,
    }
}

fn append(cues: &mut [Cue], inside: Inside, line: &str, blank: bool) {
    if let Some(cue) = cues.last_mut().filter(|_| inside.has_text() && !blank) {
        cue.text.push_str(if cue.text.is_empty() { "" } else { "\n" });
        cue.text.push_str(line);
    }
}

/// What names the next cue was taken for the last line of this one: what stands alone right above the times, and any number.
fn drop_name(cues: &mut [Cue], inside: Inside) {
    let Some(cue) = cues.last_mut().filter(|_| inside.has_text()) else { return };
    let (rest, last) = cue.text.rsplit_once('\n').unwrap_or(("", &cue.text));
    let is_number = !last.trim().is_empty() && last.trim().bytes().all(|byte| byte.is_ascii_digit());
    if inside == Inside::Loose || is_number {
        cue.text.truncate(rest.len());
    }
}
