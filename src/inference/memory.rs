//! What a full look at a learner's frame leaves for the next ones: while the picture still shows the same, a glance is enough.
//!
//! A learner who watches a lecture sits still most of the time. A glance takes the decoded picture, finds the face where it
//! was ([`Still`]) and judges the eyes by their network; head and mouth are as they were, or the face would not be found alike.
//! An empty chair stays empty while nothing in the picture changes.

use super::analysis::{Face, Presence};
use crate::vision::eyes::{EyeCorners, EyeModel};
use crate::vision::glance::{EyesBefore, SURELY_OPEN};
use crate::vision::still::Still;
use crate::vision::{Detection, HeadPose, Picture, Quality, Roi};

/// The square that is compared reaches so far beyond the detection's box: hair and chin belong to it, the room does not.
const MARGIN: f32 = 1.3;
/// Turns between compared frames count into the head's roll, degrees a radian.
const DEGREES: f32 = 180.0 / std::f32::consts::PI;

/// About some 5 KiB; one a learner whose camera is on.
#[derive(Debug, Clone, PartialEq)]
pub struct Memory {
    size: (usize, usize),
    pub(super) quality: Quality,
    still: Still,
    held: Held,
}

#[derive(Debug, Clone, PartialEq)]
enum Held {
    Face(Box<HeldFace>),
    /// Nobody, or a person without a face.
    Scene(Presence),
}

#[derive(Debug, Clone, PartialEq)]
struct HeldFace {
    face: Face,
    corners: EyeCorners,
    eyes: EyesBefore,
}

/// What a glance finds.
pub(super) enum Glimpse<'a> {
    /// All as it was.
    Scene(&'a Presence),
    /// The face; its eyes are still to be judged.
    Face(FoundFace<'a>),
}

/// A face that was found again.
pub(super) struct FoundFace<'a> {
    held: &'a HeldFace,
    moves: Moves,
    /// Where the eyes' corners are now.
    pub corners: EyeCorners,
}

impl Memory {
    /// Keeps what a full look saw, if it can be held.
    pub(super) fn of(
        picture: &Picture,
        quality: Quality,
        presence: &Presence,
        eyes: Option<EyesBefore>,
    ) -> Option<Self> {
        let (still, held) = match presence {
            Presence::Face(face) => {
                let (mesh, eyes) = (face.mesh.as_ref()?, eyes?);
                let corners = EyeCorners::of(&mesh.landmarks);
                let held = HeldFace { face: Face { mesh: None, ..face.as_ref().clone() }, corners, eyes };
                (Still::of(picture, square(&face.detection)), Held::Face(Box::new(held)))
            }
            Presence::Person(_) | Presence::Nobody(_) => (Still::of_scene(picture), Held::Scene(presence.clone())),
            Presence::Unknown(_) => return None,
        };
        Some(Self { size: (picture.width, picture.height), quality, still, held })
    }

    /// Whether it says that all is well: eyes surely open, mouth shut. What else it says may lead to an alarm.
    pub fn is_calm(&self) -> bool {
        matches!(&self.held, Held::Face(held) if held.face.eyes.closed < SURELY_OPEN && held.face.mouth_wide < 0.5)
    }

    /// Whether a later picture still shows it, and where.
    pub(super) fn look(&self, picture: &Picture) -> Option<Glimpse<'_>> {
        if self.size != (picture.width, picture.height) {
            return None;
        }
        match &self.held {
            Held::Scene(presence) => self.still.holds(picture).then_some(Glimpse::Scene(presence)),
            Held::Face(held) => {
                let moves = Moves { from: *self.still.roi(), to: self.still.find(picture)? };
                let corners = held.corners.map(|point| moves.point(point));
                Some(Glimpse::Face(FoundFace { held, moves, corners }))
            }
        }
    }
}

impl FoundFace<'_> {
    /// The face as it is now, by the eye network's logits; none when it takes a full look to tell.
    pub fn judge(&self, model: &EyeModel, network: [f32; 2]) -> Option<Presence> {
        let Face { detection, seen, flag, pose, mouth_wide, .. } = self.held.face;
        let eyes = self.held.eyes.judge(model, pose.yaw, network)?;
        let pose = HeadPose { roll: pose.roll + self.moves.turn(), ..pose };
        let detection = self.moves.detection(&detection);
        Some(Presence::Face(Box::new(Face { detection, seen, flag, mesh: None, pose, eyes, mouth_wide })))
    }
}

/// From a square to where it was found again.
struct Moves {
    from: Roi,
    to: Roi,
}

impl Moves {
    fn point(&self, [x, y]: [f32; 2]) -> [f32; 2] {
        let (from, to) = (&self.from, &self.to);
        let zoom = to.side / from.side;
        let (sin, cos) = (to.angle - from.angle).sin_cos();
        let (dx, dy) = ((x - from.centre[0]) * zoom, (y - from.centre[1]) * zoom);
        [to.centre[0] + cos * dx - sin * dy, to.centre[1] + sin * dx + cos * dy]
    }

    /// Boxes stay upright.
    fn detection(&self, before: &Detection) -> Detection {
        let ([x, y, width, height], zoom) = (before.bounds, self.to.side / self.from.side);
        let [centre_x, centre_y] = self.point([x + width / 2.0, y + height / 2.0]);
        let (width, height) = (width * zoom, height * zoom);
        Detection {
            score: before.score,
            bounds: [centre_x - width / 2.0, centre_y - height / 2.0, width, height],
            keypoints: before.keypoints.map(|point| self.point(point)),
        }
    }

    /// Degrees of roll, in the sense of [`HeadPose`].
    fn turn(&self) -> f32 {
        (self.to.angle - self.from.angle) * DEGREES
    }
}

fn square(detection: &Detection) -> Roi {
    let roi = Roi::around(detection);
    Roi { side: detection.bounds[2].max(detection.bounds[3]) * MARGIN, ..roi }
}
