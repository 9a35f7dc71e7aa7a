//! Lines into cues.

use super::super::{Cue, MAX_CUES};
use super::time;

/// What the lines below belong to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inside {
    /// A cue's text.
    Cue,
    /// SRT: after a blank line in or after a cue's text.
    After,
    /// A comment, a style, a cue whose times cannot be read, or nothing yet.
    Nothing,
}

/// The cues of a file with `\n` between lines; one more than [`MAX_CUES`] where there are more.
pub(super) fn cues(text: &str) -> Vec<Cue> {
    let webvtt = text.starts_with("WEBVTT");
    let mut cues: Vec<Cue> = Vec::new();
    let mut inside = Inside::Nothing;
    let mut comment = false;
    for line in text.split('\n') {
        let blank = is_blank(line, webvtt);
        comment = webvtt && !blank && (comment || inside != Inside::Cue && is_comment(line));
        if comment {
            continue;
        }
        if let Some((start_s, end_s)) = time::line(line) {
            drop_number(&mut cues, inside);
            if cues.len() > MAX_CUES {
                break;
            }
            cues.push(Cue { start_s, end_s, text: String::new() });
            inside = Inside::Cue;
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
    ["NOTE", "STYLE", "REGION"]
        .iter()
        .any(|word| line.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| !c.is_whitespace())))
}

fn next(inside: Inside, line: &str, blank: bool, webvtt: bool) -> Inside {
    match inside {
        Inside::Cue if blank && webvtt => Inside::Nothing,
        Inside::Cue if blank => Inside::After,
        // Times that cannot be read: what is below them has none.
        Inside::After if line.contains("-->") => Inside::Nothing,
        Inside::After if !blank => Inside::After,
        other => other,
    }
}

fn append(cues: &mut [Cue], inside: Inside, line: &str, blank: bool) {
    if let Some(cue) = cues.last_mut().filter(|_| inside != Inside::Nothing && !blank) {
        cue.text.push_str(if cue.text.is_empty() { "" } else { "\n" });
        cue.text.push_str(line);
    }
}

/// The number above a cue's times was taken for the last line of the cue before.
fn drop_number(cues: &mut [Cue], inside: Inside) {
    let Some(cue) = cues.last_mut().filter(|_| inside != Inside::Nothing) else { return };
    let (rest, last) = cue.text.rsplit_once('\n').unwrap_or(("", &cue.text));
    if !last.trim().is_empty() && last.trim().bytes().all(|byte| byte.is_ascii_digit()) {
        cue.text.truncate(rest.len());
    }
}
