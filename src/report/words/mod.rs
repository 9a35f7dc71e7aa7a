//! All words of the pages, in each language: a word that is missing does not compile.

mod english;
mod korean;

use self::english::ENGLISH;
use self::korean::KOREAN;
use super::format::Format;

/// Which language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// English.
    English,
    /// Korean.
    Korean,
}

impl Language {
    /// All there are.
    pub const ALL: [Self; 2] = [Self::English, Self::Korean];

    /// What an Accept-Language header (RFC 9110, section 12.5.4) likes best; English when it likes neither.
    pub fn accepted(header: &str) -> Self {
        let mut best = (0.0, Self::English);
        for range in header.split(',') {
            let mut parts = range.split(';').map(str::trim);
            let tag = parts.next().unwrap_or_default().to_ascii_lowercase();
            let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(1.0, |q| q.parse().unwrap_or(0.0));
            let language = match tag.split('-').next() {
                Some("ko") => Self::Korean,
                Some("en" | "*") => Self::English,
                _ => continue,
            };
            // Of two that are liked alike, the first.
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }

    /// Its tag (BCP 47).
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Korean => "ko",
        }
    }

    /// Its words.
    pub fn words(self) -> &'static Words {
        match self {
            Self::English => &ENGLISH,
            Self::Korean => &KOREAN,
        }
    }
}

/// Text of the pages.
type Text = &'static str;

/// Words of every page.
#[derive(Debug)]
pub struct Common {
    /// The program's name and what it does.
    pub tagline: Text,
    /// The navigation's name.
    pub navigation: Text,
    /// Links of the navigation.
    pub watch: Text,
    /// To the list.
    pub sessions: Text,
    /// To the learner's data.
    pub my_data: Text,
    /// To the content, for keyboards.
    pub skip: Text,
    /// The footer.
    pub promise: Text,
}

/// Words of the list of sessions.
#[derive(Debug)]
pub struct List {
    /// Heading.
    pub title: Text,
    /// The overview's headings.
    pub last_7_days: Text,
    /// As above.
    pub last_30_days: Text,
    /// What the overview's number is.
    pub studied: Text,
    /// How many sessions.
    pub sessions: fn(u64) -> String,
    /// The search form.
    pub search: Text,
    /// What can be searched.
    pub search_hint: Text,
    /// A date.
    pub from: Text,
    /// A date.
    pub until: Text,
    /// The button.
    pub find: Text,
    /// Takes the search back.
    pub clear: Text,
    /// How many were found.
    pub found: fn(u64) -> String,
    /// Nobody said what was watched.
    pub untitled: Text,
    /// How many alerts.
    pub alerts: fn(u64) -> String,
    /// No alert.
    pub no_alerts: Text,
    /// Before the net study time.
    pub attentive: Text,
    /// There is nothing at all.
    pub none_yet: Text,
    /// What to do about it.
    pub none_yet_help: Text,
    /// Nothing was found.
    pub none_found: Text,
    /// The page is after the last one.
    pub beyond: Text,
    /// Paging.
    pub pages: Text,
    /// To newer ones.
    pub newer: Text,
    /// To older ones.
    pub older: Text,
    /// This page of so many.
    pub page_of: fn(u64, u64) -> String,
}

/// Words of a session's report.
#[derive(Debug)]
pub struct Session {
    /// To the list.
    pub back: Text,
    /// To the lecture.
    pub open_lecture: Text,
    /// It has no end yet.
    pub running: Text,
    /// The learner ended it.
    pub ended: Text,
    /// The connection was lost.
    pub lost: Text,
    /// The server was stopped.
    pub restart: Text,
    /// The server died.
    pub crash: Text,
    /// The numbers.
    pub summary: Text,
    /// Attentive time.
    pub net_time: Text,
    /// The share of the session's length, and that length.
    pub of_session: fn(&str, &str) -> String,
    /// Nothing is recorded of a session that runs.
    pub nothing_yet: Text,
    /// So long is the lecture.
    pub of_lecture: fn(&str) -> String,
    /// So much of it was played.
    pub played: fn(&str) -> String,
    /// Longest stretch.
    pub longest: Text,
    /// What that is.
    pub longest_help: Text,
    /// Alerts.
    pub alerts: Text,
    /// How many stayed warnings, and how many went on to alarms.
    pub alerts_split: fn(usize, usize) -> String,
    /// Lost time.
    pub lost_time: Text,
    /// What that is.
    pub lost_time_help: Text,
    /// The timeline's heading.
    pub timeline: Text,
    /// Along the lecture.
    pub along_lecture: Text,
    /// Along the session.
    pub along_session: Text,
    /// The totals' heading.
    pub totals: Text,
    /// What is not said by the names.
    pub totals_help: Text,
    /// Nothing was recorded.
    pub no_minutes: Text,
    /// No frame was looked at.
    pub camera_off: Text,
    /// A table instead of the picture.
    pub as_table: Text,
    /// Above tables that phones are too narrow for.
    pub sideways: Text,
    /// Columns.
    pub from_until: Text,
    /// State.
    pub state: Text,
    /// Time.
    pub time: Text,
    /// Share.
    pub share: Text,
    /// Nothing is known.
    pub unrecorded: Text,
    /// Moments' heading.
    pub moments: Text,
    /// What they are.
    pub moments_help: Text,
    /// There is none.
    pub no_moments: Text,
    /// Opens the lecture there.
    pub watch_from: fn(&str) -> String,
    /// Where the client did not say where the lecture was.
    pub into_session: fn(&str) -> String,
    /// Events' heading.
    pub events: Text,
    /// There is none.
    pub no_events: Text,
    /// Old ones are deleted: after so many days.
    pub events_deleted: fn(u32) -> String,
    /// These are: after so many days.
    pub events_gone: fn(u32) -> String,
    /// As short as it can be said.
    pub events_gone_short: Text,
    /// Column.
    pub at: Text,
    /// Column.
    pub in_lecture: Text,
    /// Column.
    pub what: Text,
    /// Column.
    pub lasted: Text,
    /// Column.
    pub alert: Text,
    /// It has no end yet.
    pub lasting: Text,
    /// Quizzes' heading.
    pub quizzes: Text,
    /// How many were right, of how many.
    pub score: fn(usize, usize) -> String,
    /// The answer was right.
    pub right: Text,
    /// The answer was wrong.
    pub wrong: Text,
    /// Passed.
    pub skipped: Text,
    /// How many there are that were not answered.
    pub left: fn(u64) -> String,
    /// Name of the number of right answers.
    pub questions_right: Text,
    /// How many were right, of how many.
    pub right_of: fn(usize, usize) -> String,
    /// How many were passed.
    pub of_them_skipped: fn(usize) -> String,
    /// Marks the learner's answer.
    pub my_answer: Text,
    /// Marks the right answer.
    pub right_answer: Text,
    /// Before the explanation.
    pub why: Text,
    /// Before what was said in the lecture.
    pub said: Text,
    /// Answered within so long.
    pub took: fn(&str) -> String,
    /// Notes' heading.
    pub notes: Text,
}

/// Words of charts.
#[derive(Debug)]
pub struct Charts {
    /// Of the timeline, along the lecture or the session.
    pub timeline_title: Text,
    /// How long, how much of it attentive, how many alerts if that is known.
    pub timeline_said: fn(&str, &str, Option<usize>) -> String,
    /// Of the totals.
    pub totals_title: Text,
    /// The groups of states.
    pub attentive: Text,
    /// As above.
    pub drowsy: Text,
    /// As above.
    pub looking_away: Text,
    /// As above.
    pub absent: Text,
    /// As above.
    pub unknown: Text,
    /// As above.
    pub paused: Text,
    /// Mark.
    pub warning: Text,
    /// Mark.
    pub alarm: Text,
}

/// Words for events.
#[derive(Debug)]
pub struct Events {
    /// Kinds.
    pub eyes_closed: Text,
    /// As above.
    pub drowsy: Text,
    /// As above.
    pub absent: Text,
    /// As above.
    pub slumped: Text,
    /// As above.
    pub looking_away: Text,
    /// As above.
    pub yawning: Text,
    /// Levels.
    pub note: Text,
    /// As above.
    pub cue: Text,
    /// As above.
    pub warning: Text,
    /// As above.
    pub alarm: Text,
}

/// Words of the learner's own page.
#[derive(Debug)]
pub struct Me {
    /// Heading.
    pub title: Text,
    /// The learner's name.
    pub name: Text,
    /// There is none.
    pub nameless: Text,
    /// The time zone.
    pub timezone: Text,
    /// Since when.
    pub since: Text,
    /// The learner's id.
    pub id: Text,
    /// What it is good for, before the command that it is for.
    pub id_help: Text,
    /// Consent's heading.
    pub consent: Text,
    /// It holds: version and date.
    pub consent_given: fn(&str, &str) -> String,
    /// An older version's holds no more: version and date.
    pub consent_old: fn(&str, &str) -> String,
    /// Withdrawn: date.
    pub consent_withdrawn: fn(&str) -> String,
    /// Never given.
    pub consent_none: Text,
    /// To where consent is given.
    pub agree: Text,
    /// The same for who agreed once.
    pub agree_again: Text,
    /// The text itself.
    pub consent_text: Text,
    /// The button.
    pub withdraw: Text,
    /// What it does.
    pub withdraw_help: Text,
    /// Export's heading.
    pub export: Text,
    /// What it is.
    pub export_help: Text,
    /// All.
    pub export_all: Text,
    /// Tables.
    pub table_sessions: Text,
    /// As above.
    pub table_events: Text,
    /// As above.
    pub table_minutes: Text,
    /// As above.
    pub table_answers: Text,
    /// As above.
    pub table_notes: Text,
    /// As above.
    pub table_consents: Text,
    /// As above.
    pub table_recommendations: Text,
    /// As above.
    pub table_quiz_sets: Text,
    /// Of the sets that the learner wrote.
    pub table_quizzes: Text,
    /// Of these.
    pub table_choices: Text,
    /// How many sets were made for the learner, by day.
    pub table_quiz_usage: Text,
    /// Erasure's heading.
    pub erase: Text,
    /// What it does.
    pub erase_help: Text,
    /// To be ticked.
    pub erase_sure: Text,
    /// The button.
    pub erase_button: Text,
}

/// Words of the pages that say one thing.
#[derive(Debug)]
pub struct Notices {
    /// Makes this browser a device: heading with the name.
    pub enter: fn(&str) -> String,
    /// The same for somebody without a name.
    pub enter_nameless: Text,
    /// What it means.
    pub enter_help: Text,
    /// The button.
    pub enter_button: Text,
    /// Not this.
    pub enter_cancel: Text,
    /// The link does not hold.
    pub enter_bad: Text,
    /// What to do.
    pub enter_bad_help: Text,
    /// Nobody is known here.
    pub signed_out: Text,
    /// What to do.
    pub signed_out_help: Text,
    /// To the start.
    pub to_start: Text,
    /// There is no such page.
    pub not_found: Text,
    /// What to do.
    pub not_found_help: Text,
    /// A form from elsewhere.
    pub foreign: Text,
    /// What to do.
    pub foreign_help: Text,
    /// The box was not ticked.
    pub unsure: Text,
    /// What to do.
    pub unsure_help: Text,
    /// The database is away.
    pub failed: Text,
    /// What to do.
    pub failed_help: Text,
    /// Erased.
    pub erased: Text,
    /// How many sessions.
    pub erased_help: fn(u64) -> String,
    /// Traces may be left.
    pub erased_traces: Text,
}

/// All of it in one language.
#[derive(Debug)]
pub struct Words {
    /// Which.
    pub language: Language,
    /// As HTML's lang.
    pub lang: Text,
    /// Numbers, dates, lengths.
    pub format: Format,
    /// Every page's.
    pub common: Common,
    /// The list's.
    pub list: List,
    /// The report's.
    pub session: Session,
    /// The charts'.
    pub charts: Charts,
    /// The events'.
    pub events: Events,
    /// The learner's page's.
    pub me: Me,
    /// The others'.
    pub notices: Notices,
}

#[cfg(test)]
mod tests {
    use super::Language;

    #[test]
    fn the_language_that_is_liked_best_is_taken() {
        for (header, language) in [
            ("ko-KR,ko;q=0.9,en-US;q=0.8,en;q=0.7", Language::Korean),
            ("en-GB,en;q=0.9,ko;q=0.8", Language::English),
            ("de-DE, ko;q=0.5, en;q=0.4", Language::Korean),
            ("fr", Language::English),
            ("ko;q=0", Language::English),
            ("ko;q=nonsense, ,;;", Language::English),
            ("", Language::English),
        ] {
            assert_eq!(Language::accepted(header), language, "{header}");
        }
    }
}
