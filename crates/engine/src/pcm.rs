//! Samples as bytes.

/// Signed 16-bit little-endian PCM, clipped at full scale, as Piper writes it (32767 is 1.0).
pub fn to_s16le(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|s| ((s.clamp(-1.0, 1.0) * 32767.0).round() as i16).to_le_bytes()).collect()
}

/// 32-bit IEEE float little-endian PCM, not clipped.
pub fn to_f32le(samples: &[f32]) -> Vec<u8> {
    samples.iter().flat_map(|s| s.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clips_at_full_scale() {
        let bytes = to_s16le(&[0.0, 1.0, -1.0, 2.0, -2.0]);
        let samples: Vec<i16> = bytes.chunks(2).map(|b| i16::from_le_bytes([b[0], b[1]])).collect();
        assert_eq!(samples, [0, 32767, -32767, 32767, -32767]);
    }

    #[test]
    fn floats_keep_their_bits() {
        assert_eq!(to_f32le(&[1.5, -2.25]), [1.5f32.to_le_bytes(), (-2.25f32).to_le_bytes()].concat());
    }
}
