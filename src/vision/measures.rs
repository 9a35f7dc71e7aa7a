//! What the landmarks say about eyes and mouth.

use super::Landmarks;

/// The six points of the eye aspect ratio: outer corner, two on the upper lid, inner corner, two on the lower lid
/// (Soukupova and Cech 2016, with MediaPipe's indices).
const RIGHT_EYE: [usize; 6] = [33, 160, 158, 133, 153, 144];
const LEFT_EYE: [usize; 6] = [263, 387, 385, 362, 380, 373];
/// Inner lips: upper middle, lower middle, right corner, left corner.
const INNER_LIPS: [usize; 4] = [13, 14, 78, 308];

/// Measures of one face, all relative to its own size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measures {
    /// EAR of the learner's own left eye, about 0.3 when open, below 0.15 when closed.
    pub left_ear: f32,
    /// EAR of the learner's own right eye.
    pub right_ear: f32,
    /// Height of the inner lips' opening by its width; 0 is shut, above 0.5 a yawn.
    pub mouth_open: f32,
}

impl Measures {
    /// Takes the measures from landmarks in the picture.
    pub fn of(landmarks: &Landmarks) -> Self {
        let [upper, lower, right, left] = INNER_LIPS;
        Self {
            left_ear: eye_aspect_ratio(landmarks, LEFT_EYE),
            right_ear: eye_aspect_ratio(landmarks, RIGHT_EYE),
            mouth_open: ratio(distance(landmarks, upper, lower), distance(landmarks, right, left)),
        }
    }
}

fn eye_aspect_ratio(
    landmarks: &Landmarks,
    [outer, upper_out, upper_in, inner, lower_in, lower_out]: [usize; 6],
) -> f32 {
    let height = distance(landmarks, upper_out, lower_out) + distance(landmarks, upper_in, lower_in);
    ratio(height, 2.0 * distance(landmarks, outer, inner))
}

/// In the picture plane.
fn distance(landmarks: &Landmarks, from: usize, to: usize) -> f32 {
    let (from, to) = (landmarks.points[from], landmarks.points[to]);
    (from[0] - to[0]).hypot(from[1] - to[1])
}

fn ratio(part: f32, whole: f32) -> f32 {
    if whole > 0.0 { part / whole } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vision::landmarks::POINTS;

    fn eyes(height: f32) -> Landmarks {
        let mut points = vec![[0.0; 3]; POINTS];
        for [outer, upper_out, upper_in, inner, lower_in, lower_out] in [RIGHT_EYE, LEFT_EYE] {
            points[inner] = [30.0, 0.0, 0.0];
            for (index, x, y) in
                [(upper_out, 10.0, -0.5), (upper_in, 20.0, -0.5), (lower_in, 20.0, 0.5), (lower_out, 10.0, 0.5)]
            {
                points[index] = [x, y * height, 0.0];
            }
            points[outer] = [0.0; 3];
        }
        Landmarks { points }
    }

    #[test]
    fn the_ratio_is_height_by_width() {
        let measures = Measures::of(&eyes(9.0));
        assert!((measures.left_ear - 0.3).abs() < 1e-6);
        assert_eq!(measures.left_ear, measures.right_ear);
    }

    #[test]
    fn points_on_one_spot_give_numbers() {
        let measures = Measures::of(&Landmarks { points: vec![[5.0; 3]; POINTS] });
        assert_eq!((measures.left_ear, measures.mouth_open), (0.0, 0.0));
    }
}
