//! Sampling a picture through an affine map into a planar `f32` tensor.

use super::Picture;

/// An affine map from target pixels to source pixels:
/// `source = (a*x + b*y + c, d*x + e*y + f)`.
///
/// Corner convention, as OpenCV's `warpAffine` has it: target pixel (x, y) takes the source at the mapped integer
/// position itself, without half-pixel offsets. The landmarks move by several pixels when this is done otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Affine {
    /// Source x for one target pixel to the right.
    pub a: f32,
    /// Source x for one target pixel down.
    pub b: f32,
    /// Source x of the target's origin.
    pub c: f32,
    /// Source y for one target pixel to the right.
    pub d: f32,
    /// Source y for one target pixel down.
    pub e: f32,
    /// Source y of the target's origin.
    pub f: f32,
}

impl Affine {
    /// The source position of a target position.
    pub fn map(&self, x: f32, y: f32) -> (f32, f32) {
        (self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f)
    }
}

/// What lies outside the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Border {
    /// Black, blended in bilinearly at the edge.
    Zero,
    /// The nearest pixel of the edge.
    Replicate,
}

/// How 0..255 becomes the tensor's range: `value * scale + offset`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Range {
    /// Factor on the 8-bit value.
    pub scale: f32,
    /// Added after scaling.
    pub offset: f32,
}

impl Range {
    /// 0..255 to 0..1, as the landmark model wants it.
    pub const UNIT: Self = Self { scale: 1.0 / 255.0, offset: 0.0 };
    /// 0..255 to -1..1, as the detector wants it.
    pub const SIGNED: Self = Self { scale: 2.0 / 255.0, offset: -1.0 };
}

/// Fractional bits of source positions. Pictures are at most 65,535 pixels wide, so 20 bits leave room in an `i64`.
const BITS: u32 = 20;
const ONE: f32 = (1u32 << BITS) as f32;

/// Fills `target` (3 planes R, G, B of `width * height`) by bilinear sampling with 8-bit weights.
///
/// # Panics
/// When `target` does not hold `3 * width * height` values: a mistake of the caller, not of the data.
pub fn warp(
    picture: &Picture,
    map: &Affine,
    border: Border,
    range: Range,
    width: usize,
    height: usize,
    target: &mut [f32],
) {
    assert_eq!(target.len(), 3 * width * height, "the tensor's size");
    let plane = width * height;
    let (red, rest) = target.split_at_mut(plane);
    let (green, blue) = rest.split_at_mut(plane);
    let rows = red.chunks_exact_mut(width).zip(green.chunks_exact_mut(width)).zip(blue.chunks_exact_mut(width));
    let lookup: [f32; 256] = std::array::from_fn(|value| value as f32 * range.scale + range.offset);
    let (step_x, step_y) = (fixed(map.a), fixed(map.d));
    for (y, ((red, green), blue)) in rows.enumerate() {
        let (x0, y0) = map.map(0.0, y as f32);
        let (mut sx, mut sy) = (fixed(x0), fixed(y0));
        for ((r, g), b) in red.iter_mut().zip(green).zip(blue) {
            let [red, green, blue] = sample(picture, sx, sy, border);
            *r = lookup[usize::from(red)];
            *g = lookup[usize::from(green)];
            *b = lookup[usize::from(blue)];
            sx += step_x;
            sy += step_y;
        }
    }
}

fn fixed(value: f32) -> i64 {
    // Saturating, and 0 for NaN: a wild map samples the border, it cannot overflow.
    (f64::from(value) * f64::from(ONE)).clamp(-1e15, 1e15) as i64
}

/// One bilinear sample; the fast path has all four neighbours inside.
#[inline(always)]
fn sample(picture: &Picture, sx: i64, sy: i64, border: Border) -> [u8; 3] {
    let (x, y) = (sx >> BITS, sy >> BITS);
    let (wx, wy) = (((sx >> (BITS - 8)) & 255) as u32, ((sy >> (BITS - 8)) & 255) as u32);
    let inside = x >= 0 && y >= 0 && x + 1 < picture.width as i64 && y + 1 < picture.height as i64;
    if inside {
        let pixels = picture.pixels();
        let at = y as usize * picture.width + x as usize;
        let below = at + picture.width;
        let corners = [pixels[at], pixels[at + 1], pixels[below], pixels[below + 1]];
        return blend(corners.map(u32::from_le_bytes), wx, wy);
    }
    let corner = |x: i64, y: i64| outside(picture, x, y, border);
    blend([corner(x, y), corner(x + 1, y), corner(x, y + 1), corner(x + 1, y + 1)], wx, wy)
}

#[cold]
fn outside(picture: &Picture, x: i64, y: i64, border: Border) -> u32 {
    let (last_x, last_y) = (picture.width as i64 - 1, picture.height as i64 - 1);
    let (nearest_x, nearest_y) = (x.min(last_x).max(0), y.min(last_y).max(0));
    if border == Border::Zero && (nearest_x, nearest_y) != (x, y) {
        return 0;
    }
    let at = nearest_y as usize * picture.width + nearest_x as usize;
    picture.pixels().get(at).map_or(0, |pixel| u32::from_le_bytes(*pixel))
}

/// Blends four RGBA words with two weights of 0..255 (of 256): two channels ride in one word each.
#[inline(always)]
fn blend([top_left, top_right, low_left, low_right]: [u32; 4], wx: u32, wy: u32) -> [u8; 3] {
    // Exact weights of 16 bits, one rounding at the end; lanes of 32 bits in a u64 hold 255 * 65536.
    let (w11, w01) = (wx * wy, wx * (256 - wy));
    let (w10, w00) = ((256 - wx) * wy, (256 - wx) * (256 - wy));
    let pair = |word: u32, shift: u32| {
        let word = u64::from(word >> shift);
        (word & 0xff) | ((word & 0x00ff_0000) << 16)
    };
    let mix = |shift: u32| {
        pair(top_left, shift) * u64::from(w00)
            + pair(top_right, shift) * u64::from(w01)
            + pair(low_left, shift) * u64::from(w10)
            + pair(low_right, shift) * u64::from(w11)
            + 0x0000_8000_0000_8000
    };
    let red_blue = mix(0);
    let green = mix(8);
    [(red_blue >> 16) as u8, (green >> 16) as u8, (red_blue >> 48) as u8]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn gradient(width: usize, height: usize) -> Picture {
        let rgba = (0..height)
            .flat_map(|y| (0..width).flat_map(move |x| [(x * 3) as u8, (y * 5) as u8, (x * 7 + y * 11) as u8, 255]))
            .collect();
        Picture { width, height, rgba }
    }

    /// The definition, in floating point.
    fn reference(picture: &Picture, x: f32, y: f32, border: Border) -> [f32; 3] {
        let (left, top) = (x.floor(), y.floor());
        let (wx, wy) = (x - left, y - top);
        let pixel = |x: f32, y: f32| {
            let inside = x >= 0.0 && y >= 0.0 && (x as usize) < picture.width && (y as usize) < picture.height;
            if !inside && border == Border::Zero {
                return [0.0; 3];
            }
            let x = (x.max(0.0) as usize).min(picture.width - 1);
            let y = (y.max(0.0) as usize).min(picture.height - 1);
            let [r, g, b, _] = picture.pixels()[y * picture.width + x];
            [r, g, b].map(f32::from)
        };
        let corners = [pixel(left, top), pixel(left + 1.0, top), pixel(left, top + 1.0), pixel(left + 1.0, top + 1.0)];
        std::array::from_fn(|c| {
            let upper = corners[0][c] * (1.0 - wx) + corners[1][c] * wx;
            let lower = corners[2][c] * (1.0 - wx) + corners[3][c] * wx;
            upper * (1.0 - wy) + lower * wy
        })
    }

    #[test]
    fn the_identity_copies() {
        let picture = gradient(8, 6);
        let identity = Affine { a: 1.0, b: 0.0, c: 0.0, d: 0.0, e: 1.0, f: 0.0 };
        let mut tensor = vec![0.0; 3 * 48];
        warp(&picture, &identity, Border::Zero, Range { scale: 1.0, offset: 0.0 }, 8, 6, &mut tensor);
        for (index, pixel) in picture.pixels().iter().enumerate() {
            let planes = [tensor[index], tensor[48 + index], tensor[96 + index]];
            assert_eq!(planes, [pixel[0], pixel[1], pixel[2]].map(f32::from));
        }
    }

    proptest! {
        #[test]
        fn agrees_with_the_definition(a in -3f32..3.0, b in -3f32..3.0, c in -20f32..40.0, d in -3f32..3.0, e in -3f32..3.0, f in -20f32..40.0, zero: bool) {
            let picture = gradient(24, 18);
            let border = if zero { Border::Zero } else { Border::Replicate };
            let map = Affine { a, b, c, d, e, f };
            let mut tensor = vec![0.0; 3 * 64];
            warp(&picture, &map, border, Range { scale: 1.0, offset: 0.0 }, 8, 8, &mut tensor);
            for y in 0..8 {
                for x in 0..8 {
                    let (sx, sy) = map.map(x as f32, y as f32);
                    let expected = reference(&picture, sx, sy, border);
                    for channel in 0..3 {
                        let got = tensor[channel * 64 + y * 8 + x];
                        // 1/256 of a pixel's weight times the steepest edge (255), in two directions, and rounding.
                        prop_assert!((got - expected[channel]).abs() <= 2.6, "{got} for {} at {x},{y}", expected[channel]);
                    }
                }
            }
        }

        #[test]
        fn wild_maps_do_not_panic(values in proptest::array::uniform6(any::<f32>())) {
            let [a, b, c, d, e, f] = values;
            let mut tensor = vec![0.0; 3 * 64];
            warp(&gradient(5, 4), &Affine { a, b, c, d, e, f }, Border::Replicate, Range::UNIT, 8, 8, &mut tensor);
        }
    }
}
