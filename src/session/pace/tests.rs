//! The pace on a simulated machine, with a clock of its own.

use super::*;

const LIMIT: Duration = Duration::from_millis(250);
const TICK: Duration = Duration::from_millis(10);

/// Two workers and a line of frames before them; learners who wish one frame a second and send what they are asked for.
struct Machine {
    pace: Pace,
    now: Instant,
    /// Seconds that a frame takes a worker.
    cost: f64,
    /// Frames that wait, and those done that are not yet counted.
    line: f64,
    done: f64,
    learners: Vec<Claim>,
    /// What the learners were asked for last, and what they send by now: each hears of it with the verdict on their next frame.
    rate: f64,
    heard: f64,
    /// So many times as much is sent while all is taken.
    greed: f64,
}

/// A stretch of simulated time.
struct Stretch {
    /// Frames answered a second.
    answered: f64,
    shares: Vec<f32>,
}

impl Stretch {
    /// How far the share went up and down.
    fn swing(&self) -> f32 {
        let (least, most) = self.shares.iter().fold((1f32, 0f32), |(a, b), it| (a.min(*it), b.max(*it)));
        most - least
    }

    fn last(&self) -> f32 {
        self.shares.last().copied().expect("some time")
    }
}

impl Machine {
    /// That serves so many frames a second, and was measured at the start to serve so many.
    fn new(per_second: f64, measured: f64) -> Self {
        let now = Instant::now();
        let capacity = Capacity::new(2, Duration::from_secs_f64(2.0 / measured));
        let pace = Pace::new(LIMIT, 1.0, capacity, Arc::default(), now);
        let cost = 2.0 / per_second;
        Self { pace, now, cost, line: 0.0, done: 0.0, learners: Vec::new(), rate: 1.0, heard: 1.0, greed: 1.0 }
    }

    fn join(&mut self, count: usize) -> usize {
        let before = self.learners.len();
        self.learners.extend((0..count).map_while(|_| self.pace.admit(1.0, self.now)));
        self.learners.len() - before
    }

    fn run(&mut self, seconds: u32) -> Stretch {
        let mut answered = 0.0;
        let shares = (0..seconds * 100).map(|_| {
            answered += self.tick();
            self.pace.level(self.now).min(1.0)
        });
        let shares = shares.collect();
        Stretch { answered: answered / f64::from(seconds), shares }
    }

    /// Frames answered in 10 ms.
    fn tick(&mut self) -> f64 {
        self.now += TICK;
        let share = f64::from(self.pace.level(self.now).min(1.0));
        // As the actors do: small steps are not said, and who is asked for less is held to a quarter more.
        if share == 1.0 || (share - self.rate).abs() > 0.05 * self.rate {
            self.rate = share;
        }
        self.heard += (self.rate - self.heard) * self.heard * TICK.as_secs_f64();
        let sent = self.learners.len() as f64 * self.heard;
        let taken = if share < 1.0 { sent * self.greed.min(1.25) } else { sent * self.greed };
        let serves = 2.0 / self.cost;
        self.line += taken * TICK.as_secs_f64();
        let served = self.line.min(serves * TICK.as_secs_f64());
        self.line -= served;
        // What is too old expires.
        let (longest, wait) = (LIMIT.as_secs_f64() * serves, self.line / serves);
        let expired = (self.line - longest).max(0.0);
        self.line -= expired;
        self.done += served;
        let whole = self.done as u64;
        self.done -= whole as f64;
        let busy = Duration::from_secs_f64(whole as f64 * self.cost);
        self.pace.stats.worked(Work { frames: whole, full: whole, busy });
        // Who sends more than is asked for waits on their own account.
        let modest = (sent / taken.max(1e-9)).min(1.0);
        for _ in 0..(whole as f64 * modest).round() as u64 {
            self.pace.note(Duration::from_secs_f64(wait), self.now);
        }
        if share < 1.0 {
            (0..expired.round() as u64).for_each(|_| self.pace.note(LIMIT, self.now));
        }
        served
    }
}

#[test]
fn with_room_everybody_gets_what_they_wish() {
    for measured in [200.0, 400.0, 1600.0] {
        let mut machine = Machine::new(400.0, measured);
        assert_eq!(machine.join(340), 340, "1 frame/s each, of 400");
        machine.run(20);
        let calm = machine.run(60);
        assert_eq!((calm.last(), calm.swing()), (1.0, 0.0), "measured {measured}");
        assert!((calm.answered - 340.0).abs() < 1.0, "{}", calm.answered);
    }
}

#[test]
fn a_moment_lost_is_borne_with_and_overload_is_not() {
    let mut machine = Machine::new(400.0, 400.0);
    machine.join(280);
    machine.run(20);
    for _ in 0..3 {
        // What comes in a quarter of a second in which the machine stands still.
        machine.line += 0.25 * 280.0;
        for _ in 0..1000 {
            machine.tick();
            assert!(machine.pace.patient());
        }
    }
    machine.join(520);
    machine.run(10);
    assert!(!machine.pace.patient(), "twice as much as there is time for");
    machine.learners.truncate(280);
    machine.run(30);
    assert!(machine.pace.patient(), "they have gone");
}

#[test]
fn overload_is_shared_and_the_machine_stays_busy() {
    for (learners, measured) in [(400, 400.0), (800, 400.0), (1200, 400.0), (800, 1600.0), (300, 100.0)] {
        let mut machine = Machine::new(400.0, measured);
        let inside = machine.join(learners);
        let first = machine.run(5);
        assert!(first.answered > 0.7 * 400f64.min(inside as f64), "{learners}: {} at first", first.answered);
        machine.run(30);
        let busy = machine.run(60);
        let least = 0.95 * 400f64.min(inside as f64);
        assert!(busy.answered >= least, "{learners} learners, measured {measured}: {} answered", busy.answered);
        assert!(busy.swing() <= 0.25 * busy.last(), "{learners}: {} around {}", busy.swing(), busy.last());
    }
}

#[test]
fn five_times_too_many_are_not_let_in_and_those_inside_get_their_least() {
    let mut machine = Machine::new(400.0, 400.0);
    let mut inside = 0;
    // They come over ten seconds, and try again.
    for _ in 0..10 {
        inside += machine.join(400);
        machine.run(1);
    }
    assert!((1200..1700).contains(&inside), "{inside}: a quarter of a frame each is some 1600");
    machine.run(30);
    let busy = machine.run(60);
    assert!(busy.answered >= 0.95 * 400.0 && busy.last() >= 0.25, "{} answered", busy.answered);
    // Somebody leaves, somebody comes.
    machine.learners.truncate(inside / 2);
    assert!(machine.join(10) == 10);
}

#[test]
fn those_in_trouble_are_asked_for_less_before_the_calm_ones() {
    let mut machine = Machine::new(400.0, 400.0);
    machine.join(200);
    let _wary: Vec<Claim> = (0..100).filter_map(|_| machine.pace.admit(4.0, machine.now)).collect();
    let level = machine.pace.level(machine.now);
    assert!((1.5..1.7).contains(&level), "{level}: of 360 frames/s, 200 for the calm and 1.6 for each of the others");
    machine.join(500);
    let level = machine.pace.level(machine.now);
    assert!((0.44..0.46).contains(&level), "{level}: the same for all 800");
}

#[test]
fn a_flood_that_ends_is_forgotten() {
    let mut machine = Machine::new(400.0, 400.0);
    machine.join(1400);
    assert!(machine.run(60).last() < 0.35);
    machine.learners.truncate(200);
    assert_eq!(machine.run(3).last(), 1.0);
    let calm = machine.run(60);
    assert_eq!((calm.last(), calm.swing()), (1.0, 0.0));
    machine.learners.clear();
    machine.run(60);
    assert_eq!(machine.pace.level(machine.now), f32::INFINITY);
    assert!(machine.pace.load(machine.now).capacity > 380.0, "idle time is no slowness");
}

#[test]
fn who_asks_for_nothing_and_sends_much_slows_nobody() {
    let mut machine = Machine::new(400.0, 400.0);
    machine.join(200);
    machine.greed = 10.0;
    machine.run(10);
    let flooded = machine.run(60);
    assert_eq!((flooded.last(), flooded.swing()), (1.0, 0.0), "the wishes fit");
    machine.join(600);
    machine.run(30);
    let short = machine.run(60);
    assert!(short.answered >= 0.95 * 400.0 && short.swing() <= 0.25 * short.last(), "{}", short.swing());
}

#[test]
fn a_machine_that_slows_down_and_recovers_is_followed() {
    let mut machine = Machine::new(400.0, 400.0);
    machine.join(600);
    machine.run(30);
    machine.cost *= 2.0;
    machine.run(20);
    let slow = machine.run(60);
    assert!(slow.answered >= 0.95 * 200.0 && slow.swing() <= 0.25 * slow.last(), "{} answered", slow.answered);
    assert!((0.25..0.45).contains(&slow.last()), "{}", slow.last());
    machine.cost /= 2.0;
    machine.run(30);
    let fast = machine.run(60);
    assert!(fast.answered >= 0.95 * 400.0, "{} answered", fast.answered);
}

#[test]
fn a_machine_that_was_measured_in_a_bad_moment_opens_up() {
    let mut machine = Machine::new(400.0, 0.1);
    for _ in 0..600 {
        let missing = 300 - machine.learners.len();
        machine.join(missing);
        machine.run(1);
    }
    assert_eq!((machine.learners.len(), machine.run(10).last()), (300, 1.0));
}

#[test]
fn a_stopped_process_does_not_lock_anybody_out() {
    let mut machine = Machine::new(400.0, 400.0);
    machine.join(300);
    machine.run(20);
    // Stopped for an hour in the middle of two batches.
    machine.now += Duration::from_secs(3600);
    machine.pace.stats.worked(Work { frames: 16, full: 16, busy: Duration::from_secs(7200) });
    (0..300).for_each(|_| machine.pace.note(LIMIT, machine.now));
    assert_eq!(machine.join(1), 1);
    machine.run(15);
    assert_eq!(machine.run(10).last(), 1.0);
}
