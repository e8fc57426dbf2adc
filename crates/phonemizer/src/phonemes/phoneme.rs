//! One phoneme of a table.

/// Flags of [`Phoneme::flags`] (`ph…` in `phoneme.h`).
pub(crate) mod flag {
    /// Cannot be stressed.
    pub(crate) const UNSTRESSED: u32 = 1 << 1;
    pub(crate) const VOICED: u32 = 1 << 4;
    /// The place of articulation takes four bits from this one.
    pub(crate) const PLACE_SHIFT: u32 = 16;
    /// A vowel that counts as no syllable when stress is placed.
    pub(crate) const NONSYLLABIC: u32 = 1 << 20;
    pub(crate) const LONG: u32 = 1 << 21;
}

/// The type of a phoneme, numbered as in `phoneme.h`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[repr(u8)]
pub(crate) enum Kind {
    #[default]
    Pause = 0,
    Stress = 1,
    Vowel = 2,
    Liquid = 3,
    Stop = 4,
    VoicedStop = 5,
    Fricative = 6,
    VoicedFricative = 7,
    Nasal = 8,
    Virtual = 9,
    Deleted = 14,
    /// Not a phoneme of this language.
    Invalid = 15,
}

impl Kind {
    /// Numbers that stand for nothing are taken as invalid.
    pub(super) fn from_number(number: u8) -> Self {
        match number {
            0 => Kind::Pause,
            1 => Kind::Stress,
            2 => Kind::Vowel,
            3 => Kind::Liquid,
            4 => Kind::Stop,
            5 => Kind::VoicedStop,
            6 => Kind::Fricative,
            7 => Kind::VoicedFricative,
            8 => Kind::Nasal,
            9 => Kind::Virtual,
            14 => Kind::Deleted,
            _ => Kind::Invalid,
        }
    }
}

/// One phoneme of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Phoneme {
    /// Up to four characters, the first in the lowest byte.
    pub(crate) mnemonic: u32,
    pub(crate) flags: u32,
    /// Where its program begins in `phonindex`, in words; 0 if it has none.
    pub(crate) program: u16,
    pub(crate) code: u8,
    pub(crate) kind: Kind,
    /// The type of vowel that it starts as.
    pub(crate) start_type: u8,
    /// The type of vowel that it ends as; of a consonant its counterpart, voiced or voiceless.
    pub(crate) end_type: u8,
    /// The length of a vowel; of a stress mark the stress, of a tone its type.
    pub(crate) std_length: u8,
}

impl Phoneme {
    /// What stands for a code that a table lacks.
    pub(super) const MISSING: Phoneme = Phoneme {
        mnemonic: 0,
        flags: 0,
        program: 0,
        code: 0,
        kind: Kind::Invalid,
        start_type: 0,
        end_type: 0,
        std_length: 0,
    };

    /// The characters of its mnemonic.
    pub(super) fn characters(&self) -> impl Iterator<Item = u8> {
        self.mnemonic.to_le_bytes().into_iter().take_while(|&byte| byte != 0)
    }

    pub(super) fn is_vowel(&self) -> bool {
        self.kind == Kind::Vowel
    }
}
