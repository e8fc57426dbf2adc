use proptest::prelude::*;

use crate::language::Options;

use super::*;

fn data(name: &str) -> &'static [u8] {
    espeak_ng_data_phonemes::ALL_FILES.iter().find(|(file, _)| *file == name).unwrap().1
}

fn tables() -> PhonemeTables {
    PhonemeTables::parse(data("phontab"), data("phonindex")).unwrap()
}

/// Words of mnemonics, each with its number as its place; a stress mark is for the next vowel.
fn plan(table: &Table, words: &str) -> Vec<Planned> {
    let pause = |code| Planned { code, ..Planned::default() };
    let mut planned = vec![pause(code::PAUSE_SHORT)];
    for (source, word) in (1..).zip(words.split(' ')) {
        let first = planned.len();
        add_word(table, word, &mut planned);
        planned[first].source = source;
    }
    let source = 1 + words.split(' ').count() as u16;
    planned.extend([Planned { source, ..pause(code::PAUSE) }; 2]);
    planned
}

fn add_word(table: &Table, word: &str, planned: &mut Vec<Planned>) {
    let mut codes = Vec::new();
    table.encode(word.as_bytes(), &mut codes).unwrap();
    let mut stress = 1;
    for code in codes {
        let phoneme = table.get(code).unwrap();
        match phoneme.kind {
            Kind::Stress => stress = phoneme.std_length,
            Kind::Vowel => {
                planned.push(Planned { code, stress, flags: synth::SYLLABLE, ..Planned::default() });
                stress = 1;
            }
            _ => planned.push(Planned { code, ..Planned::default() }),
        }
    }
}

/// The IPA of planned phonemes, and where its words are.
fn ipa(
    tables: &PhonemeTables,
    language: &str,
    mut planned: Vec<Planned>,
    options: &Options,
    replacements: &[Replacement],
) -> (String, Vec<(usize, u16)>) {
    let table = tables.table_named(language).unwrap();
    let (mut out, mut words) = (String::new(), Vec::new());
    Spoken { tables, table, options, replacements }.ipa(&mut planned, &mut Scratch::default(), &mut out, &mut words);
    (out, words.into_iter().map(|word| (word.at, word.source)).collect())
}

fn say(language: &str, words: &str, options: &Options, replacements: &[Replacement]) -> String {
    let tables = tables();
    let planned = plan(tables.table(tables.table_named(language).unwrap()), words);
    ipa(&tables, language, planned, options, replacements).0
}

fn mnemonic(characters: &str) -> u32 {
    characters.bytes().rev().fold(0, |mnemonic, byte| mnemonic << 8 | u32::from(byte))
}

#[test]
fn tables_include_others() {
    let tables = tables();
    let number = tables.table_named("en-us").unwrap();
    assert_eq!(tables.name(number), "en-us");
    let table = tables.table(number);
    assert_eq!(table.code_of(mnemonic("_:")), code::PAUSE);
    assert_eq!(table.code_of(mnemonic("@")), code::SCHWA);
    assert_eq!(table.get(code::SWITCH).unwrap().code, code::SWITCH);
    assert_eq!(table.code_of(mnemonic("????")), 0);
    assert_eq!(tables.table_named("nowhere"), None);
    assert!(tables.table(255).get(code::PAUSE).is_none());
}

#[test]
fn the_longest_mnemonic_counts() {
    let tables = tables();
    let table = tables.table(tables.table_named("en-us").unwrap());
    let encode = |text: &str| {
        let mut codes = Vec::new();
        table.encode(text.as_bytes(), &mut codes).map(|at| (table.decode(&codes), at, codes.len()))
    };
    assert_eq!(encode(" h@l'oU w"), Ok(("h@l'oU".into(), 7, 5)));
    assert_eq!(encode("o|U"), Ok(("oU".into(), 3, 2)));
    assert_eq!(encode("h\u{e4}"), Err(crate::phonemes::mnemonics::UnknownPhoneme { at: 1 }));
}

#[test]
fn a_switch_is_followed_by_a_language() {
    let tables = tables();
    let table = tables.table(tables.table_named("en-us").unwrap());
    let encode = |text: &str| {
        let mut codes = Vec::new();
        table.encode(text.as_bytes(), &mut codes).unwrap();
        codes
    };
    assert_eq!(encode("_^_DE"), b"\x15de");
    assert_eq!(encode("_^_DE t"), b"\x15de|");
    assert_eq!(encode("_^_EN"), b"\x15");
}

#[test]
fn english() {
    let options = Options { stress_flags: 8, ..Options::default() };
    assert_eq!(say("en-us", "h@l'oU l'It@L w'3:ld", &options, &[]), "həlˈoʊ lˈɪɾəl wˈɜːld");
}

#[test]
fn words_are_found_in_the_ipa() {
    let tables = tables();
    let planned = plan(tables.table(tables.table_named("en-us").unwrap()), "h@l'oU w'3:ld");
    let (text, words) = ipa(&tables, "en-us", planned, &Options::default(), &[]);
    assert_eq!(text, "həlˈoʊ wˈɜːld");
    assert_eq!(words, [(0, 1), ("həlˈoʊ ".len(), 2)]);
}

#[test]
fn consonants_take_the_voicing_of_the_next() {
    let polish = Options { regressive_voicing: 9, stress_flags: 6, ..Options::default() };
    assert_eq!(say("pl", "xl'Eb b'abki", &polish, &[]), "xlˈɛb bˈapki");
    assert_eq!(say("pl", "xl'Eb p'api", &polish, &[]), "xlˈɛp pˈapi");
}

#[test]
fn replacements_ask_for_their_place() {
    let tables = tables();
    let table = tables.table(tables.table_named("en-us").unwrap());
    let [i, short_i, h] = ["i", "I", "h"].map(|characters| table.code_of(mnemonic(characters)));
    let unstressed_end = Replacement { old: short_i, new: i, when: 3 };
    assert_eq!(say("en-us", "k'ItI b'I", &Options::default(), &[unstressed_end]), "kˈɪɾi bˈɪ");
    // A word is joined to the one before when its first phoneme is left out after the end of that one.
    let no_h = Replacement { old: h, new: 0, when: 0 };
    assert_eq!(say("en-us", "t'a h'a", &Options::default(), &[no_h]), "tˈæ ˈæ");
    assert_eq!(say("en-us", "t'ah t'a", &Options::default(), &[no_h]), "tˈætˈæ");
}

#[test]
fn other_languages_are_named() {
    let tables = tables();
    let [german, english] = ["de", "en"].map(|name| tables.table_named(name).unwrap());
    let mut planned = plan(tables.table(german), "das");
    let ends = planned.split_off(planned.len() - 2);
    let switch = |tone, source| Planned { code: code::SWITCH, tone, source, ..Planned::default() };
    planned.extend([switch(german, 0), switch(english, 2)]);
    add_word(tables.table(english), "'Vpd,eIt", &mut planned);
    planned.push(switch(german, 0));
    planned.extend(ends);
    let options = Options { regressive_voicing: 0x100, vowel_pause: 0x30, word_gap: 8, ..Options::default() };
    assert_eq!(ipa(&tables, "de", planned, &options, &[]).0, "das (en)ˈʌpdˌeɪt(de)");
}

#[test]
fn tones_follow_vowels() {
    let tables = tables();
    let table = tables.table(tables.table_named("cmn").unwrap());
    let mut planned = plan(table, "ni");
    planned[2].tone = table.code_of(mnemonic("214"));
    assert_eq!(ipa(&tables, "cmn", planned, &Options::default(), &[]).0, "ni2");
}

#[test]
fn long_clauses_are_cut_off() {
    let tables = tables();
    let mut planned = plan(tables.table(tables.table_named("en-us").unwrap()), "t'a ".repeat(5000).trim_end());
    planned.truncate(10_000);
    let (text, _) = ipa(&tables, "en-us", planned, &Options::default(), &[]);
    assert!(text.len() < 5000);
}

#[test]
fn broken_data_is_named() {
    let reason = |phontab: &[u8], phonindex: &[u8]| PhonemeTables::parse(phontab, phonindex).unwrap_err().reason;
    assert_eq!(reason(&[], &[]), "phontab has no header");
    assert_eq!(reason(&[0; 4], &[]), "phontab has no tables");
    assert_eq!(reason(&data("phontab")[..1000], data("phonindex")), "phontab ends too early");
    assert_eq!(reason(data("phontab"), &[0; 3]), "phonindex is not a list of 16-bit words");
    assert_eq!(reason(data("phontab"), &[0; 4]), "a program of phontab lies outside phonindex");
    let mut phontab = [[1, 0, 0, 0].as_slice(), &[0; 36]].concat();
    assert!(PhonemeTables::parse(&phontab, &[]).is_ok());
    phontab[5] = 2;
    assert_eq!(reason(&phontab, &[]), "a table of phontab includes one that is not there");
    phontab[5] = 1;
    assert_eq!(reason(&phontab, &[]), "tables of phontab include each other");
}

/// A phoneme as `phontab` has it.
fn phoneme_bytes(code: u8, kind: Kind, program: u16) -> [u8; 16] {
    let [low, high] = program.to_le_bytes();
    [b'a', 0, 0, 0, 0, 0, 0, 0, low, high, code, kind as u8, 0, 0, 0, 0]
}

#[test]
fn programs_without_end_are_stopped() {
    // Each appends itself, and jumps to itself or calls itself.
    for last in [0x6000, 0x9100] {
        let program = [0x0001, 0x0428, last, 0x0001].map(u16::to_le_bytes).concat();
        let mut phontab = vec![1, 0, 0, 0, 1, 0, 0, 0];
        phontab.extend([0; 32]);
        phontab.extend(phoneme_bytes(40, Kind::Vowel, 1));
        let tables = PhonemeTables::parse(&phontab, &program).unwrap();
        let planned = [40, 40, 40, 40].map(|code| Planned { code, source: 1, ..Planned::default() });
        assert!(ipa(&tables, "", planned.to_vec(), &Options::default(), &[]).0.len() <= 8000);
    }
}

#[derive(Debug, Clone)]
struct Mutation {
    at: prop::sample::Index,
    byte: u8,
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    prop::collection::vec(
        (any::<prop::sample::Index>(), any::<u8>()).prop_map(|(at, byte)| Mutation { at, byte }),
        0..400,
    )
}

fn mutated(data: &[u8], mutations: &[Mutation]) -> Vec<u8> {
    let mut data = data.to_vec();
    for mutation in mutations {
        let at = mutation.at.index(data.len());
        data[at] = mutation.byte;
    }
    data
}

fn any_planned() -> impl Strategy<Value = Planned> {
    // Few words start, and few tables switch.
    let source = prop_oneof![4 => Just(0), 1 => any::<u16>()];
    let code = prop_oneof![30 => any::<u8>(), 1 => Just(code::SWITCH)];
    (code, any::<u8>(), any::<u8>(), any::<u16>(), source).prop_map(|(code, stress, tone, flags, source)| Planned {
        code,
        stress,
        tone,
        flags,
        word_stress: 0,
        source,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn broken_data_does_no_harm(
        phontab in mutations(),
        phonindex in mutations(),
        planned in prop::collection::vec(any_planned(), 0..300),
        (table, word_gap, vowel_pause) in (0u8..141, 0u32..16, 0u32..1024),
        (regressive_voicing, stress_flags, reduce) in (0u32..512, 0u32..16, 0u32..4),
        replacements in prop::collection::vec((any::<u8>(), any::<u8>(), 0u8..8), 0..5),
    ) {
        let (phontab, phonindex) = (mutated(data("phontab"), &phontab), mutated(data("phonindex"), &phonindex));
        let tables = PhonemeTables::parse(&phontab, &phonindex);
        // Where the tables are refused, at least the programs are broken.
        let tables = tables.or_else(|_| PhonemeTables::parse(data("phontab"), &phonindex)).unwrap();
        let options = Options { word_gap, vowel_pause, regressive_voicing, stress_flags, reduce, ..Options::default() };
        let replacements: Vec<_> = replacements.into_iter().map(|(old, new, when)| Replacement { old, new, when }).collect();
        let spoken = Spoken { tables: &tables, table, options: &options, replacements: &replacements };
        let (mut out, mut words) = (String::new(), Vec::new());
        let (mut planned, mut scratch) = (planned, Scratch::default());
        spoken.ipa(&mut planned, &mut scratch, &mut out, &mut words);
        prop_assert!(words.iter().all(|word| out.is_char_boundary(word.at)));
    }
}
