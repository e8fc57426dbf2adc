//! The header of a WAV file: RIFF, 16-bit PCM, one channel (Microsoft, "Multimedia Programming Interface 1.0").

/// Bytes of the header that [`header`] gives.
pub const HEADER_BYTES: usize = 44;

/// The header of a 16-bit mono WAV file of `samples` samples; of a stream of unknown length for `None`.
///
/// Where the length is unknown, or does not fit in 32 bits, both sizes are `0xFFFFFFFF`, as OpenAI's speech API and
/// ffmpeg write them: readers take it as "until the end".
pub fn header(sample_rate: u32, samples: Option<u64>) -> [u8; HEADER_BYTES] {
    let data = samples.and_then(|n| u32::try_from(n.checked_mul(2)?).ok()).unwrap_or(u32::MAX);
    let riff = data.saturating_add(36);
    let data = if riff == u32::MAX { u32::MAX } else { data };
    let mut header = [0; HEADER_BYTES];
    let mut at = 0;
    let mut put = |bytes: &[u8]| {
        header[at..at + bytes.len()].copy_from_slice(bytes);
        at += bytes.len();
    };
    put(b"RIFF");
    put(&riff.to_le_bytes());
    put(b"WAVEfmt ");
    put(&16u32.to_le_bytes());
    put(&1u16.to_le_bytes()); // PCM
    put(&1u16.to_le_bytes()); // one channel
    put(&sample_rate.to_le_bytes());
    put(&sample_rate.saturating_mul(2).to_le_bytes()); // bytes a second
    put(&2u16.to_le_bytes()); // bytes a frame
    put(&16u16.to_le_bytes()); // bits a sample
    put(b"data");
    put(&data.to_le_bytes());
    header
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(header: &[u8]) -> [u32; 2] {
        [4, 40].map(|at| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]))
    }

    #[test]
    fn known_length() {
        let header = header(22050, Some(1000));
        assert_eq!(sizes(&header), [2036, 2000]);
        assert_eq!(&header[24..28], &22050u32.to_le_bytes());
        assert_eq!(&header[28..32], &44100u32.to_le_bytes());
    }

    #[test]
    fn unknown_or_too_long() {
        for samples in [None, Some(1 << 31), Some(u64::MAX), Some((1 << 31) - 10)] {
            assert_eq!(sizes(&header(16000, samples)), [u32::MAX; 2], "{samples:?}");
        }
    }
}
