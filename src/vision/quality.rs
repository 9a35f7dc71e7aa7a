//! Whether a picture shows anything at all.

/// Simple statistics of the luma (BT.601), each 0..1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Mean.
    pub brightness: f32,
    /// Standard deviation.
    pub contrast: f32,
    /// Mean absolute difference to the right and lower neighbour.
    pub sharpness: f32,
    /// The deviation of noise, estimated where the picture is smooth.
    pub noise: f32,
}

/// Why a picture without a face allows no statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unusable {
    /// So dark that a face would not be seen.
    Dark,
    /// Overexposed.
    Bright,
    /// No content: a covered camera, a blank picture.
    Flat,
    /// Out of focus, or a finger on the lens: no detail at all.
    Blurred,
}

impl Quality {
    /// Below this standard deviation there is no picture content: sensor noise and JPEG blocks stay under it.
    const FLAT: f32 = 0.02;
    /// Below this mean nobody can be told from the dark, above the other from the glare.
    const DARK: f32 = 0.05;
    const BRIGHT: f32 = 0.95;
    /// Below this gradient per deviation the second look would find nothing. Sharp pictures without people have 0.09 and
    /// more; blurred by a Gaussian of 2 % of their width, 0.03 to 0.10.
    const BLURRED: f32 = 0.07;
    /// Below this a face's eyes cannot be read. Sharp portraits have 0.047 and more; closed eyes are first called open at a
    /// blur of 4 % of the width, where the median is 0.042.
    const BLURRED_FACE: f32 = 0.045;

    /// At or above this deviation a picture is smoothed before faces are looked for. Of the labelled faces 3 % reach it as
    /// they are, and all do with a noise of 12 of 255 added.
    const NOISY: f32 = 0.015;

    /// Of a planar RGB tensor with values -1..1: `width` columns a row; looks at `columns` and `rows` (first, end) only.
    pub fn of_signed(tensor: &[f32], width: usize, columns: (usize, usize), rows: (usize, usize)) -> Self {
        let plane = tensor.len() / 3;
        let (red, rest) = tensor.split_at(plane);
        let (green, blue) = rest.split_at(plane);
        let luma: Vec<f32> = (rows.0..rows.1)
            .flat_map(|y| y * width + columns.0..y * width + columns.1)
            .map(|at| (0.299 * red[at] + 0.587 * green[at] + 0.114 * blue[at] + 1.0) / 2.0)
            .collect();
        Self::of_luma(&luma, columns.1 - columns.0)
    }

    fn of_luma(luma: &[f32], width: usize) -> Self {
        if luma.is_empty() || width == 0 {
            return Self { brightness: 0.0, contrast: 0.0, sharpness: 0.0, noise: 0.0 };
        }
        let count = luma.len() as f32;
        let brightness = luma.iter().sum::<f32>() / count;
        let variance = luma.iter().map(|value| (value - brightness).powi(2)).sum::<f32>() / count;
        let across: f32 =
            luma.chunks_exact(width).flat_map(|row| row.windows(2)).map(|pair| (pair[1] - pair[0]).abs()).sum();
        let down: f32 = luma.iter().zip(&luma[width..]).map(|(upper, lower)| (lower - upper).abs()).sum();
        Self {
            brightness,
            contrast: variance.sqrt(),
            sharpness: (across + down) / (2.0 * count),
            noise: noise_deviation(luma, width),
        }
    }

    /// Whether detectors would trip over the noise.
    pub fn is_noisy(&self) -> bool {
        self.noise >= Self::NOISY
    }

    /// Whether a face's eyes cannot be read for blur.
    pub fn hides_eyes(&self) -> bool {
        self.sharpness < Self::BLURRED_FACE * self.contrast
    }

    /// Why nothing can be said of a picture in which no face was found, if so.
    pub fn unusable(&self) -> Option<Unusable> {
        if self.brightness < Self::DARK {
            Some(Unusable::Dark)
        } else if self.brightness > Self::BRIGHT {
            Some(Unusable::Bright)
        } else if self.contrast < Self::FLAT {
            Some(Unusable::Flat)
        } else if self.sharpness < Self::BLURRED * self.contrast {
            Some(Unusable::Blurred)
        } else {
            None
        }
    }
}

/// Immerkær's estimate ("Fast Noise Variance Estimation", 1996): a mask that neither slopes nor curves answer to, here with
/// the median instead of the mean, so that edges and textures in less than half of the picture do not count. Every
/// second pixel of every second row is enough.
fn noise_deviation(luma: &[f32], width: usize) -> f32 {
    /// The mask's answer to noise of deviation 1 has a deviation of 6, and its median size is 0.6745 of that.
    const MEDIAN_ANSWER: f32 = 6.0 * 0.6745;
    let rows: Vec<&[f32]> = luma.chunks_exact(width).collect();
    let mut answers: Vec<f32> = rows
        .windows(3)
        .step_by(2)
        .flat_map(|rows| {
            let column = move |x: usize| rows[0][x] - 2.0 * rows[1][x] + rows[2][x];
            (1..width.saturating_sub(1))
                .step_by(2)
                .map(move |x| (column(x - 1) - 2.0 * column(x) + column(x + 1)).abs())
        })
        .collect();
    if answers.is_empty() {
        return 0.0;
    }
    let middle = answers.len() / 2;
    *answers.select_nth_unstable_by(middle, f32::total_cmp).1 / MEDIAN_ANSWER
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tensor(pixel: impl Fn(usize, usize) -> f32) -> Vec<f32> {
        let plane: Vec<f32> = (0..256).map(|at| pixel(at % 16, at / 16)).collect();
        plane.repeat(3)
    }

    fn quality(pixel: impl Fn(usize, usize) -> f32) -> Quality {
        Quality::of_signed(&tensor(pixel), 16, (0, 16), (0, 16))
    }

    #[test]
    fn dark_bright_flat_and_good_pictures_are_told_apart() {
        assert_eq!(quality(|_, _| -0.98).unusable(), Some(Unusable::Dark));
        assert_eq!(quality(|_, _| 0.97).unusable(), Some(Unusable::Bright));
        assert_eq!(quality(|_, _| 0.1).unusable(), Some(Unusable::Flat));
        let checks = quality(|x, y| if (x / 4 + y / 4) % 2 == 0 { -0.5 } else { 0.5 });
        assert_eq!(checks.unusable(), None);
        assert!((checks.brightness - 0.5).abs() < 1e-5 && (checks.contrast - 0.25).abs() < 1e-5);
    }

    #[test]
    fn a_soft_edge_is_less_sharp_than_fine_detail() {
        let soft = quality(|x, _| x as f32 / 16.0 - 0.5);
        let fine = quality(|x, _| if x % 2 == 0 { -0.5 } else { 0.5 });
        assert!(fine.sharpness > 4.0 * soft.sharpness);
        assert!(!fine.hides_eyes() && fine.unusable().is_none());
    }

    #[test]
    fn a_picture_without_detail_is_blurred() {
        let wave: Vec<f32> =
            (0..3 * 128 * 128).map(|at| 0.9 * (std::f32::consts::PI * (at % 128) as f32 / 128.0).cos()).collect();
        let quality = Quality::of_signed(&wave, 128, (0, 128), (0, 128));
        assert_eq!((quality.unusable(), quality.hides_eyes()), (Some(Unusable::Blurred), true));
    }

    #[test]
    fn noise_is_measured_where_edges_are_not() {
        // A linear congruential generator; twelve uniform numbers less six are about normal.
        let mut state = 1u32;
        let mut uniform = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / u32::MAX as f32
        };
        let scene: Vec<f32> =
            (0..128 * 96).map(|at| if (at % 128 / 32 + at / 128 / 32) % 2 == 0 { 0.3 } else { 0.7 }).collect();
        let noisy: Vec<f32> =
            scene.iter().map(|value| value + 0.03 * ((0..12).map(|_| uniform()).sum::<f32>() - 6.0)).collect();
        assert!(noise_deviation(&scene, 128) < 1e-6);
        let measured = noise_deviation(&noisy, 128);
        assert!((measured - 0.03).abs() < 0.003, "{measured}");
        for (width, height) in [(0, 0), (1, 1), (2, 8), (8, 2)] {
            assert_eq!(noise_deviation(&vec![0.5; width * height], width.max(1)), 0.0);
        }
    }

    #[test]
    fn the_letterbox_does_not_count() {
        let boxed = tensor(|_, y| if (4..12).contains(&y) { 0.2 } else { -1.0 });
        let quality = Quality::of_signed(&boxed, 16, (0, 16), (4, 12));
        assert!((quality.brightness - 0.6).abs() < 1e-5);
    }
}
