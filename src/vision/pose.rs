//! Head pose from landmarks: which turn of the canonical face lies best on them.

use super::Landmarks;

/// Where the head points, in degrees, as seen by the camera. Zero is facing it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct HeadPose {
    /// Positive: turned to the learner's own left (the right of an unmirrored picture).
    pub yaw: f32,
    /// Positive: looking down.
    pub pitch: f32,
    /// Positive: head tilted to the learner's own left shoulder.
    pub roll: f32,
}

/// Points that move little with the face's expression, with their weight and their place in the canonical face
/// (cm; x to the subject's left, y up, z out of the face). From MediaPipe's `geometry_pipeline_metadata_landmarks`,
/// extracted by models/canonical_face.py.
#[rustfmt::skip]
const BASIS: [(usize, f32, [f32; 3]); 33] = [
    (4, 0.07091, [0.0, -0.46317, 7.58658]),
    (6, 0.0321, [0.0, 2.473255, 5.788627]),
    (10, 0.008447, [0.0, 8.261778, 4.481535]),
    (33, 0.058724, [-4.445859, 2.663991, 3.173422]),
    (54, 0.007667, [-6.279331, 6.615427, 1.42585]),
    (67, 0.009078, [-3.523964, 8.005976, 3.729163]),
    (117, 0.009792, [-5.258659, 0.945811, 2.974312]),
    (119, 0.014565, [-3.300681, 0.861641, 3.872784]),
    (121, 0.018591, [-1.820731, 1.467954, 4.224124]),
    (127, 0.005198, [-7.743095, 2.364999, -2.005167]),
    (129, 0.120625, [-1.785794, -0.978284, 4.85047]),
    (132, 0.00556, [-7.270895, -2.890917, -2.252455]),
    (133, 0.053286, [-1.856432, 2.585245, 3.757904]),
    (136, 0.06689, [-5.085276, -7.17859, 0.714711]),
    (143, 0.014817, [-6.407571, 2.236021, 1.560843]),
    (147, 0.014263, [-6.234883, -1.94443, 1.663542]),
    (198, 0.025462, [-1.246815, 0.230297, 5.681036]),
    (205, 0.047252, [-3.832928, -1.537326, 4.137731]),
    (263, 0.058724, [4.445859, 2.663991, 3.173422]),
    (284, 0.007667, [6.279331, 6.615427, 1.42585]),
    (297, 0.009078, [3.523964, 8.005976, 3.729163]),
    (346, 0.009792, [5.258659, 0.945811, 2.974312]),
    (348, 0.014565, [3.300681, 0.861641, 3.872784]),
    (350, 0.018591, [1.820731, 1.467954, 4.224124]),
    (356, 0.005198, [7.743095, 2.364999, -2.005167]),
    (358, 0.120625, [1.785794, -0.978284, 4.85047]),
    (361, 0.00556, [7.270895, -2.890917, -2.252455]),
    (362, 0.053286, [1.856432, 2.585245, 3.757904]),
    (365, 0.06689, [5.085276, -7.17859, 0.714711]),
    (372, 0.014817, [6.407571, 2.236021, 1.560843]),
    (376, 0.014263, [6.234883, -1.94443, 1.663542]),
    (420, 0.025462, [1.246815, 0.230297, 5.681036]),
    (425, 0.047252, [3.832928, -1.537326, 4.137731]),
];

type Matrix<const N: usize> = [[f32; N]; N];

impl HeadPose {
    /// The pose under weak perspective: landmarks' z is taken in the scale of x and y.
    pub fn of(landmarks: &Landmarks) -> Self {
        // The camera's y points down and its z away; the canonical face's point up and to the viewer.
        let observed = BASIS.map(|(index, ..)| {
            let [x, y, z] = landmarks.points[index];
            [x, -y, -z]
        });
        Self::from_rotation(&best_rotation(&observed))
    }

    /// Splits `rotation = yaw about y * pitch about x * roll about z`.
    fn from_rotation(rotation: &Matrix<3>) -> Self {
        let forward = [rotation[0][2], rotation[1][2], rotation[2][2]];
        Self {
            yaw: forward[0].atan2(forward[2]).to_degrees(),
            pitch: (-forward[1]).clamp(-1.0, 1.0).asin().to_degrees(),
            roll: -rotation[1][0].atan2(rotation[1][1]).to_degrees(),
        }
    }
}

/// The rotation that turns the canonical basis onto `observed`, in the weighted least-squares sense (Horn 1987: the
/// quaternion is the eigenvector of the largest eigenvalue of a symmetric 4x4 matrix). Position and size do not matter.
fn best_rotation(observed: &[[f32; 3]; BASIS.len()]) -> Matrix<3> {
    let total: f32 = BASIS.iter().map(|(_, weight, _)| weight).sum();
    let mean = |point: &dyn Fn(usize) -> [f32; 3]| -> [f32; 3] {
        std::array::from_fn(|axis| (0..BASIS.len()).map(|i| BASIS[i].1 * point(i)[axis]).sum::<f32>() / total)
    };
    let (from_mean, to_mean) = (mean(&|i| BASIS[i].2), mean(&|i| observed[i]));
    let mut s = [[0.0f32; 3]; 3];
    for ((_, weight, from), to) in BASIS.iter().zip(observed) {
        for (row, cells) in s.iter_mut().enumerate() {
            for (column, cell) in cells.iter_mut().enumerate() {
                *cell += weight * (from[row] - from_mean[row]) * (to[column] - to_mean[column]);
            }
        }
    }
    let [[xx, xy, xz], [yx, yy, yz], [zx, zy, zz]] = s;
    let horn = [
        [xx + yy + zz, yz - zy, zx - xz, xy - yx],
        [yz - zy, xx - yy - zz, xy + yx, zx + xz],
        [zx - xz, xy + yx, yy - xx - zz, yz + zy],
        [xy - yx, zx + xz, yz + zy, zz - xx - yy],
    ];
    rotation_of(dominant_eigenvector(horn))
}

/// The eigenvector of the largest eigenvalue: shift so that all are positive, then square until only that one is left.
fn dominant_eigenvector(mut matrix: Matrix<4>) -> [f32; 4] {
    let norm = frobenius(&matrix);
    for (i, row) in matrix.iter_mut().enumerate() {
        row[i] += norm;
    }
    for _ in 0..12 {
        let scale = 1.0 / frobenius(&matrix).max(f32::MIN_POSITIVE);
        let scaled = matrix.map(|row| row.map(|value| value * scale));
        matrix = std::array::from_fn(|row| {
            std::array::from_fn(|column| (0..4).map(|k| scaled[row][k] * scaled[k][column]).sum())
        });
    }
    // Every column is now a multiple of the eigenvector; the longest is the most exact.
    let length = |column: usize| matrix.iter().map(|row| row[column] * row[column]).sum::<f32>();
    let best = (0..4).max_by(|&a, &b| length(a).total_cmp(&length(b))).unwrap_or(0);
    let norm = length(best).sqrt();
    if norm > 0.0 { std::array::from_fn(|row| matrix[row][best] / norm) } else { [1.0, 0.0, 0.0, 0.0] }
}

fn frobenius(matrix: &Matrix<4>) -> f32 {
    matrix.iter().flatten().map(|value| value * value).sum::<f32>().sqrt()
}

fn rotation_of([w, x, y, z]: [f32; 4]) -> Matrix<3> {
    [
        [1.0 - 2.0 * (y * y + z * z), 2.0 * (x * y - w * z), 2.0 * (x * z + w * y)],
        [2.0 * (x * y + w * z), 1.0 - 2.0 * (x * x + z * z), 2.0 * (y * z - w * x)],
        [2.0 * (x * z - w * y), 2.0 * (y * z + w * x), 1.0 - 2.0 * (x * x + y * y)],
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::landmarks::POINTS;
    use proptest::prelude::*;

    /// The canonical face, turned, scaled and moved into a picture.
    fn posed(yaw: f32, pitch: f32, roll: f32) -> Landmarks {
        let (sin_y, cos_y) = yaw.to_radians().sin_cos();
        let (sin_p, cos_p) = pitch.to_radians().sin_cos();
        let (sin_r, cos_r) = roll.to_radians().sin_cos();
        let mut points = vec![[0.0; 3]; POINTS];
        for (index, _, [x, y, z]) in BASIS {
            let (x, y) = (x * cos_r + y * sin_r, y * cos_r - x * sin_r);
            let (y, z) = (y * cos_p - z * sin_p, y * sin_p + z * cos_p);
            let (x, z) = (x * cos_y + z * sin_y, z * cos_y - x * sin_y);
            points[index] = [160.0 + 8.0 * x, 120.0 - 8.0 * y, -8.0 * z];
        }
        Landmarks { points }
    }

    #[test]
    fn signs_are_as_documented() {
        let nose_tip_over_nose_bridge = |pose: &Landmarks| {
            let (tip, bridge) = (pose.points[4], pose.points[6]);
            [tip[0] - bridge[0], tip[1] - bridge[1]]
        };
        let straight = nose_tip_over_nose_bridge(&posed(0.0, 0.0, 0.0));
        assert!(nose_tip_over_nose_bridge(&posed(20.0, 0.0, 0.0))[0] > straight[0], "own left is the picture's right");
        assert!(nose_tip_over_nose_bridge(&posed(0.0, 20.0, 0.0))[1] > straight[1], "down");
        let tilted = posed(0.0, 0.0, 20.0);
        assert!(tilted.points[10][0] > tilted.points[152][0], "the top of the head goes to the picture's right");
    }

    #[test]
    fn a_face_without_extent_gives_numbers() {
        let pose = HeadPose::of(&Landmarks { points: vec![[3.0; 3]; POINTS] });
        assert!(pose.yaw.is_finite() && pose.pitch.is_finite() && pose.roll.is_finite());
    }

    proptest! {
        #[test]
        fn a_turned_face_gives_its_angles_back(yaw in -80f32..80.0, pitch in -60f32..60.0, roll in -170f32..170.0) {
            let pose = HeadPose::of(&posed(yaw, pitch, roll));
            prop_assert!((pose.yaw - yaw).abs() < 0.1, "yaw {} for {yaw}", pose.yaw);
            prop_assert!((pose.pitch - pitch).abs() < 0.1, "pitch {} for {pitch}", pose.pitch);
            prop_assert!((pose.roll - roll).abs() < 0.1, "roll {} for {roll}", pose.roll);
        }
    }
}
