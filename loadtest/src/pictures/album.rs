//! The frames of all persons, made once at the start, and the way of each learner through them.

use std::path::PathBuf;

use anyhow::Context as _;
use bytes::Bytes;

use super::camera::{HEIGHT, QUALITY, Still, View, WIDTH, encode, render};
use super::folder::Folders;
use crate::behaviour::Shown;

/// Persons that are made of the pictures at the least: of one picture by another zoom, place and light, and mirrored.
const PERSONS: usize = 16;
/// Places a person sits at in the course of a session: large movements.
const POSES: usize = 4;
/// Frames of each pose, which differ by noise, a pixel or so of movement and a little light.
const FRAMES: usize = 6;
/// Frames after which a learner moves a lot, on average.
const STAYS: f64 = 20.0;

/// Deviation of a laptop camera's noise in a lit room, of 255 after its own filter.
const NOISE: f32 = 2.0;

/// One person's frames of one state: by pose, then by frame.
type Reel = Vec<Vec<Bytes>>;

#[derive(Debug, Default)]
struct Person {
    attentive: Reel,
    dozing: Reel,
    away: Reel,
}

/// All frames.
#[derive(Debug)]
pub struct Album {
    persons: Vec<Person>,
    /// Files as they are, when there are no states: their place here is their number.
    plain: Vec<Bytes>,
    shuffled: bool,
}

/// A learner's frames, one after the other.
#[derive(Debug)]
pub struct Stream {
    person: usize,
    pose: usize,
    frame: usize,
    random: fastrand::Rng,
}

impl Album {
    /// Frames of 320x240 for each state, the same whenever they are made of the same pictures. With `shuffled`, every frame of
    /// a learner is another person in another place.
    ///
    /// # Errors
    /// When a picture cannot be read.
    pub fn new(folders: &Folders, shuffled: bool) -> anyhow::Result<Self> {
        let stills = [&folders.attentive, &folders.dozing, &folders.away].map(|paths| open(paths));
        let [attentive, dozing, away] = stills;
        let (attentive, dozing, away) = (attentive?, dozing?, away?);
        let count = PERSONS.max(attentive.len());
        let make = |number: usize| person(number, &attentive, &dozing, &away);
        // Two cores are what the machines have that this is made for.
        let persons: anyhow::Result<Vec<Person>> = std::thread::scope(|scope| {
            let odd = scope.spawn(|| (1..count).step_by(2).map(make).collect::<anyhow::Result<Vec<_>>>());
            let even = (0..count).step_by(2).map(make).collect::<anyhow::Result<Vec<_>>>()?;
            let odd = odd.join().map_err(|_| anyhow::anyhow!("the thread that makes frames failed"))??;
            let mut odd = odd.into_iter();
            Ok(even.into_iter().flat_map(|it| std::iter::once(it).chain(odd.next())).collect())
        });
        Ok(Self { persons: persons?, plain: Vec::new(), shuffled })
    }

    /// Files as they are, one after the other; nothing is known of what they show.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn plain(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let read = |path: &PathBuf| std::fs::read(path).with_context(|| format!("cannot read {}", path.display()));
        let plain: Vec<Bytes> = paths.iter().map(|path| read(path).map(Bytes::from)).collect::<Result<_, _>>()?;
        anyhow::ensure!(!plain.is_empty(), "no pictures");
        Ok(Self { persons: Vec::new(), plain, shuffled: true })
    }

    /// How many files are sent as they are.
    pub fn plain_files(&self) -> usize {
        self.plain.len()
    }

    /// In a sentence, for the log.
    pub fn describe(&self) -> String {
        if !self.plain.is_empty() {
            return format!("{} files as they are, in turn", self.plain.len());
        }
        let reels = self.persons.iter().flat_map(|it| [&it.attentive, &it.dozing, &it.away]);
        let sizes: Vec<usize> = reels.flatten().flatten().map(Bytes::len).collect();
        let way = if self.shuffled { "every frame another person" } else { "each learner one person" };
        format!(
            "{} frames of {WIDTH}x{HEIGHT}, {:.1} kB each on average, of {} persons; {way}",
            sizes.len(),
            sizes.iter().sum::<usize>() as f64 / sizes.len().max(1) as f64 / 1000.0,
            self.persons.len()
        )
    }

    /// The frames of the learner of that number.
    pub fn stream(&self, number: usize) -> Stream {
        let mut random = fastrand::Rng::with_seed(number as u64 ^ 0xa1b0);
        let pose = random.usize(..POSES);
        let person = if self.plain.is_empty() { number % self.persons.len() } else { 0 };
        Stream { person, pose, frame: if self.plain.is_empty() { 0 } else { number }, random }
    }

    /// The learner's next frame: its JPEG, what it really shows, and the number of a plain file.
    pub fn next(&self, stream: &mut Stream, wanted: Shown) -> (Bytes, Shown, Option<usize>) {
        if !self.plain.is_empty() {
            let place = stream.frame % self.plain.len();
            stream.frame += 1;
            return (self.plain[place].clone(), Shown::Unlabelled, Some(place));
        }
        if self.shuffled {
            stream.person = stream.random.usize(..self.persons.len());
            stream.pose = stream.random.usize(..POSES);
        } else if stream.random.f64() < 1.0 / STAYS {
            stream.pose = stream.random.usize(..POSES);
        }
        let person = &self.persons[stream.person];
        let (reel, shown) = match wanted {
            Shown::Dozing if !person.dozing.is_empty() => (&person.dozing, Shown::Dozing),
            Shown::Away if !person.away.is_empty() => (&person.away, Shown::Away),
            _ => (&person.attentive, Shown::Attentive),
        };
        // Never the last frame again: a camera's frames are never the same.
        stream.frame = (stream.frame + stream.random.usize(1..FRAMES)) % FRAMES;
        (reel[stream.pose][stream.frame].clone(), shown, None)
    }
}

fn open(paths: &[PathBuf]) -> anyhow::Result<Vec<Still>> {
    // Twice the frame's size is enough for every zoom.
    paths.iter().map(|path| Ok(Still::open(path)?.fitted(2 * WIDTH, 2 * HEIGHT))).collect()
}

fn person(number: usize, attentive: &[Still], dozing: &[Still], away: &[Still]) -> anyhow::Result<Person> {
    let of = |stills: &[Still], quiet: bool| match stills.get(number % stills.len().max(1)) {
        Some(still) => reel(still, number, quiet),
        None => Ok(Reel::new()),
    };
    Ok(Person { attentive: of(attentive, false)?, dozing: of(dozing, false)?, away: of(away, true)? })
}

/// The person of that number, in all poses. `quiet`: a room without anybody, which only the light and the noise change.
fn reel(still: &Still, number: usize, quiet: bool) -> anyhow::Result<Reel> {
    let mut person = fastrand::Rng::with_seed(number as u64);
    let still_person = View {
        shift: (within(&mut person, 12.0), within(&mut person, 6.0)),
        zoom: 1.02 + within(&mut person, 0.1).abs(),
        brightness: 1.0 + within(&mut person, 0.12),
        mirrored: number % 2 == 1,
        noise: NOISE,
    };
    (0..POSES)
        .map(|_| {
            let pose = View {
                shift: (
                    still_person.shift.0 + if quiet { 0.0 } else { within(&mut person, 16.0) },
                    still_person.shift.1 + if quiet { 0.0 } else { within(&mut person, 8.0) },
                ),
                zoom: still_person.zoom * if quiet { 1.0 } else { 1.0 + within(&mut person, 0.06) },
                ..still_person
            };
            (0..FRAMES).map(|_| frame(still, pose, quiet, &mut person)).collect()
        })
        .collect()
}

fn frame(still: &Still, pose: View, quiet: bool, random: &mut fastrand::Rng) -> anyhow::Result<Bytes> {
    let sway = if quiet { 0.0 } else { 1.5 };
    let view = View {
        shift: (pose.shift.0 + within(random, sway), pose.shift.1 + within(random, sway / 2.0)),
        brightness: pose.brightness * (1.0 + within(random, 0.015)),
        ..pose
    };
    encode(&render(still, view, (WIDTH, HEIGHT), random), QUALITY)
}

fn within(random: &mut fastrand::Rng, bound: f32) -> f32 {
    (random.f32() * 2.0 - 1.0) * bound
}

#[cfg(test)]
mod tests {
    use std::sync::LazyLock;

    use super::*;

    fn album(shuffled: bool) -> Album {
        static FOLDERS: LazyLock<Folders> = LazyLock::new(|| Folders::fixtures().expect("the fixtures are there"));
        Album::new(&FOLDERS, shuffled).expect("made")
    }

    #[test]
    fn a_steady_learner_stays_one_person_and_never_sends_the_same_bytes_twice_in_a_row() {
        let album = album(false);
        let mut stream = album.stream(3);
        let frames: Vec<_> = (0..200).map(|_| album.next(&mut stream, Shown::Attentive)).collect();
        assert!(frames.windows(2).all(|pair| pair[0].0 != pair[1].0));
        assert!(frames.iter().all(|(jpeg, shown, plain)| {
            *shown == Shown::Attentive && plain.is_none() && (4_000..20_000).contains(&jpeg.len())
        }));
        let mine = &album.persons[3].attentive;
        assert!(frames.iter().all(|(jpeg, ..)| mine.iter().flatten().any(|it| it == jpeg)));
        let poses = mine.iter().filter(|pose| frames.iter().any(|(jpeg, ..)| pose.contains(jpeg))).count();
        assert!(poses >= 3, "in 200 frames one moves a lot some ten times: {poses}");
        let (closed, shown, _) = album.next(&mut stream, Shown::Dozing);
        assert!(shown == Shown::Dozing && album.persons[3].dozing.iter().flatten().any(|it| *it == closed));
        assert_eq!(album.next(&mut stream, Shown::Away).1, Shown::Away);
    }

    #[test]
    fn shuffled_learners_change_persons() {
        let album = album(true);
        let mut stream = album.stream(0);
        let mut persons: Vec<_> = (0..100)
            .map(|_| {
                album.next(&mut stream, Shown::Attentive);
                stream.person
            })
            .collect();
        persons.sort_unstable();
        persons.dedup();
        assert!(persons.len() > 10, "{persons:?}");
    }

    #[test]
    fn plain_files_are_sent_in_turn_as_they_are() {
        let paths = super::super::folder::jpegs(&FIXTURES).expect("there");
        let album = Album::plain(&paths).expect("readable");
        let mut stream = album.stream(1);
        for place in 1..=paths.len() {
            let (jpeg, shown, plain) = album.next(&mut stream, Shown::Attentive);
            assert_eq!((shown, plain), (Shown::Unlabelled, Some(place % paths.len())));
            assert_eq!(jpeg, std::fs::read(&paths[place % paths.len()]).expect("readable"));
        }
    }

    static FIXTURES: LazyLock<PathBuf> =
        LazyLock::new(|| PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/faces")));
}
