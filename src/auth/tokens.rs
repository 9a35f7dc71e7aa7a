//! What tokens say, and making and reading them.

use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{KeyError, SignedOut, hs256, key};
use crate::config::Auth;
use crate::store::{Caller, LearnerId, UtcMs};

const ISSUER: &str = "loa";
/// Characters of a token at the most; a teacher's for a hundred lectures has some 6,000.
const LONGEST: usize = 8192;

/// What a token is for; the claim `aud`. One is never taken for another.
mod audience {
    /// Opens sockets and answers requests.
    pub const ACCESS: &str = "loa.access";
    /// Fetches access tokens, and opens pages as a cookie.
    pub const REFRESH: &str = "loa.refresh";
    /// Makes a browser this learner's device.
    pub const ENTRY: &str = "loa.entry";
    /// Sees what groups of learners did.
    pub const TEACHER: &str = "loa.teacher";
}

#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// Seconds since 1970, as the standard wants.
    exp: i64,
    /// Milliseconds since 1970: when it was made.
    made_ms: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    sub: Option<Uuid>,
    /// The version of the consent that held.
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    lectures: Vec<Uuid>,
}

/// Who holds an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// On whose behalf.
    pub caller: Caller,
    /// The version of the consent text that was agreed to when the token was made; None: none.
    pub consent: Option<String>,
}

/// Who holds a teacher's token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Teacher {
    /// Whose aggregates may be seen.
    pub lectures: Vec<Uuid>,
}

/// Why a token does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadToken {
    /// No token of this server, or changed on its way.
    #[error("this is no token of this server")]
    Forged,
    /// Its time is over.
    #[error("the token has run out; fetch a new one with the refresh token: POST /api/v1/tokens")]
    Expired,
    /// It is for something else.
    #[error("this token is for something else")]
    WrongAudience,
    /// The learner withdrew consent or erased everything after it was made, or the server was started.
    #[error(
        "the token was made before a sign-out or a restart; fetch a new one with the refresh token: POST /api/v1/tokens"
    )]
    SignedOut,
}

impl BadToken {
    /// The machine-readable code of the wire protocol and of problem documents.
    pub fn code(self) -> &'static str {
        match self {
            Self::Forged => "token_invalid",
            Self::Expired => "token_expired",
            Self::WrongAudience => "token_audience",
            Self::SignedOut => "token_signed_out",
        }
    }
}

/// Makes and reads tokens. Cheap to clone.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    signer: EncodingKey,
    verifier: DecodingKey,
    access_life: Duration,
    refresh_life: Duration,
    signed_out: SignedOut,
}

impl Tokens {
    /// With the key of the settings, which is made if there is none. Access tokens made before `now` do not hold here.
    ///
    /// # Errors
    /// [`KeyError`] says what to do.
    pub fn open(settings: &Auth, now: UtcMs) -> Result<Self, KeyError> {
        hs256::install();
        let secret = key::secret(settings)?;
        Ok(Self(Arc::new(Inner {
            signer: EncodingKey::from_secret(&secret),
            verifier: DecodingKey::from_secret(&secret),
            access_life: settings.access_life(),
            refresh_life: settings.refresh_life(),
            signed_out: SignedOut::new(settings.access_life(), now),
        })))
    }

    /// How long an access token holds.
    pub fn access_life(&self) -> Duration {
        self.0.access_life
    }

    /// How long a refresh token holds.
    pub fn refresh_life(&self) -> Duration {
        self.0.refresh_life
    }

    /// Opens sockets and answers requests; `consent` is the version of the text that the learner agrees to now.
    pub fn access(&self, learner: LearnerId, consent: Option<&str>, now: UtcMs) -> String {
        let consent = consent.map(str::to_owned);
        self.sign(audience::ACCESS, self.0.access_life, now, |claims| Claims {
            sub: Some(learner.0),
            consent,
            ..claims
        })
    }

    /// Fetches access tokens.
    pub fn refresh(&self, learner: LearnerId, now: UtcMs) -> String {
        self.sign(audience::REFRESH, self.0.refresh_life, now, |claims| Claims { sub: Some(learner.0), ..claims })
    }

    /// Makes a browser this learner's device, if opened within `life`.
    pub fn entry(&self, learner: LearnerId, life: Duration, now: UtcMs) -> String {
        self.sign(audience::ENTRY, life, now, |claims| Claims { sub: Some(learner.0), ..claims })
    }

    /// Sees the aggregates of these lectures.
    pub fn teacher(&self, lectures: Vec<Uuid>, life: Duration, now: UtcMs) -> String {
        self.sign(audience::TEACHER, life, now, |claims| Claims { lectures, ..claims })
    }

    /// Reads an access token.
    ///
    /// # Errors
    /// [`BadToken`]
    pub fn read_access(&self, token: &str, now: UtcMs) -> Result<Access, BadToken> {
        let claims = self.read(token, audience::ACCESS, now)?;
        let learner = learner(&claims)?;
        if self.0.signed_out.voids(learner, UtcMs(claims.made_ms)) {
            return Err(BadToken::SignedOut);
        }
        Ok(Access { caller: Caller::authenticated(learner), consent: claims.consent })
    }

    /// Reads a refresh token. Whether the learner is still known, only the store can say.
    ///
    /// # Errors
    /// [`BadToken`]
    pub fn read_refresh(&self, token: &str, now: UtcMs) -> Result<Caller, BadToken> {
        learner(&self.read(token, audience::REFRESH, now)?).map(Caller::authenticated)
    }

    /// Reads an entry token. Whether the learner is still known, only the store can say.
    ///
    /// # Errors
    /// [`BadToken`]
    pub fn read_entry(&self, token: &str, now: UtcMs) -> Result<Caller, BadToken> {
        learner(&self.read(token, audience::ENTRY, now)?).map(Caller::authenticated)
    }

    /// Reads a teacher's token.
    ///
    /// # Errors
    /// [`BadToken`]
    pub fn read_teacher(&self, token: &str, now: UtcMs) -> Result<Teacher, BadToken> {
        Ok(Teacher { lectures: self.read(token, audience::TEACHER, now)?.lectures })
    }

    /// The learner's access tokens made up to now are void.
    pub fn sign_out(&self, learner: LearnerId, now: UtcMs) {
        self.0.signed_out.sign_out(learner, now);
    }

    fn sign(&self, audience: &str, life: Duration, now: UtcMs, fill: impl FnOnce(Claims) -> Claims) -> String {
        let exp = now.plus_ms(u64::try_from(life.as_millis()).unwrap_or(u64::MAX)).0 / 1000;
        let claims = fill(Claims {
            iss: ISSUER.to_owned(),
            aud: audience.to_owned(),
            exp,
            made_ms: now.0,
            sub: None,
            consent: None,
            lectures: Vec::new(),
        });
        // Only unserialisable claims and foreign keys fail. An empty token opens nothing.
        encode(&Header::new(Algorithm::HS256), &claims, &self.0.signer).unwrap_or_default()
    }

    fn read(&self, token: &str, audience: &str, now: UtcMs) -> Result<Claims, BadToken> {
        let claims: Claims = self.verified(token)?;
        if claims.iss != ISSUER {
            return Err(BadToken::Forged);
        }
        if claims.aud != audience {
            return Err(BadToken::WrongAudience);
        }
        if claims.exp <= now.0.div_euclid(1000) {
            return Err(BadToken::Expired);
        }
        Ok(claims)
    }

    /// The signature first. The rest is checked by hand, since the library asks the system for the time.
    fn verified<T: DeserializeOwned>(&self, token: &str) -> Result<T, BadToken> {
        if token.len() > LONGEST {
            return Err(BadToken::Forged);
        }
        let mut validation = Validation::new(Algorithm::HS256);
        validation.validate_exp = false;
        validation.validate_aud = false;
        validation.required_spec_claims.clear();
        decode(token, &self.0.verifier, &validation).map(|it| it.claims).map_err(|_| BadToken::Forged)
    }
}

fn learner(claims: &Claims) -> Result<LearnerId, BadToken> {
    claims.sub.map(LearnerId).ok_or(BadToken::Forged)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    const NOW: UtcMs = UtcMs(1_800_000_000_123);
    const MINUTE: Duration = Duration::from_mins(1);

    fn tokens(key: &str) -> Tokens {
        let config = Config::load(None, &[format!("auth.key={key}")]).expect("good settings");
        Tokens::open(&config.auth, UtcMs(0)).expect("a key")
    }

    fn ours() -> Tokens {
        tokens("0123456789abcdef0123456789abcdef")
    }

    #[test]
    fn a_token_says_who_and_what_was_agreed_to() {
        let (tokens, learner) = (ours(), LearnerId::new_id());
        let access = tokens.read_access(&tokens.access(learner, Some("1"), NOW), NOW).expect("good");
        assert_eq!((access.caller.learner(), access.consent.as_deref()), (learner, Some("1")));
        assert_eq!(tokens.read_refresh(&tokens.refresh(learner, NOW), NOW).map(Caller::learner), Ok(learner));
        assert_eq!(tokens.read_entry(&tokens.entry(learner, MINUTE, NOW), NOW).map(Caller::learner), Ok(learner));
        let lecture = Uuid::now_v7();
        let teacher = tokens.teacher(vec![lecture], MINUTE, NOW);
        assert_eq!(tokens.read_teacher(&teacher, NOW), Ok(Teacher { lectures: vec![lecture] }));
    }

    #[test]
    fn one_kind_is_never_taken_for_another() {
        let (tokens, learner) = (ours(), LearnerId::new_id());
        let all = [
            tokens.access(learner, None, NOW),
            tokens.refresh(learner, NOW),
            tokens.entry(learner, MINUTE, NOW),
            tokens.teacher(vec![], MINUTE, NOW),
        ];
        for (n, token) in all.iter().enumerate() {
            let read = [
                tokens.read_access(token, NOW).map(drop),
                tokens.read_refresh(token, NOW).map(drop),
                tokens.read_entry(token, NOW).map(drop),
                tokens.read_teacher(token, NOW).map(drop),
            ];
            for (m, result) in read.into_iter().enumerate() {
                assert_eq!(result, if n == m { Ok(()) } else { Err(BadToken::WrongAudience) }, "{n} as {m}");
            }
        }
    }

    #[test]
    fn time_runs_out_to_the_second() {
        let tokens = ours();
        let token = tokens.access(LearnerId::new_id(), None, NOW);
        let end = UtcMs((NOW.0 / 1000 + 15 * 60) * 1000);
        assert!(tokens.read_access(&token, UtcMs(end.0 - 1)).is_ok());
        assert_eq!(tokens.read_access(&token, end), Err(BadToken::Expired));
    }

    #[test]
    fn forgeries_are_refused() {
        let (tokens, learner) = (ours(), LearnerId::new_id());
        let good = tokens.access(learner, None, NOW);
        let foreign = self::tokens("another-key-of-thirty-two-letters").access(learner, None, NOW);
        let parts: Vec<&str> = good.split('.').collect();
        let other_claims = foreign.split('.').nth(1).expect("three parts");
        // {"alg":"none"} and {"alg":"HS512"}
        let none = format!("eyJhbGciOiJub25lIn0.{}.", parts[1]);
        let stronger = format!("eyJhbGciOiJIUzUxMiJ9.{}.{}", parts[1], parts[2]);
        let swapped = format!("{}.{}.{}", parts[0], other_claims, parts[2].chars().rev().collect::<String>());
        let long = "a".repeat(100_000);
        for bad in [&foreign, &none, &stronger, &swapped, &long, "", "..", "a.b.c", &good[..good.len() - 1]] {
            assert_eq!(tokens.read_access(bad, NOW), Err(BadToken::Forged), "{bad:.80}");
        }
    }

    #[test]
    fn signing_out_voids_what_was_made_before() {
        let (tokens, learner) = (ours(), LearnerId::new_id());
        let before = tokens.access(learner, Some("1"), NOW);
        tokens.sign_out(learner, NOW);
        assert_eq!(tokens.read_access(&before, NOW), Err(BadToken::SignedOut));
        let after = tokens.access(learner, None, NOW.plus_ms(1));
        assert!(tokens.read_access(&after, NOW.plus_ms(1)).is_ok());
    }
}
