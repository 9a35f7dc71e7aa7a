//! The attention mesh's raw outputs to 478 points in the picture.

use super::Roi;

/// Side of the landmark model's square input, pixels.
pub const INPUT: usize = 192;
/// Points of the face mesh.
pub const MESH: usize = 468;
/// Refined points per eye.
pub const EYE: usize = 71;
/// Points per iris: the centre, then right, top, left, bottom of its rim.
pub const IRIS: usize = 5;
/// Mesh and irises.
pub const POINTS: usize = MESH + 2 * IRIS;

/// Which mesh points the refined points of the eye on the picture's left replace (the learner's own right eye; MediaPipe
/// names the output after the picture's side, and its index lists are in `face_landmarks_graph`'s refinement options).
#[rustfmt::skip]
pub const EYE_ON_THE_LEFT: [usize; EYE] = [
    33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173,
    130, 25, 110, 24, 23, 22, 26, 112, 243, 247, 30, 29, 27, 28, 56, 190,
    226, 31, 228, 229, 230, 231, 232, 233, 244, 113, 225, 224, 223, 222, 221, 189,
    35, 124, 46, 53, 52, 65, 143, 111, 117, 118, 119, 120, 121, 128, 245,
    156, 70, 63, 105, 66, 107, 55, 193,
];
/// The same for the eye on the picture's right (the learner's own left eye).
#[rustfmt::skip]
pub const EYE_ON_THE_RIGHT: [usize; EYE] = [
    263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398,
    359, 255, 339, 254, 253, 252, 256, 341, 463, 467, 260, 259, 257, 258, 286, 414,
    446, 261, 448, 449, 450, 451, 452, 453, 464, 342, 445, 444, 443, 442, 441, 413,
    265, 353, 276, 283, 282, 295, 372, 340, 346, 347, 348, 349, 350, 357, 465,
    383, 300, 293, 334, 296, 336, 285, 417,
];
/// How many of the refined points outline the eye's opening; the rest surround it.
const OUTLINE: usize = 16;

/// One item of the landmark model's output, in pixels of its input.
#[derive(Debug, Clone, Copy)]
pub struct RawLandmarks<'a> {
    /// 468 x (x, y, z).
    pub mesh: &'a [f32],
    /// 71 x (x, y): `left_eye`, the eye on the picture's left.
    pub eye_on_the_left: &'a [f32],
    /// 71 x (x, y): `right_eye`.
    pub eye_on_the_right: &'a [f32],
    /// 5 x (x, y): `left_iris`.
    pub iris_on_the_left: &'a [f32],
    /// 5 x (x, y): `right_iris`.
    pub iris_on_the_right: &'a [f32],
}

/// 478 points in MediaPipe's order: x right, y down in picture pixels, z away from the camera in the same scale.
#[derive(Debug, Clone, PartialEq)]
pub struct Landmarks {
    /// [`POINTS`] points.
    pub points: Vec<[f32; 3]>,
}

impl Landmarks {
    /// Puts the parts together and turns them back from the crop to the picture.
    ///
    /// Returns `None` when the model's output is not finite or not of the expected size.
    pub fn assemble(raw: &RawLandmarks<'_>, roi: &Roi) -> Option<Self> {
        let mesh = raw.mesh.as_chunks::<3>().0;
        if mesh.len() != MESH || raw.mesh.iter().any(|value| !value.is_finite()) {
            return None;
        }
        let mut points = mesh.to_vec();
        for (refined, indices) in [(raw.eye_on_the_left, &EYE_ON_THE_LEFT), (raw.eye_on_the_right, &EYE_ON_THE_RIGHT)] {
            for ([x, y], &index) in finite_pairs(refined, EYE)?.iter().zip(indices) {
                points[index][..2].copy_from_slice(&[*x, *y]);
            }
        }
        for (iris, eye) in [(raw.iris_on_the_left, &EYE_ON_THE_LEFT), (raw.iris_on_the_right, &EYE_ON_THE_RIGHT)] {
            let depth = eye[..OUTLINE].iter().map(|&index| points[index][2]).sum::<f32>() / OUTLINE as f32;
            points.extend(finite_pairs(iris, IRIS)?.iter().map(|[x, y]| [*x, *y, depth]));
        }
        let map = roi.affine(INPUT);
        let depth_scale = roi.side / INPUT as f32;
        for point in &mut points {
            let (x, y) = map.map(point[0], point[1]);
            *point = [x, y, point[2] * depth_scale];
        }
        Some(Self { points })
    }
}

fn finite_pairs(values: &[f32], count: usize) -> Option<&[[f32; 2]]> {
    let pairs = values.as_chunks::<2>().0;
    (pairs.len() == count && values.iter().all(|value| value.is_finite())).then_some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_replace_their_mesh_points_and_land_in_the_picture() {
        let mesh = vec![0.0; MESH * 3];
        let (eye, iris) = (vec![96.0; EYE * 2], vec![96.0; IRIS * 2]);
        let raw = RawLandmarks {
            mesh: &mesh,
            eye_on_the_left: &eye,
            eye_on_the_right: &eye,
            iris_on_the_left: &iris,
            iris_on_the_right: &iris,
        };
        let roi = Roi { centre: [160.0, 120.0], side: 96.0, angle: 0.0 };
        let landmarks = Landmarks::assemble(&raw, &roi).expect("finite and complete");
        assert_eq!(landmarks.points.len(), POINTS);
        assert_eq!(landmarks.points[0], [112.0, 72.0, 0.0], "a mesh point at the crop's corner");
        assert_eq!(landmarks.points[33], [160.0, 120.0, 0.0], "an eye corner at the crop's centre");
        assert_eq!(landmarks.points[473], [160.0, 120.0, 0.0]);
    }

    #[test]
    fn output_that_is_not_finite_is_no_face() {
        let mut mesh = vec![0.0; MESH * 3];
        mesh[77] = f32::NAN;
        let (eye, iris) = (vec![0.0; EYE * 2], vec![0.0; IRIS * 2]);
        let raw = RawLandmarks {
            mesh: &mesh,
            eye_on_the_left: &eye,
            eye_on_the_right: &eye,
            iris_on_the_left: &iris,
            iris_on_the_right: &iris,
        };
        assert_eq!(Landmarks::assemble(&raw, &Roi { centre: [0.0; 2], side: 1.0, angle: 0.0 }), None);
    }

    #[test]
    fn the_index_lists_name_each_point_once() {
        let mut all: Vec<usize> = EYE_ON_THE_LEFT.into_iter().chain(EYE_ON_THE_RIGHT).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 2 * EYE);
        assert!(all.iter().all(|&index| index < MESH));
    }
}
