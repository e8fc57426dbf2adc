//! A text that is not read as it stands: with manners, or as SSML says.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;
use std::task::Poll;

use chanter_text::{Cue, Part, Place, Places, Prosody, Reader, Text};

use crate::delivery::Delivery;
use crate::sentences::EMPTY_BLOCK;
use crate::tongues::{Tongue, Tongues};
use crate::utterance::Voicing;
use crate::voice::Shared;
use crate::voice_config::PhonemeType;
use crate::{Error, PhonemeIds, Phonemizer, Result, Sentence, Sentences, Settings, Speaker, TimedMark, Voice};

/// Bytes that are taken from the reader before a sentence is looked for. If there is none, twice as many are taken the next
/// time, so that the work stays in proportion.
const TAKEN: usize = 1 << 10;
/// So many warnings are given, and no more.
const MAX_WARNINGS: usize = 64;
/// Multiples of the usual duration, as for `Settings::length_scale`.
const LENGTHS: std::ops::RangeInclusive<f32> = 0.05..=20.0;

/// Finds other voices by name.
pub(crate) type Voices = Arc<dyn Fn(&str) -> Option<Voice> + Send + Sync>;

/// A text while it is read.
///
/// Places in what is read are counted over all of it; a section's sentences count from the section's beginning.
pub(crate) struct Reading {
    reader: Reader,
    /// No more of the text comes; the reader has given everything.
    whole: bool,
    ended: bool,
    /// The voice of the speech, and what else was asked of it.
    voice: Voice,
    settings: Settings,
    voices: Option<Voices>,
    /// How the voice of now reads, and which language.
    tongues: Tongues,
    language: Option<String>,
    switches: bool,
    section: Option<Section>,
    /// What comes after it.
    after: Option<Result<Turn>>,
    /// Bytes that are taken the next time.
    take: usize,
    /// Bytes of all that is read.
    length: usize,
    places: Places,
    marks: VecDeque<(usize, String)>,
    /// How it is read from a place on, and at the last word.
    changes: VecDeque<(usize, Prosody)>,
    prosody: Prosody,
    warnings: Vec<String>,
    warned: BTreeSet<String>,
}

/// What is read up to the end of a sentence, whether the text shows that or not.
struct Section {
    sentences: Sentences,
    /// Where it began.
    start: usize,
    /// What reads now.
    phonemizer: Arc<dyn Phonemizer>,
}

/// What comes next.
pub(crate) enum Turn {
    /// A sentence; its words count bytes of what is read.
    Sentence(Sentence),
    /// Seconds.
    Silence(f32),
    /// Another voice goes on.
    Voice(Arc<Shared>, Voicing),
}

impl Reading {
    /// A reading by this voice of a text that is [pushed](Self::push).
    pub(crate) fn new(reader: Reader, voice: &Voice, settings: &Settings) -> Result<Self> {
        Ok(Self {
            reader,
            whole: false,
            ended: false,
            tongues: voice.tongues(settings)?,
            voice: voice.clone(),
            settings: settings.clone(),
            voices: None,
            language: None,
            switches: false,
            section: None,
            after: None,
            take: TAKEN,
            length: 0,
            places: Places::default(),
            marks: VecDeque::new(),
            changes: VecDeque::new(),
            prosody: Prosody::default(),
            warnings: Vec::new(),
            warned: BTreeSet::new(),
        })
    }

    pub(crate) fn push(&mut self, piece: &str) {
        self.reader.push(piece);
    }

    /// Says that no more text comes.
    pub(crate) fn finish(&mut self) {
        self.reader.finish();
        self.whole = true;
    }

    pub(crate) fn set_voices(&mut self, voices: Voices) {
        self.voices = Some(voices);
    }

    /// Adds a warning, once.
    pub(crate) fn warn(&mut self, warning: String) {
        if self.warned.len() < MAX_WARNINGS && self.warned.insert(warning.clone()) {
            self.warnings.push(warning);
        }
    }

    /// New warnings.
    pub(crate) fn warnings(&mut self) -> Vec<String> {
        for warning in self.reader.warnings() {
            self.warn(warning);
        }
        std::mem::take(&mut self.warnings)
    }

    /// What comes next; pending while more of the text must be there first.
    pub(crate) fn poll_next(&mut self) -> Poll<Result<Option<Turn>>> {
        loop {
            if let Some(section) = &mut self.section {
                match section.sentences.poll_next() {
                    Poll::Ready(Some(sentence)) => {
                        let mut sentence = sentence?;
                        self.take = TAKEN;
                        for word in &mut sentence.words {
                            word.text = word.text.start + section.start..word.text.end + section.start;
                        }
                        return Poll::Ready(Ok(Some(Turn::Sentence(sentence))));
                    }
                    Poll::Ready(None) => self.section = None,
                    Poll::Pending => {}
                }
            }
            if self.section.is_none() {
                if let Some(turn) = self.after.take() {
                    return Poll::Ready(turn.map(Some));
                }
                if self.ended {
                    return Poll::Ready(Ok(None));
                }
            }
            if !self.read() {
                return Poll::Pending;
            }
        }
    }

    /// Takes more from the reader, but nothing beyond the section; whether there was something.
    fn read(&mut self) -> bool {
        let start = self.length;
        while self.length - start < self.take {
            match self.reader.next() {
                Some(Ok(Part::Text(text))) => self.text(&text),
                Some(Ok(Part::Phonemes(text))) => self.phonemes(&text),
                Some(Ok(Part::Cue(cue, _))) => {
                    if self.heed(cue) {
                        return true;
                    }
                }
                Some(Err(error)) => {
                    self.end_section();
                    self.after = Some(Err(Error::from(error)));
                    return true;
                }
                None if self.whole => {
                    self.ended = true;
                    self.end_section();
                    return true;
                }
                None => return self.length > start,
            }
        }
        self.take = self.take.saturating_mul(2);
        true
    }

    /// Heeds a cue; whether the section ends with it.
    fn heed(&mut self, cue: Cue) -> bool {
        match cue {
            Cue::Mark(name) => self.marks.push_back((self.length, name)),
            Cue::Prosody(prosody) => self.changes.push_back((self.length, prosody)),
            Cue::Language(language) => {
                self.language = language;
                self.switches = true;
            }
            Cue::Sentence => {
                self.end_section();
                return true;
            }
            Cue::Break(seconds) => {
                self.end_section();
                self.after = Some(Ok(Turn::Silence(seconds)));
                return true;
            }
            Cue::Voice(name) => {
                self.end_section();
                self.after = self.other_voice(name.as_deref()).map(Ok);
                return true;
            }
        }
        false
    }

    fn end_section(&mut self) {
        if let Some(section) = &mut self.section {
            section.sentences.finish();
        }
    }

    fn text(&mut self, text: &Text) {
        let from = text.places.first().map_or(0, |place| place.read.start);
        let before = self.sentences();
        for Place { read, source, as_it_stands } in &text.places {
            let read = before + read.start - from..before + read.end - from;
            self.places.push(Place { read, source: source.clone(), as_it_stands: *as_it_stands });
        }
        self.add(&text.read);
    }

    /// Phonemes are read as `[[ raw phonemes ]]`, or as they stand where text is its own phonemes.
    fn phonemes(&mut self, text: &Text) {
        let raw = self.tongues.config().phoneme_type != PhonemeType::Text;
        let phonemes = text.read.replace(|c: char| "[]".contains(c) || c.is_control(), "");
        let block = if raw { format!("[[{phonemes}]]") } else { phonemes };
        let before = self.sentences();
        let source = text.places.first().map_or(0..0, |place| place.source.clone());
        self.places.push(Place { read: before..before + block.len(), source, as_it_stands: false });
        self.add(&block);
    }

    /// Makes the section's sentences ready for text in the language of now; where that stands in what is read.
    fn sentences(&mut self) -> usize {
        let switches = std::mem::take(&mut self.switches);
        if self.section.is_some() && !switches {
            return self.length;
        }
        let tongue = self.tongue();
        let phonemizer = tongue.phonemizer.clone();
        match &mut self.section {
            Some(section) if Arc::ptr_eq(&section.phonemizer, &phonemizer) => {}
            Some(section) => {
                section.phonemizer = phonemizer;
                section.sentences.switch(tongue);
                self.length += EMPTY_BLOCK.len();
            }
            none => {
                let sentences = Sentences::growing(tongue.phonemizer, self.tongues.config().clone());
                let sentences = match tongue.lexicon {
                    Some(lexicon) => sentences.with_lexicon(lexicon),
                    None => sentences,
                };
                *none = Some(Section { sentences, start: self.length, phonemizer });
            }
        }
        self.length
    }

    fn tongue(&mut self) -> Tongue {
        let Some(language) = &self.language else { return self.tongues.own() };
        match self.tongues.of(language) {
            Ok(tongue) => tongue,
            Err(error) => {
                self.warn(error.to_string());
                self.tongues.own()
            }
        }
    }

    fn add(&mut self, read: &str) {
        self.length += read.len();
        if let Some(section) = &mut self.section {
            section.sentences.push(read);
        }
    }

    /// The voice that goes on: a speaker of the speech's own, or another voice; none if it stays the same.
    fn other_voice(&mut self, name: Option<&str>) -> Option<Turn> {
        let mut settings = self.settings.clone();
        let mut voice = self.voice.clone();
        if let Some(names) = name {
            let found = std::iter::once(names.trim()).chain(names.split_whitespace()).find_map(|name| {
                if self.voice.config().speaker_id(name).is_some() {
                    return Some((self.voice.clone(), Some(Speaker::Name(name.to_owned()))));
                }
                Some((self.voices.as_ref()?(name)?, None))
            });
            let Some((other, speaker)) = found else {
                self.warn(format!("there is no voice {:?} here; the same one goes on", short(names)));
                return None;
            };
            (voice, settings.speaker) = (other, speaker);
        }
        if voice.sample_rate() != self.voice.sample_rate() {
            let rate = voice.sample_rate();
            self.warn(format!(
                "the voice {:?} has {rate} samples a second; the same one goes on",
                short(name.unwrap_or_default())
            ));
            return None;
        }
        match voice.tongues(&settings).and_then(|tongues| Ok((tongues, voice.voicing(&settings)?))) {
            Ok((tongues, voicing)) => {
                self.tongues = tongues;
                // Its sentences may be in a language that is not its own.
                self.switches = true;
                Some(Turn::Voice(voice.shared().clone(), voicing))
            }
            Err(error) => {
                self.warn(format!("the voice {:?} cannot go on: {error}", short(name.unwrap_or_default())));
                None
            }
        }
    }

    /// How a sentence of what is read is spoken. Its words are then places in what was given.
    pub(crate) fn deliver(&mut self, ids: &mut PhonemeIds, voicing: &mut Voicing) -> Delivery {
        let mut marks = Vec::new();
        let mut spoken: Vec<Prosody> = Vec::with_capacity(ids.spans.len());
        for word in &mut ids.words {
            while self.changes.front().is_some_and(|(from, _)| *from <= word.text.start) {
                self.prosody = self.changes.pop_front().map_or(self.prosody, |(_, prosody)| prosody);
            }
            while self.marks.front().is_some_and(|(before, _)| *before < word.text.end) {
                marks.extend(self.marks.pop_front().map(|(_, name)| (word.phonemes.start, name)));
            }
            // What stands between two words is the first one's; before the first, its own.
            let before = spoken.last().copied().unwrap_or(self.prosody);
            spoken.resize(word.phonemes.start.max(spoken.len()), before);
            spoken.resize(word.phonemes.end.max(spoken.len()), self.prosody);
            self.places.forget(word.text.start);
            word.text = self.places.source_of(&word.text);
        }
        spoken.resize(ids.spans.len(), self.prosody);

        let usual = voicing.scales.length;
        let length =
            |rate: f32| if rate == 1.0 { usual } else { (usual / rate).clamp(*LENGTHS.start(), *LENGTHS.end()) };
        let mut delivery = Delivery { marks, ..Delivery::default() };
        match spoken.first() {
            Some(first) if spoken.iter().all(|prosody| prosody.rate == first.rate) => {
                voicing.scales.length = length(first.rate);
            }
            _ => delivery.lengths = spoken.iter().map(|prosody| length(prosody.rate) / usual).collect(),
        }
        if spoken.iter().any(|prosody| prosody.volume != 1.0) {
            delivery.gains = spoken.iter().map(|prosody| prosody.volume).collect();
        }
        delivery
    }

    /// The marks that were reached although no word follows them.
    pub(crate) fn reached(&mut self, sample: u64) -> Vec<TimedMark> {
        self.marks.drain(..).map(|(_, name)| TimedMark { name, sample }).collect()
    }
}

fn short(name: &str) -> String {
    name.chars().take(40).collect()
}
