//! The list of sessions, with what the last days came to.

use std::collections::HashMap;

use askama::Template;
use url::form_urlencoded::Serializer;

use super::{Context, When};
use crate::report::format::percent;
use crate::report::share;
use crate::report::words::Words;
use crate::store::{Brief, SessionId, SessionPage, SessionSummary, Study};

/// What is looked for, as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// In titles and courses.
    pub search: String,
    /// A date, or empty.
    pub from: String,
    /// A date, or empty.
    pub until: String,
    /// From 1.
    pub page: u64,
    /// Sessions a page.
    pub per_page: u64,
}

impl Query {
    fn narrows(&self) -> bool {
        [&self.search, &self.from, &self.until].iter().any(|text| !text.is_empty())
    }

    fn link(&self, page: u64) -> String {
        let path = String::from("/sessions?");
        let start = path.len();
        let mut link = Serializer::for_suffix(path, start);
        for (key, text) in [("search", &self.search), ("from", &self.from), ("until", &self.until)] {
            if !text.is_empty() {
                link.append_pair(key, text);
            }
        }
        link.append_pair("page", &page.to_string()).finish()
    }
}

/// What some days came to.
#[derive(Debug)]
struct Past {
    heading: &'static str,
    studied: String,
    sessions: String,
}

/// A session of the list.
#[derive(Debug)]
struct Item {
    href: String,
    title: String,
    course: Option<String>,
    when: When,
    running: bool,
    length: String,
    /// Whether something is told of attention.
    seen: bool,
    attentive: String,
    share: String,
    /// 0 to 100.
    bar: u32,
    alerts: String,
    calm: bool,
    /// How many answers were right.
    score: Option<String>,
}

/// The page.
#[derive(Debug, Template)]
#[template(path = "sessions.html")]
pub struct ListPage {
    w: &'static Words,
    nav: &'static str,
    past: [Past; 2],
    query: Query,
    narrowed: bool,
    found: String,
    items: Vec<Item>,
    /// Why there is none.
    none: Option<&'static str>,
    help: bool,
    /// Why old ones have no alerts.
    gone: Option<String>,
    page_of: Option<String>,
    newer: Option<String>,
    older: Option<String>,
}

impl ListPage {
    /// The page; `past` is what the last 7 and 30 days came to.
    pub fn new(
        context: &Context,
        query: Query,
        page: &SessionPage,
        briefs: &HashMap<SessionId, Brief>,
        past: [Study; 2],
    ) -> Self {
        let words = context.words;
        let brief = |id| briefs.get(&id).copied().unwrap_or_default();
        let items: Vec<Item> = page.sessions.iter().map(|it| item(context, it, brief(it.id))).collect();
        let pages = page.total.div_ceil(query.per_page.max(1));
        let none = match (items.is_empty(), page.total, query.narrows()) {
            (false, ..) => None,
            (true, 1.., _) => Some(words.list.beyond),
            (true, 0, true) => Some(words.list.none_found),
            (true, 0, false) => Some(words.list.none_yet),
        };
        let at = |number: u64| (1..=pages).contains(&number).then(|| query.link(number));
        Self {
            w: words,
            nav: "sessions",
            past: [(words.list.last_7_days, past[0]), (words.list.last_30_days, past[1])]
                .map(|(heading, study)| over(words, heading, study)),
            narrowed: query.narrows(),
            found: (words.list.found)(page.total),
            gone: page.sessions.iter().any(|it| !context.events_kept(it.started)).then(|| context.events_gone()),
            help: page.total == 0 && !query.narrows(),
            page_of: (pages > 1 && !items.is_empty()).then(|| (words.list.page_of)(query.page, pages)),
            newer: at(query.page.saturating_sub(1).min(pages)).filter(|_| query.page > 1),
            older: query.page.checked_add(1).and_then(at),
            items,
            none,
            query,
        }
    }
}

fn over(words: &Words, heading: &'static str, study: Study) -> Past {
    let (studied, sessions) = (words.format.length(study.attentive_ms), (words.list.sessions)(study.sessions));
    Past { heading, studied, sessions }
}

fn item(context: &Context, summary: &SessionSummary, brief: Brief) -> Item {
    let words = context.words;
    let length_ms = crate::report::since(summary.started, summary.ended.unwrap_or(context.now));
    let attentive_ms = brief.attentive_ms.min(length_ms);
    let share = share(attentive_ms, length_ms);
    let running = summary.ended.is_none();
    let kept = context.events_kept(summary.started);
    Item {
        href: format!("/sessions/{}", summary.id.0),
        title: summary.title.clone().unwrap_or_else(|| words.list.untitled.to_owned()),
        course: summary.course.clone(),
        when: context.when(summary.started),
        running,
        length: words.format.length(length_ms),
        seen: brief.frames > 0 || brief.alerts > 0 || (running && brief.answers == 0),
        attentive: if running && attentive_ms == 0 { "–".to_owned() } else { words.format.length(attentive_ms) },
        share: percent(share),
        bar: share.map_or(0, |share| (share * 100.0) as u32),
        alerts: match brief.alerts {
            _ if !kept => format!("– {}", words.session.events_gone_short),
            0 => words.list.no_alerts.to_owned(),
            some => (words.list.alerts)(some),
        },
        calm: brief.alerts == 0 || !kept,
        score: (brief.answers > 0).then(|| (words.session.score)(brief.right, brief.answers)),
    }
}
