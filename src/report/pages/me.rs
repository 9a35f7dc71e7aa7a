//! What is kept about the learner, and what they can do about it.

use askama::Template;

use super::Context;
use crate::consent;
use crate::report::words::{Language, Words};
use crate::store::{Consent, LearnerId, Profile};

/// The page.
#[derive(Debug, Template)]
#[template(path = "me.html")]
pub struct MePage {
    w: &'static Words,
    nav: &'static str,
    /// The way back for who lost the cookie.
    id: String,
    name: String,
    timezone: String,
    since: String,
    consent: String,
    consent_holds: bool,
    /// The way to agree, where the camera stays off.
    agree: Option<&'static str>,
    consent_text: &'static str,
    tables: [(&'static str, &'static str); 11],
}

impl MePage {
    /// The page of a learner.
    pub fn new(context: &Context, learner: LearnerId, profile: &Profile, given: Option<&Consent>) -> Self {
        let words = context.words;
        let me = &words.me;
        Self {
            w: words,
            nav: "me",
            id: learner.0.to_string(),
            name: profile.name.clone().unwrap_or_else(|| me.nameless.to_owned()),
            timezone: profile.timezone.clone().unwrap_or_else(|| "UTC".to_owned()),
            since: words.format.date(profile.created, &context.zone),
            consent: said(context, given),
            consent_holds: given.is_some_and(|it| it.withdrawn.is_none()),
            agree: match given {
                None => Some(me.agree),
                Some(it) if it.withdrawn.is_none() && it.text_version == consent::VERSION => None,
                Some(_) => Some(me.agree_again),
            },
            consent_text: match words.language {
                Language::English => consent::ENGLISH,
                Language::Korean => consent::KOREAN,
            },
            tables: [
                ("sessions", me.table_sessions),
                ("events", me.table_events),
                ("minutes", me.table_minutes),
                ("answers", me.table_answers),
                ("notes", me.table_notes),
                ("consents", me.table_consents),
                ("recommendations", me.table_recommendations),
                ("quiz_sets", me.table_quiz_sets),
                ("quizzes", me.table_quizzes),
                ("choices", me.table_choices),
                ("quiz_usage", me.table_quiz_usage),
            ],
        }
    }
}

fn said(context: &Context, given: Option<&Consent>) -> String {
    let (me, date) = (&context.words.me, |at| context.words.format.date(at, &context.zone));
    match given {
        None => me.consent_none.to_owned(),
        Some(Consent { withdrawn: Some(at), .. }) => (me.consent_withdrawn)(&date(*at)),
        Some(it) if it.text_version == consent::VERSION => (me.consent_given)(&it.text_version, &date(it.given)),
        Some(it) => (me.consent_old)(&it.text_version, &date(it.given)),
    }
}
