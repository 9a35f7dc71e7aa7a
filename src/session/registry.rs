//! The watch sessions of this process, by their secret: connected ones, and those that wait for their client to come back.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use dashmap::DashMap;
use tokio_util::sync::CancellationToken;

use super::seats::{Seat, Seats};
use super::watch::Watch;
use crate::metrics::Metrics;
use crate::protocol::server::Notice;
use crate::store::{Caller, EndReason, LearnerId, UtcMs};

/// All watch sessions; there are never more than connections and waiting places.
pub struct Registry {
    sessions: DashMap<String, Arc<Slot>>,
    waiting: AtomicUsize,
    places: usize,
    /// Of the places, those of one learner.
    each: Seats<LearnerId>,
    patience: Duration,
    metrics: Arc<Metrics>,
}

/// One watch session.
struct Slot(Mutex<Held>);

struct Held {
    watch: Watch,
    holder: Holder,
    /// Counts the connections that held it.
    generation: u64,
}

enum Holder {
    /// A connection, which is told by the token when another takes over.
    Connection(CancellationToken),
    /// Nobody, since then; the learner's place among those who wait.
    Nobody { since: Instant, _place: Seat<LearnerId> },
    /// It has been taken out.
    Ended,
    /// It has been taken out since its learner was signed out.
    SignedOut,
}

impl Holder {
    fn is_over(&self) -> bool {
        matches!(self, Self::Ended | Self::SignedOut)
    }
}

impl Slot {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Registry {
    /// Empty. `places` watch sessions may wait for their client at one time, `each` of one learner, each for `patience`.
    pub fn new(places: usize, each: usize, patience: Duration, metrics: Arc<Metrics>) -> Arc<Self> {
        let (sessions, waiting, each) = (DashMap::new(), AtomicUsize::new(0), Seats::new(each));
        Arc::new(Self { sessions, waiting, places, each, patience, metrics })
    }

    /// Lets a new watch session be held by a connection.
    pub fn open(self: &Arc<Self>, watch: Watch, connection: CancellationToken) -> Lease {
        self.hold(watch, uuid::Uuid::new_v4().simple().to_string(), connection)
    }

    fn hold(self: &Arc<Self>, watch: Watch, secret: String, connection: CancellationToken) -> Lease {
        let held = Held { watch, holder: Holder::Connection(connection), generation: 0 };
        let slot = Arc::new(Slot(Mutex::new(held)));
        self.sessions.insert(secret.clone(), slot.clone());
        Lease { registry: self.clone(), slot, secret, generation: 0 }
    }

    /// Goes on with the caller's watch session on another connection; a former one is told so. With it comes what the client
    /// missed after `last_n`, all of it: none when the caller has no such session or a part of that is lost.
    pub fn resume(
        self: &Arc<Self>,
        caller: Caller,
        secret: &str,
        last_n: Option<u64>,
        connection: CancellationToken,
        now: Instant,
    ) -> Option<(Lease, Vec<Notice>)> {
        let slot = self.sessions.get(secret)?.clone();
        let mut held = slot.lock();
        if held.watch.caller() != caller || held.holder.is_over() || self.has_expired(&held, now) {
            return None;
        }
        self.metrics.alerts(&held.watch.tick(now));
        let missed = held.watch.missed(last_n)?;
        match std::mem::replace(&mut held.holder, Holder::Connection(connection)) {
            Holder::Connection(former) => former.cancel(),
            Holder::Nobody { .. } => self.leave_place(),
            Holder::Ended | Holder::SignedOut => {}
        }
        held.generation += 1;
        let generation = held.generation;
        drop(held);
        Some((Lease { registry: self.clone(), slot, secret: secret.to_owned(), generation }, missed))
    }

    /// Goes on with a watch session that another process left under this secret. As [`Self::resume`].
    pub fn adopt(
        self: &Arc<Self>,
        mut watch: Watch,
        secret: &str,
        last_n: Option<u64>,
        connection: CancellationToken,
        now: Instant,
    ) -> Option<(Lease, Vec<Notice>)> {
        self.metrics.alerts(&watch.tick(now));
        let Some(missed) = watch.missed(last_n) else {
            watch.end(EndReason::Lost, now);
            return None;
        };
        Some((self.hold(watch, secret.to_owned(), connection), missed))
    }

    /// Whether there is one of this secret.
    pub fn knows(&self, secret: &str) -> bool {
        self.sessions.contains_key(secret)
    }

    /// Lets time pass for those that wait, and forgets those that have waited long enough.
    pub fn sweep(&self, now: Instant) {
        self.sessions.retain(|_, slot| {
            let mut held = slot.lock();
            if !matches!(held.holder, Holder::Nobody { .. }) {
                return true;
            }
            if self.has_expired(&held, now) {
                held.watch.end(EndReason::Lost, now);
                held.holder = Holder::Ended;
                self.leave_place();
                return false;
            }
            self.metrics.alerts(&held.watch.tick(now));
            true
        });
    }

    /// Leaves all watch sessions to the server's next process: this one stops.
    pub fn close(&self, now: Instant) {
        self.sessions.retain(|secret, slot| {
            let mut held = slot.lock();
            if self.has_expired(&held, now) || !held.watch.has_seen() {
                held.watch.end(EndReason::Lost, now);
            } else {
                held.watch.hand_over(secret, now);
            }
            held.holder = Holder::Ended;
            false
        });
    }

    /// Whose watch sessions there are, and when each learner's oldest began.
    pub fn learners(&self) -> HashMap<LearnerId, UtcMs> {
        let mut oldest = HashMap::new();
        for slot in &self.sessions {
            let held = slot.lock();
            let began = held.watch.began();
            oldest.entry(held.watch.caller().learner()).and_modify(|it| *it = began.min(*it)).or_insert(began);
        }
        oldest
    }

    /// Ends the learner's watch sessions, and tells their connections.
    pub fn sign_out(&self, learner: LearnerId, now: Instant) {
        self.take_out(|watch| watch.caller().learner() == learner, EndReason::End, || Holder::SignedOut, now);
    }

    fn take_out(&self, which: impl Fn(&Watch) -> bool, reason: EndReason, next: impl Fn() -> Holder, now: Instant) {
        self.sessions.retain(|_, slot| {
            let mut held = slot.lock();
            if !which(&held.watch) {
                return true;
            }
            held.watch.end(reason, now);
            match std::mem::replace(&mut held.holder, next()) {
                Holder::Connection(connection) => connection.cancel(),
                Holder::Nobody { .. } => self.leave_place(),
                Holder::Ended | Holder::SignedOut => {}
            }
            false
        });
    }

    /// Watch sessions that wait for their client.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn has_expired(&self, held: &Held, now: Instant) -> bool {
        matches!(held.holder, Holder::Nobody { since, .. } if now.saturating_duration_since(since) >= self.patience)
    }

    fn take_place(&self) -> bool {
        let take = |waiting| (waiting < self.places).then_some(waiting + 1);
        self.waiting.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).is_ok()
    }

    fn leave_place(&self) {
        self.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A connection's hold on its watch session. Dropped, it lets the session wait for the client to come back.
pub struct Lease {
    registry: Arc<Registry>,
    slot: Arc<Slot>,
    secret: String,
    generation: u64,
}

impl Lease {
    /// What makes another connection go on with it.
    pub fn secret(&self) -> &str {
        &self.secret
    }

    /// Works on the watch session; none when another connection has taken it over.
    pub fn with<R>(&self, work: impl FnOnce(&mut Watch) -> R) -> Option<R> {
        let mut held = self.slot.lock();
        self.is_mine(&held).then(|| work(&mut held.watch))
    }

    /// The learner is done: nobody can go on with it.
    pub fn end(self) {
        self.give_up(|_, _| Holder::Ended);
    }

    /// The server stops: its next process may go on with it.
    pub fn hand_over(self) {
        let secret = self.secret.clone();
        self.give_up(|_, watch| {
            watch.hand_over(&secret, Instant::now());
            Holder::Ended
        });
    }

    /// Whether the learner was signed out meanwhile.
    pub fn is_signed_out(&self) -> bool {
        matches!(self.slot.lock().holder, Holder::SignedOut)
    }

    fn is_mine(&self, held: &Held) -> bool {
        held.generation == self.generation && matches!(held.holder, Holder::Connection(_))
    }

    fn give_up(&self, next: impl FnOnce(&Registry, &mut Watch) -> Holder) {
        let mut held = self.slot.lock();
        if !self.is_mine(&held) {
            return;
        }
        // Of a learner who was never seen there is nothing to keep.
        held.holder = if held.watch.has_seen() { next(&self.registry, &mut held.watch) } else { Holder::Ended };
        let ended = matches!(held.holder, Holder::Ended);
        // The map's lock is taken before a slot's, never after.
        drop(held);
        if ended {
            self.registry.sessions.remove(&self.secret);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.give_up(|registry, watch| {
            let now = Instant::now();
            let seat = registry.each.take(watch.caller().learner());
            if let Some(seat) = seat.filter(|_| registry.take_place()) {
                watch.leave(now);
                return Holder::Nobody { since: now, _place: seat };
            }
            watch.end(EndReason::Lost, now);
            Holder::Ended
        });
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::attention::Preset;
    use crate::config::Config;
    use crate::inference::Presence;
    use crate::session::diary::Diary;
    use crate::session::quizzing::Quizzing;
    use crate::store::Writer;

    const PATIENCE: Duration = Duration::from_secs(120);

    fn unseen(caller: Caller, now: Instant) -> Watch {
        let policy = Config::load(None, &[]).expect("built in").attention.policy(Preset::Default);
        let diary = Diary::new(caller, Uuid::now_v7(), None, Preset::Default, Writer::nowhere(), UtcMs(0));
        Watch::new("a".into(), Preset::Default, Arc::new(policy), diary, Quizzing::new(0), now)
    }

    fn watch(now: Instant) -> Watch {
        let mut watch = unseen(caller(), now);
        watch.observe(0, &Presence::Nobody(1.0), now);
        watch
    }

    fn caller() -> Caller {
        Caller::authenticated(LearnerId(Uuid::nil()))
    }

    fn registry(places: usize) -> (Arc<Registry>, Instant) {
        (Registry::new(places, 3, PATIENCE, Arc::default()), Instant::now())
    }

    #[test]
    fn a_session_waits_for_its_client_and_not_for_ever() {
        let (registry, now) = registry(10);
        let lease = registry.open(watch(now), CancellationToken::new());
        let secret = lease.secret().to_owned();
        drop(lease);
        assert_eq!(registry.waiting(), 1);
        let (lease, missed) =
            registry.resume(caller(), &secret, None, CancellationToken::new(), now).expect("it waits");
        assert_eq!((missed.len(), registry.waiting()), (0, 0));
        assert_eq!(lease.with(|watch| watch.id.clone()).as_deref(), Some("a"));
        drop(lease);
        registry.sweep(Instant::now() + PATIENCE / 2);
        assert_eq!(registry.sessions.len(), 1);
        registry.sweep(Instant::now() + PATIENCE);
        assert_eq!((registry.sessions.len(), registry.waiting()), (0, 0));
        assert!(registry.resume(caller(), &secret, None, CancellationToken::new(), now).is_none());
    }

    #[test]
    fn an_expired_session_is_gone_even_before_it_is_swept() {
        let (registry, now) = registry(10);
        let secret = registry.open(watch(now), CancellationToken::new()).secret().to_owned();
        let late = Instant::now() + PATIENCE;
        assert!(registry.resume(caller(), &secret, None, CancellationToken::new(), late).is_none());
    }

    #[test]
    fn the_newer_connection_wins() {
        let (registry, now) = registry(10);
        let first = CancellationToken::new();
        let old = registry.open(watch(now), first.clone());
        let (new, _) =
            registry.resume(caller(), old.secret(), None, CancellationToken::new(), now).expect("it is there");
        assert!(first.is_cancelled());
        assert!(old.with(|_| ()).is_none() && new.with(|_| ()).is_some());
        old.end();
        assert!(new.with(|_| ()).is_some(), "who was replaced ends nothing");
        let secret = new.secret().to_owned();
        new.end();
        assert!(registry.resume(caller(), &secret, None, CancellationToken::new(), now).is_none());
        assert_eq!((registry.sessions.len(), registry.waiting()), (0, 0));
    }

    #[test]
    fn waiting_places_are_bounded() {
        let (registry, now) = registry(2);
        let secrets: Vec<String> =
            (0..5).map(|_| registry.open(watch(now), CancellationToken::new()).secret().to_owned()).collect();
        assert_eq!((registry.waiting(), registry.sessions.len()), (2, 2));
        let found = secrets
            .iter()
            .filter(|it| registry.resume(caller(), it, None, CancellationToken::new(), now).is_some())
            .count();
        assert_eq!(found, 2);
    }

    #[test]
    fn one_learner_does_not_take_all_waiting_places() {
        let (registry, now) = registry(10);
        let secrets: Vec<String> =
            (0..5).map(|_| registry.open(watch(now), CancellationToken::new()).secret().to_owned()).collect();
        assert_eq!((registry.waiting(), registry.sessions.len()), (3, 3));
        let back: Vec<_> = secrets
            .iter()
            .filter_map(|it| registry.resume(caller(), it, None, CancellationToken::new(), now))
            .collect();
        assert_eq!((back.len(), registry.waiting()), (3, 0));
        drop(back);
        assert_eq!(registry.waiting(), 3, "who comes back gives the place back");
        registry.sweep(Instant::now() + PATIENCE);
        drop(registry.open(watch(now), CancellationToken::new()));
        assert_eq!(registry.waiting(), 1);
    }

    #[test]
    fn of_who_was_never_seen_nothing_is_kept() {
        let (registry, now) = registry(10);
        drop(registry.open(unseen(caller(), now), CancellationToken::new()));
        assert_eq!((registry.sessions.len(), registry.waiting()), (0, 0));
    }

    #[test]
    fn unknown_secrets_and_numbers_recover_nothing() {
        let (registry, now) = registry(10);
        let lease = registry.open(watch(now), CancellationToken::new());
        for secret in ["", "0", &"x".repeat(60_000)] {
            assert!(registry.resume(caller(), secret, None, CancellationToken::new(), now).is_none());
        }
        assert!(registry.resume(caller(), lease.secret(), Some(7), CancellationToken::new(), now).is_none());
        assert!(lease.with(|_| ()).is_some(), "a failed try takes nothing away");
    }

    #[test]
    fn a_secret_serves_its_own_learner_only() {
        let (registry, now) = registry(10);
        let lease = registry.open(watch(now), CancellationToken::new());
        let somebody_else = Caller::authenticated(LearnerId::new_id());
        assert!(registry.resume(somebody_else, lease.secret(), None, CancellationToken::new(), now).is_none());
        assert!(lease.with(|_| ()).is_some());
    }

    #[test]
    fn signing_out_ends_all_of_a_learners_sessions_and_no_others() {
        let (registry, now) = registry(10);
        let told = CancellationToken::new();
        let connected = registry.open(watch(now), told.clone());
        drop(registry.open(watch(now), CancellationToken::new()));
        let other = registry.open(unseen(Caller::authenticated(LearnerId::new_id()), now), CancellationToken::new());
        registry.sign_out(caller().learner(), now);
        assert!(told.is_cancelled() && connected.is_signed_out() && connected.with(|_| ()).is_none());
        assert_eq!((registry.sessions.len(), registry.waiting()), (1, 0));
        assert!(!other.is_signed_out() && other.with(|_| ()).is_some());
    }
}
