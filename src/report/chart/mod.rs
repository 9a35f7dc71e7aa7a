//! A report's charts as SVG for a page: the timeline in two widths, and the time per state.
//!
//! Bands differ by texture and place as well as by colour; every chart says in its description what it shows.

mod paint;
mod states;
mod timeline;

pub use self::paint::textures;
pub use self::states::totals;
pub use self::timeline::timeline;
use super::Band;
use super::words::Charts;

/// A group's name.
pub fn band(band: Band, words: &Charts) -> &'static str {
    match band {
        Band::Attentive => words.attentive,
        Band::Drowsy => words.drowsy,
        Band::LookingAway => words.looking_away,
        Band::Absent => words.absent,
        Band::Unknown => words.unknown,
        Band::Paused => words.paused,
    }
}

/// A group's name in style sheets and texture ids.
pub fn class(band: Band) -> &'static str {
    match band {
        Band::Attentive => "attentive",
        Band::Drowsy => "drowsy",
        Band::LookingAway => "away",
        Band::Absent => "absent",
        Band::Unknown => "unknown",
        Band::Paused => "paused",
    }
}
