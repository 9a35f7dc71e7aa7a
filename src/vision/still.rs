//! Whether a part of a picture still shows what it showed: a small grey patch is kept, found again after small moves, and
//! compared block by block.
//!
//! Registration is the inverse compositional Lucas-Kanade method (Baker and Matthews, "Lucas-Kanade 20 Years On", 2004) for
//! shift, turn and zoom, on patches with zero mean and a deviation of one, so that a change of light does not count.

use super::warp::Affine;
use super::{Picture, Roi};

/// A patch's side, samples; each is the mean of 2x2 bilinear ones.
const SIDE: usize = 32;
const SAMPLES: usize = SIDE * SIDE;
/// Blocks a row; a block is 8x8 samples.
const BLOCKS: usize = 4;
/// Correlation of the whole and largest deviation of a block (of the patch's own) at which a face counts as the same. Of the
/// pairs of frames of one person that these pass, 99 % differ by less than 7 degrees of yaw and 11 of pitch, and none in the
/// mouth; of webcam-like changes of one picture, 83 % pass (models/fit_glance.py).
const ALIKE: f32 = 0.96;
const BLOCK: f32 = 0.35;
/// The same of a scene without a face, which must not have moved: a face of 60 pixels in 640 that comes in reaches 0.3.
const SCENE_BLOCK: f32 = 0.2;
/// Blocks with the eyes, which open and close: their state is another's business.
const EYES: [usize; 2] = [5, 6];
/// Steps of the registration at most; a still learner takes two or three.
const STEPS: usize = 6;
/// A step below this part of the side is the last.
const SETTLED: f32 = 0.004;
/// Longer steps are cut: the method knows small moves only.
const LONGEST: f32 = 0.12;
/// No deviation below this is taken for content, grey levels.
const LEAST_DEVIATION: f32 = 2.0;

/// What a square of a picture showed.
#[derive(Clone, PartialEq)]
pub struct Still {
    roi: Roi,
    patch: Box<[f32; SAMPLES]>,
}

/// Pixels must never reach a log.
impl std::fmt::Debug for Still {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Still({:?})", self.roi)
    }
}

impl Still {
    /// Keeps what the square shows.
    pub fn of(picture: &Picture, roi: Roi) -> Self {
        Self { roi, patch: sample(picture, &roi) }
    }

    /// Of the whole picture.
    pub fn of_scene(picture: &Picture) -> Self {
        let (width, height) = (picture.width as f32, picture.height as f32);
        Self::of(picture, Roi { centre: [width / 2.0, height / 2.0], side: width.max(height), angle: 0.0 })
    }

    /// The square that was kept.
    pub fn roi(&self) -> &Roi {
        &self.roi
    }

    /// Where in another picture the face is that this shows, if it is there, near, and looks the same but for the eyes.
    pub fn find(&self, picture: &Picture) -> Option<Roi> {
        let gradients = Gradients::of(&self.patch);
        let mut roi = self.roi;
        for _ in 0..STEPS {
            let patch = sample(picture, &roi);
            let step = gradients.step(&self.patch, &patch)?;
            if step.iter().all(|part| part.abs() < SETTLED) {
                return (alike(&self.patch, &patch) >= ALIKE && self.most_changed(&patch, &EYES) <= BLOCK)
                    .then_some(roi);
            }
            roi = moved(&roi, step);
        }
        None
    }

    /// Whether another picture shows the same, without any move.
    pub fn holds(&self, picture: &Picture) -> bool {
        let patch = sample(picture, &self.roi);
        alike(&self.patch, &patch) >= ALIKE && self.most_changed(&patch, &[]) <= SCENE_BLOCK
    }

    /// The largest deviation of a block, but for some.
    fn most_changed(&self, patch: &[f32; SAMPLES], without: &[usize]) -> f32 {
        let mut sums = [0.0f32; BLOCKS * BLOCKS];
        for (index, (kept, now)) in self.patch.iter().zip(patch).enumerate() {
            let (row, column) = (index / SIDE * BLOCKS / SIDE, index % SIDE * BLOCKS / SIDE);
            sums[row * BLOCKS + column] += (kept - now).powi(2);
        }
        let looked_at = sums.iter().enumerate().filter(|(block, _)| !without.contains(block));
        let most = looked_at.map(|(_, sum)| *sum).fold(0.0, f32::max);
        (most * (BLOCKS * BLOCKS) as f32 / SAMPLES as f32).sqrt()
    }
}

/// Correlation of two patches with zero mean and deviation one, -1..1.
fn alike(one: &[f32; SAMPLES], other: &[f32; SAMPLES]) -> f32 {
    one.iter().zip(other).map(|(one, other)| one * other).sum::<f32>() / SAMPLES as f32
}

/// How a patch answers to zoom, turn, shift across and shift down (in sides), and the normal equations' inverse.
struct Gradients {
    by: Box<[[f32; 4]; SAMPLES]>,
    inverse: [[f32; 4]; 4],
}

impl Gradients {
    fn of(patch: &[f32; SAMPLES]) -> Self {
        let at = |x: usize, y: usize| patch[y * SIDE + x];
        let mut by = Box::new([[0.0f32; 4]; SAMPLES]);
        let mut normal = [[0.0f32; 4]; 4];
        for (index, row) in by.iter_mut().enumerate() {
            let (x, y) = (index % SIDE, index / SIDE);
            let (left, right) = (x.saturating_sub(1), (x + 1).min(SIDE - 1));
            let (upper, lower) = (y.saturating_sub(1), (y + 1).min(SIDE - 1));
            let across = (at(right, y) - at(left, y)) / (right - left) as f32 * SIDE as f32;
            let down = (at(x, lower) - at(x, upper)) / (lower - upper) as f32 * SIDE as f32;
            let place = |at: usize| (at as f32 + 0.5) / SIDE as f32 - 0.5;
            let (px, py) = (place(x), place(y));
            *row = [across * px + down * py, down * px - across * py, across, down];
            for i in 0..4 {
                for j in 0..4 {
                    normal[i][j] += row[i] * row[j];
                }
            }
        }
        // Keeps the inverse finite where a patch has no gradient.
        (0..4).for_each(|i| normal[i][i] += 1e-3);
        Self { by, inverse: inverse(normal) }
    }

    /// By how much the square has to move back; none when that is no number.
    fn step(&self, kept: &[f32; SAMPLES], now: &[f32; SAMPLES]) -> Option<[f32; 4]> {
        let mut answer = [0.0f32; 4];
        for ((by, kept), now) in self.by.iter().zip(kept).zip(now) {
            for (sum, by) in answer.iter_mut().zip(by) {
                *sum += by * (now - kept);
            }
        }
        let step = self.inverse.map(|row| row.iter().zip(&answer).map(|(a, b)| a * b).sum::<f32>());
        step.iter().all(|part| part.is_finite()).then(|| step.map(|part| part.clamp(-LONGEST, LONGEST)))
    }
}

/// The square moved back by zoom, turn and shifts.
fn moved(roi: &Roi, [zoom, turn, across, down]: [f32; 4]) -> Roi {
    let (sin, cos) = roi.angle.sin_cos();
    let [x, y] = roi.centre;
    Roi {
        centre: [x - roi.side * (across * cos - down * sin), y - roi.side * (across * sin + down * cos)],
        side: roi.side * (1.0 - zoom),
        angle: roi.angle - turn,
    }
}

/// Gauss and Jordan, of a symmetric positive definite matrix: no pivoting is needed.
fn inverse(mut matrix: [[f32; 4]; 4]) -> [[f32; 4]; 4] {
    let mut inverse: [[f32; 4]; 4] = std::array::from_fn(|i| std::array::from_fn(|j| f32::from(u8::from(i == j))));
    for pivot in 0..4 {
        let factor = 1.0 / matrix[pivot][pivot];
        matrix[pivot] = matrix[pivot].map(|value| value * factor);
        inverse[pivot] = inverse[pivot].map(|value| value * factor);
        for row in (0..4).filter(|row| *row != pivot) {
            let factor = matrix[row][pivot];
            for column in 0..4 {
                matrix[row][column] -= factor * matrix[pivot][column];
                inverse[row][column] -= factor * inverse[pivot][column];
            }
        }
    }
    inverse
}

/// Green stands for grey: it holds most of the light.
const GREEN: usize = 1;
const BITS: u32 = 16;

/// The square's samples with zero mean and a deviation of one. What lies outside the picture is its nearest edge.
fn sample(picture: &Picture, roi: &Roi) -> Box<[f32; SAMPLES]> {
    let map = roi.affine(2 * SIDE);
    let mut patch = Box::new([0.0f32; SAMPLES]);
    let (right, lower) = (picture.width as f32 - 2.0, picture.height as f32 - 2.0);
    let far = 2.0 * SIDE as f32;
    let inside = [(0.0, 0.0), (far, 0.0), (0.0, far), (far, far)].into_iter().all(|(x, y)| {
        let (x, y) = map.map(x, y);
        x >= 1.0 && y >= 1.0 && x < right && y < lower
    });
    for (y, row) in patch.chunks_exact_mut(SIDE).enumerate() {
        for half in 0..2 {
            let y = (2 * y + half) as f32 + 0.5;
            if inside { sample_row::<true>(picture, &map, y, row) } else { sample_row::<false>(picture, &map, y, row) }
        }
    }
    let mean = patch.iter().sum::<f32>() / SAMPLES as f32;
    let variance = patch.iter().map(|value| (value - mean).powi(2)).sum::<f32>() / SAMPLES as f32;
    let factor = 1.0 / variance.sqrt().max(4.0 * LEAST_DEVIATION);
    patch.iter_mut().for_each(|value| *value = (*value - mean) * factor);
    patch
}

/// Adds a row of twice as many samples to pairs. `INSIDE`: all of them have their four neighbours in the picture.
fn sample_row<const INSIDE: bool>(picture: &Picture, map: &Affine, y: f32, row: &mut [f32]) {
    let ((x0, y0), pixels) = (map.map(0.5, y), picture.pixels());
    let (last_x, last_y) = (picture.width as i64 - 1, picture.height as i64 - 1);
    // Saturating, and 0 for NaN.
    let fixed = |value: f32| (value * (1 << BITS) as f32) as i64;
    let (mut sx, mut sy, step_x, step_y) = (fixed(x0), fixed(y0), fixed(map.a), fixed(map.d));
    for pair in row {
        let mut sum = 0u32;
        for _ in 0..2 {
            let (x, y) = (sx >> BITS, sy >> BITS);
            let (wx, wy) = (((sx >> (BITS - 8)) & 255) as u32, ((sy >> (BITS - 8)) & 255) as u32);
            let within = |at: i64, last: i64| if INSIDE { at as usize } else { at.clamp(0, last) as usize };
            let (left, right) = (within(x, last_x), within(x.saturating_add(1), last_x));
            let (upper, lower) = (within(y, last_y), within(y.saturating_add(1), last_y));
            let grey = |x: usize, y: usize| u32::from(pixels[y * picture.width + x][GREEN]);
            let above = grey(left, upper) * (256 - wx) + grey(right, upper) * wx;
            let below = grey(left, lower) * (256 - wx) + grey(right, lower) * wx;
            sum += (above * (256 - wy) + below * wy) >> 8;
            sx = sx.saturating_add(step_x);
            sy = sy.saturating_add(step_y);
        }
        *pair += sum as f32 * (1.0 / 256.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const WIDTH: usize = 320;
    const HEIGHT: usize = 240;
    const ROI: Roi = Roi { centre: [160.0, 120.0], side: 120.0, angle: 0.1 };

    /// Soft hills and valleys, some ten across the picture; `hills` chooses which.
    fn light(hills: f32, x: f32, y: f32) -> f32 {
        let (x, y) = (x / 15.0, y / 15.0);
        120.0 + 40.0 * (x + hills).sin() * (0.7 * y).cos() + 30.0 * (0.4 * x - 0.9 * y + 2.0 * hills).sin()
    }

    fn picture(of: impl Fn(f32, f32) -> f32) -> Picture {
        let at = |index: usize| of((index % WIDTH) as f32, (index / WIDTH) as f32).clamp(0.0, 255.0) as u8;
        Picture {
            width: WIDTH,
            height: HEIGHT,
            rgba: (0..WIDTH * HEIGHT).flat_map(|i| [at(i), at(i), at(i), 255]).collect(),
        }
    }

    fn still() -> Still {
        Still::of(&picture(|x, y| light(0.0, x, y)), ROI)
    }

    /// A square of the patch, in parts of its side from the middle, darker.
    fn darkened(depth: f32, across: (f32, f32), down: (f32, f32)) -> Picture {
        let (sin, cos) = ROI.angle.sin_cos();
        picture(|x, y| {
            let (dx, dy) = ((x - ROI.centre[0]) / ROI.side, (y - ROI.centre[1]) / ROI.side);
            let (a, d) = (cos * dx + sin * dy, cos * dy - sin * dx);
            let inside = a >= across.0 && a < across.1 && d >= down.0 && d < down.1;
            light(0.0, x, y) - if inside { depth } else { 0.0 }
        })
    }

    proptest! {
        #[test]
        fn small_moves_are_followed(dx in -7f32..7.0, dy in -7f32..7.0, zoom in 0.95f32..1.05, turn in -0.06f32..0.06, gain in 0.7f32..1.2) {
            let (sin, cos) = turn.sin_cos();
            let [cx, cy] = ROI.centre;
            // From the moved picture back to the kept one.
            let now = picture(|x, y| {
                let (x, y) = ((x - cx - dx) / zoom, (y - cy - dy) / zoom);
                gain * light(0.0, cx + cos * x + sin * y, cy + cos * y - sin * x)
            });
            let found = still().find(&now).expect("the same, moved");
            prop_assert!((found.centre[0] - cx - dx).hypot(found.centre[1] - cy - dy) < 1.5, "{found:?}");
            prop_assert!((found.side / ROI.side - zoom).abs() < 0.01 && (found.angle - ROI.angle - turn).abs() < 0.02, "{found:?}");
        }

        #[test]
        fn any_picture_gives_an_answer(width in 1usize..40, height in 1usize..40, seed: u64, x in -1e9f32..1e9, side in 0f32..1e9) {
            let mut state = seed;
            let rgba = (0..width * height * 4).map(|_| { state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1); (state >> 56) as u8 }).collect();
            let noise = Picture { width, height, rgba };
            for roi in [ROI, Roi { centre: [x, -x], side, angle: x }, Roi { centre: [f32::NAN; 2], side: f32::INFINITY, angle: f32::NAN }] {
                let kept = Still::of(&noise, roi);
                let _ = (kept.find(&noise), kept.holds(&noise), still().find(&noise));
            }
        }
    }

    #[test]
    fn another_sight_is_not_taken_for_it() {
        let other = picture(|x, y| light(2.0, x, y));
        assert_eq!(still().find(&other), None);
        assert_eq!(still().find(&picture(|_, _| 120.0)), None, "nothing at all");
        let scene = Still::of_scene(&picture(|x, y| light(0.0, x, y)));
        assert!(!scene.holds(&other) && scene.holds(&picture(|x, y| 0.8 * light(0.0, x, y))));
    }

    #[test]
    fn eyes_may_change_and_a_mouth_may_not() {
        assert!(still().find(&darkened(25.0, (-0.2, 0.2), (-0.2, -0.1))).is_some(), "eyes");
        assert_eq!(still().find(&darkened(60.0, (-0.15, 0.15), (0.2, 0.35))), None, "a mouth");
    }

    #[test]
    fn who_comes_into_a_scene_is_noticed() {
        let empty = picture(|x, y| light(0.0, x, y));
        let scene = Still::of_scene(&empty);
        let with_face = picture(|x, y| if (x - 60.0).hypot(y - 90.0) < 15.0 { 200.0 } else { light(0.0, x, y) });
        assert!(scene.holds(&empty) && !scene.holds(&with_face));
        let moved = picture(|x, y| light(0.0, x + 6.0, y));
        assert!(!scene.holds(&moved), "a camera that moves");
    }
}
