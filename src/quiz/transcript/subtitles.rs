//! Subtitle files: WebVTT and SRT, as they are found rather than as they are specified.

mod decode;
mod lines;
mod time;

use super::{Cue, MAX_BYTES, MAX_CUES};

/// What is wrong with a file; for people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SubtitleError {
    /// Above 4 MiB.
    #[error("the subtitle file has {0} bytes, and at most {MAX_BYTES} are read")]
    TooLarge(usize),
    /// Above 50,000.
    #[error("the subtitle file has more than {MAX_CUES} cues, which is more than are read")]
    TooManyCues,
    /// No line of times with text below it.
    #[error(
        "no cue in the subtitle file: WebVTT and SRT are read, in UTF-8, in UTF-16 with its mark or in Korean (CP949), \
         with lines such as 00:00:01.000 --> 00:00:04.000 above each text"
    )]
    NoCue,
}

/// The file's cues in its order, raw: line breaks, tags and entities are left to [`super::Transcript::new`].
///
/// WebVTT or SRT, told apart by the first line. A broken cue is passed over; a cue's end that cannot be read is NaN.
pub fn parse(file: &[u8]) -> Result<Vec<Cue>, SubtitleError> {
    if file.len() > MAX_BYTES {
        return Err(SubtitleError::TooLarge(file.len()));
    }
    let text = decode::text(file).trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    let cues = lines::cues(&text);
    match cues.len() {
        0 => Err(SubtitleError::NoCue),
        many if many > MAX_CUES => Err(SubtitleError::TooManyCues),
        _ => Ok(cues),
    }
}
