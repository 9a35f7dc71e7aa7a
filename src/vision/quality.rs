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
            return Self { brightness: 0.0, contrast: 0.0, sharpness: 0.0 };
        }
        let count = luma.len() as f32;
        let brightness = luma.iter().sum::<f32>() / count;
        let variance = luma.iter().map(|value| (value - brightness).powi(2)).sum::<f32>() / count;
        let across: f32 =
            luma.chunks_exact(width).flat_map(|row| row.windows(2)).map(|pair| (pair[1] - pair[0]).abs()).sum();
        let down: f32 = luma.iter().zip(&luma[width..]).map(|(upper, lower)| (lower - upper).abs()).sum();
        Self { brightness, contrast: variance.sqrt(), sharpness: (across + down) / (2.0 * count) }
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
    fn the_letterbox_does_not_count() {
        let boxed = tensor(|_, y| if (4..12).contains(&y) { 0.2 } else { -1.0 });
        let quality = Quality::of_signed(&boxed, 16, (0, 16), (4, 12));
        assert!((quality.brightness - 0.6).abs() < 1e-5);
    }
}
