//! One session's report.

use askama::Template;

use super::quizzes::{Asked, Note, asked, note, right, score};
use super::{Context, When};
use crate::attention::{Kind, Level};
use crate::report::format::{percent, position, time_of_day};
use crate::report::words::Words;
use crate::report::{Axis, Band, Bin, Moment, Report, Timeline, chart, link, position_ms, share};
use crate::store::{AttentionEvent, EndReason, SessionDetails, SessionQuizzes, SessionSummary};

const MINUTE_MS: u64 = 60_000;
/// Notes that fit where there are no moments.
const FEW_NOTES: usize = 3;

/// One of the numbers at the top.
#[derive(Debug)]
struct Number {
    name: &'static str,
    value: String,
    notes: Vec<String>,
}

/// A row of the table that says what the timeline shows.
#[derive(Debug)]
struct Part {
    span: String,
    times: Vec<String>,
}

#[derive(Debug)]
struct State {
    name: &'static str,
    time: String,
    share: String,
}

#[derive(Debug)]
struct Again {
    label: String,
    link: Option<String>,
    what: String,
    lasted: String,
    level: &'static str,
    alarm: bool,
}

#[derive(Debug)]
struct Happened {
    at: String,
    place: Option<(String, Option<String>)>,
    what: &'static str,
    lasted: String,
    level: &'static str,
    class: &'static str,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "session.html")]
pub struct SessionPage {
    w: &'static Words,
    nav: &'static str,
    title: String,
    course: Option<String>,
    link: Option<String>,
    when: When,
    end: &'static str,
    tone: &'static str,
    numbers: Vec<Number>,
    /// Why nothing is told of attention.
    unseen: Option<&'static str>,
    recorded: bool,
    no_minutes: &'static str,
    textures: String,
    timeline: Option<String>,
    along: &'static str,
    legend: Vec<(&'static str, &'static str)>,
    parts: Vec<Part>,
    totals: Option<String>,
    states: Vec<State>,
    moments: Vec<Again>,
    /// Why there are no events any more.
    gone: Option<String>,
    events: Vec<Happened>,
    deleted: String,
    score: Option<String>,
    quizzes: Vec<Asked>,
    notes: Vec<Note>,
    /// Whether the notes stand where there are no moments, rather than in a row of their own.
    beside: bool,
}

impl SessionPage {
    /// The page of a session.
    pub fn new(context: &Context, details: &SessionDetails, quizzes: &SessionQuizzes) -> Self {
        let words = context.words;
        let report = Report::of(details, context.now, context.retention_days);
        let summary = &details.summary;
        let url = summary.url.as_deref();
        let (end, tone) = end(summary, words);
        let recorded = report.totals.sum_ms() > 0;
        let unseen = unseen(details, &report, quizzes, words);
        let attention = if unseen.is_none() { numbers(&report, context) } else { Vec::new() };
        Self {
            w: words,
            nav: "sessions",
            title: summary.title.clone().unwrap_or_else(|| words.list.untitled.to_owned()),
            course: summary.course.clone(),
            link: url.and_then(link::safe),
            when: context.when(summary.started),
            end,
            tone,
            numbers: attention.into_iter().chain(right_number(quizzes, words)).collect(),
            unseen,
            recorded,
            no_minutes: if report.running { words.session.nothing_yet } else { words.session.no_minutes },
            textures: chart::textures(),
            timeline: recorded.then(|| chart::timeline(&report, words)).flatten(),
            along: match report.timeline.axis {
                Axis::Lecture => words.session.along_lecture,
                Axis::Session => words.session.along_session,
            },
            legend: Band::ALL.iter().map(|it| (chart::class(*it), chart::band(*it, &words.charts))).collect(),
            parts: parts(&report.timeline, words),
            totals: recorded.then(|| chart::totals(&report, words)).flatten(),
            states: states(&report, words),
            moments: report.moments.iter().map(|it| again(it, words)).collect(),
            events: details.events.iter().map(|it| happened(context, it, url)).collect(),
            gone: (!report.events_kept).then(|| context.events_gone()),
            deleted: (words.session.events_deleted)(context.retention_days),
            score: score(quizzes, words),
            quizzes: quizzes.quizzes.iter().map(|it| asked(it, url, words)).collect(),
            beside: unseen.is_none() && report.moments.is_empty() && (1..=FEW_NOTES).contains(&quizzes.notes.len()),
            notes: quizzes.notes.iter().map(|it| note(it, url)).collect(),
        }
    }
}

fn end(summary: &SessionSummary, words: &Words) -> (&'static str, &'static str) {
    match summary.end_reason {
        None => (words.session.running, "running"),
        Some(EndReason::End) => (words.session.ended, "calm"),
        Some(EndReason::Lost) => (words.session.lost, "note"),
        Some(EndReason::Restart) => (words.session.restart, "note"),
        Some(EndReason::Crash) => (words.session.crash, "note"),
    }
}

/// Why there is nothing to tell of attention: no frame was looked at, only questions were asked. Of a session that has just begun, and of one
/// without anything, nobody knows.
fn unseen(details: &SessionDetails, report: &Report, quizzes: &SessionQuizzes, words: &Words) -> Option<&'static str> {
    let seen = report.frames > 0 || !details.events.is_empty();
    let nothing = details.minutes.is_empty();
    match seen || (nothing && (report.running || quizzes.quizzes.is_empty())) {
        true => None,
        false if nothing => Some(words.session.no_minutes),
        false => Some(words.session.camera_off),
    }
}

fn right_number(quizzes: &SessionQuizzes, words: &Words) -> Option<Number> {
    let value = (words.session.right_of)(right(&quizzes.quizzes)?, quizzes.quizzes.len());
    let skipped = quizzes.quizzes.iter().filter(|it| it.outcome.answer.choice.is_none()).count();
    let notes = if skipped > 0 { vec![(words.session.of_them_skipped)(skipped)] } else { Vec::new() };
    Some(Number { name: words.session.questions_right, value, notes })
}

fn numbers(report: &Report, context: &Context) -> Vec<Number> {
    let words = context.words;
    let (format, say) = (words.format, &words.session);
    let totals = &report.totals;
    let mut net = vec![match report.attentive_share() {
        None if report.running => say.nothing_yet.to_owned(),
        share => (say.of_session)(&percent(share), &format.length(report.whole_ms())),
    }];
    net.extend(report.lecture_ms.map(|ms| (say.of_lecture)(&format.length(ms))));
    net.extend(report.played_ms.map(|ms| (say.played)(&format.length(ms))));
    let lost = totals.drowsy_ms + totals.looking_away_ms + totals.absent_ms;
    let known = |ms| if report.whole_ms() == 0 { "–".to_owned() } else { format.length(ms) };
    let (alerts, split) = match report.events_kept {
        true => ((report.warnings + report.alarms).to_string(), (say.alerts_split)(report.warnings, report.alarms)),
        false => ("–".to_owned(), context.events_gone()),
    };
    let number = |name, value, notes| Number { name, value, notes };
    vec![
        number(say.net_time, known(totals.attentive_ms), net),
        number(say.longest, known(report.longest_attentive_ms), vec![say.longest_help.to_owned()]),
        number(say.alerts, alerts, vec![split]),
        number(say.lost_time, known(lost), vec![say.lost_time_help.to_owned()]),
    ]
}

/// Of a minute and more: shorter bins are for the eye only.
fn parts(timeline: &Timeline, words: &Words) -> Vec<Part> {
    let minutes = timeline.bins.chunk_by(|one, next| one.from_ms / MINUTE_MS == next.from_ms / MINUTE_MS);
    let part = |bins: &[Bin]| {
        let (from_ms, until_ms) = (bins.first()?.from_ms, bins.last()?.until_ms);
        let of = |band: &Band| bins.iter().map(|bin| bin.totals.of(*band)).sum::<u64>();
        bins.iter().any(|bin| bin.totals.sum_ms() > 0).then(|| Part {
            span: format!("{}–{}", position(from_ms), position(until_ms)),
            times: Band::ALL.iter().map(|band| time(of(band), words)).collect(),
        })
    };
    minutes.filter_map(part).collect()
}

fn time(ms: u64, words: &Words) -> String {
    if ms == 0 { "–".to_owned() } else { words.format.length(ms) }
}

fn states(report: &Report, words: &Words) -> Vec<State> {
    let known = Band::ALL.iter().map(|it| (chart::band(*it, &words.charts), report.totals.of(*it)));
    // Of a session that runs, the last minute is not unrecorded, only not written yet.
    let unrecorded = (!report.running).then_some((words.session.unrecorded, report.unrecorded_ms));
    known
        .chain(unrecorded)
        .map(|(name, ms)| State { name, time: time(ms, words), share: percent(share(ms, report.whole_ms())) })
        .collect()
}

fn again(moment: &Moment, words: &Words) -> Again {
    let at = position(moment.from_ms);
    let label = match moment.axis {
        Axis::Lecture => (words.session.watch_from)(&at),
        Axis::Session => (words.session.into_session)(&at),
    };
    let kinds: Vec<&str> = moment.kinds.iter().map(|it| kind(*it, words)).collect();
    Again {
        label,
        link: moment.link.clone(),
        what: kinds.join(", "),
        lasted: words.format.length(moment.until_ms - moment.from_ms),
        level: level(moment.level, words).0,
        alarm: moment.level == Level::Alarm,
    }
}

fn happened(context: &Context, event: &AttentionEvent, url: Option<&str>) -> Happened {
    let words = context.words;
    let (level, class) = level(event.peak, words);
    let lasted = |ended| words.format.length(crate::report::since(event.started, ended));
    Happened {
        at: time_of_day(event.started, &context.zone, true),
        place: place(event.lecture_seconds, url),
        what: kind(event.kind, words),
        lasted: event.ended.map_or_else(|| words.session.lasting.to_owned(), lasted),
        level,
        class,
    }
}

/// A position and the link to it.
pub(super) fn place(seconds: Option<f64>, url: Option<&str>) -> Option<(String, Option<String>)> {
    let ms = seconds.and_then(position_ms)?;
    Some((position(ms), url.and_then(|url| link::at(url, ms / 1000))))
}

fn kind(kind: Kind, words: &Words) -> &'static str {
    match kind {
        Kind::EyesClosed => words.events.eyes_closed,
        Kind::Drowsy => words.events.drowsy,
        Kind::Absent => words.events.absent,
        Kind::Slumped => words.events.slumped,
        Kind::LookingAway => words.events.looking_away,
        Kind::Yawning => words.events.yawning,
    }
}

fn level(level: Level, words: &Words) -> (&'static str, &'static str) {
    match level {
        Level::Note => (words.events.note, "quiet"),
        Level::Cue => (words.events.cue, "quiet"),
        Level::PreAlarm => (words.events.warning, "warning"),
        Level::Alarm => (words.events.alarm, "alarm"),
    }
}
