//! The fixed anchor points of BlazeFace short range.

/// Anchor centres as shares of the detector's input, for an input of `width` x `height` pixels (multiples of 16).
///
/// Two anchors per cell of the stride-8 map, then six per cell of the stride-16 maps: 896 for 128x128. All have size 1, so
/// only the centres matter (MediaPipe: `SsdAnchorsCalculator` with strides 8, 16, 16, 16, `fixed_anchor_size`).
pub fn centres(width: usize, height: usize) -> Vec<[f32; 2]> {
    [(8, 2), (16, 6)]
        .into_iter()
        .flat_map(|(stride, per_cell)| {
            let (columns, rows) = (width / stride, height / stride);
            (0..rows * columns).flat_map(move |cell| {
                let x = ((cell % columns) as f32 + 0.5) / columns as f32;
                let y = ((cell / columns) as f32 + 0.5) / rows as f32;
                std::iter::repeat_n([x, y], per_cell)
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::centres;

    #[test]
    fn the_short_range_model_has_896() {
        let anchors = centres(128, 128);
        assert_eq!(anchors.len(), 896);
        assert_eq!(anchors[0], [0.03125, 0.03125]);
        assert_eq!(anchors[1], anchors[0], "two anchors share a cell");
        assert_eq!(anchors[511], [0.96875, 0.96875]);
        assert_eq!(anchors[512], [0.0625, 0.0625]);
        assert_eq!(anchors[895], [0.9375, 0.9375]);
    }
}
