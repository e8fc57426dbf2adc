//! Places in a text as JavaScript counts them.

/// A text that may grow, and a place in it that is known both ways.
#[derive(Debug, Default)]
pub(crate) struct Utf16 {
    text: String,
    byte: usize,
    unit: usize,
}

impl Utf16 {
    pub(crate) fn push(&mut self, piece: &str) {
        self.text.push_str(piece);
    }

    /// The UTF-16 index of a byte of the text; of the nearest before it that begins a character. Places mostly come in order,
    /// so it counts from the last.
    pub(crate) fn index(&mut self, byte: usize) -> usize {
        let byte = self.text.floor_char_boundary(byte);
        if byte < self.byte {
            (self.byte, self.unit) = (0, 0);
        }
        let between = self.text.get(self.byte..byte).unwrap_or_default();
        self.unit += between.encode_utf16().count();
        self.byte = byte;
        self.unit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_units_forth_and_back() {
        let mut text = Utf16::default();
        text.push("aé");
        text.push("𝄞b");
        let bytes = [0, 1, 2, 3, 4, 7, 8, 100, 1];
        assert_eq!(bytes.map(|byte| text.index(byte)), [0, 1, 1, 2, 2, 4, 5, 5, 1]);
    }
}
