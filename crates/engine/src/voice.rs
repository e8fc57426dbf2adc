//! A voice: networks and config, ready to speak.

use std::sync::{Arc, Mutex, PoisonError};

#[cfg(feature = "tract")]
use std::{fs::File, io::Cursor, path::Path};

#[cfg(feature = "tract")]
use crate::ModelBytes;
#[cfg(feature = "tract")]
use crate::acoustic::load::{Anatomy, Kernels, load};
#[cfg(all(feature = "tract", not(target_family = "wasm")))]
use chanter_kernels::Threads;
use chanter_text::Reader;

use crate::acoustic::stages::{Networks, Scales};
use crate::phonemizer::built_in;
use crate::reading::Reading;
use crate::speech::Script;
use crate::tongues::{Languages, Tongue, Tongues};
use crate::utterance::Voicing;
use crate::{
    Error, ErrorKind, Input, Lexicon, Limits, LiveSpeech, PhonemeIdEncoder, Phonemizer, Result, Sentences, Settings,
    Speaker, Speech, VoiceConfig, phonemizer_for,
};

/// Ids of the sentences that a voice is prepared for when it is loaded: most are shorter than this.
#[cfg(feature = "tract")]
const USUAL_IDS: usize = 128;

/// A loaded voice. Cloning is cheap; clones share the networks.
#[derive(Clone)]
pub struct Voice {
    shared: Arc<Shared>,
    limits: Limits,
    lexicon: Option<Lexicon>,
    languages: Languages,
    #[cfg(all(feature = "tract", not(target_family = "wasm")))]
    threads: Option<Arc<Threads>>,
}

/// What all clones of a voice, and all speeches by it, have in common.
pub(crate) struct Shared {
    pub(crate) config: Arc<VoiceConfig>,
    pub(crate) networks: Networks,
    pub(crate) ids: PhonemeIdEncoder,
    phonemizer: Mutex<Option<Arc<dyn Phonemizer>>>,
    #[cfg(feature = "tract")]
    anatomy: Option<Anatomy>,
}

#[cfg(feature = "tract")]
impl Voice {
    /// Loads a Piper voice from files: `model` is `NAME.onnx`, `config` its `NAME.onnx.json` (beside it, if not given).
    ///
    /// # Errors
    /// [`ErrorKind::Io`], [`ErrorKind::Config`], [`ErrorKind::Voice`] or [`ErrorKind::Limit`], naming the file and the
    /// field or piece.
    pub fn open(model: &Path, config: Option<&Path>) -> Result<Self> {
        Self::open_with(model, config, Kernels::Own)
    }

    /// The same with kernels of choice.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn open_with(model: &Path, config: Option<&Path>, kernels: Kernels) -> Result<Self> {
        let parsed = VoiceConfig::open(model, config)?;
        let file = File::open(model).map_err(|e| crate::error::in_file(model, e))?;
        Self::load(Box::new(file), parsed, kernels).map_err(|e| e.at(model))
    }

    /// Loads a Piper voice from memory. The model's bytes are let go of when this is done.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_bytes(model: impl AsRef<[u8]> + Send + 'static, config: &[u8]) -> Result<Self> {
        Self::load(Box::new(Cursor::new(model)), VoiceConfig::from_json(config)?, Kernels::Own)
    }

    /// Loads a Piper voice from memory that is given back while it is read.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_model_bytes(model: ModelBytes, config: &[u8]) -> Result<Self> {
        Self::from_model_bytes_with(model, config, Kernels::Own)
    }

    /// The same with kernels of choice.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub fn from_model_bytes_with(model: ModelBytes, config: &[u8], kernels: Kernels) -> Result<Self> {
        Self::load(Box::new(model), VoiceConfig::from_json(config)?, kernels)
    }

    /// The voice that is built in: en_US-slt-tiny.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "default-voice")]
    pub fn built_in() -> Result<Self> {
        Self::built_in_with(Kernels::Own)
    }

    /// The same with kernels of choice.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[cfg(feature = "default-voice")]
    pub fn built_in_with(kernels: Kernels) -> Result<Self> {
        let model = include_bytes!("../../../models/en_US-slt-tiny.onnx");
        Self::load(Box::new(Cursor::new(model)), VoiceConfig::built_in()?, kernels)
    }

    fn load(source: Box<dyn crate::acoustic::load::Source>, config: VoiceConfig, kernels: Kernels) -> Result<Self> {
        let (networks, anatomy) = load(source, USUAL_IDS, kernels)?;
        if config.num_speakers > 1 && !anatomy.takes_speaker {
            let message =
                format!("num_speakers is {}, but the voice takes no speaker (input `sid`)", config.num_speakers);
            return Err(Error::new(ErrorKind::Config, message));
        }
        let mut voice = Self::from_networks(config, networks)?;
        if let Some(shared) = Arc::get_mut(&mut voice.shared) {
            shared.anatomy = Some(anatomy);
        }
        Ok(voice)
    }

    /// What its networks are made of; `None` for a voice [from other networks](Self::from_networks).
    pub fn anatomy(&self) -> Option<&Anatomy> {
        self.shared.anatomy.as_ref()
    }
}

impl Voice {
    /// A voice of networks that something else runs.
    ///
    /// # Errors
    /// [`ErrorKind::Config`] where the config contradicts the networks.
    pub fn from_networks(config: VoiceConfig, networks: Networks) -> Result<Self> {
        let hop = networks.decoder.hop();
        if let Some(stated) = config.hop_length
            && stated as usize != hop
        {
            let message = format!("hop_length is {stated}, but the voice's decoder makes {hop} samples of a frame");
            return Err(Error::new(ErrorKind::Config, message));
        }
        let config = Arc::new(config);
        let shared = Shared {
            ids: PhonemeIdEncoder::new(config.clone()),
            config,
            networks,
            phonemizer: Mutex::default(),
            #[cfg(feature = "tract")]
            anatomy: None,
        };
        Ok(Self {
            shared: Arc::new(shared),
            limits: Limits::default(),
            lexicon: None,
            languages: Arc::new(built_in),
            #[cfg(all(feature = "tract", not(target_family = "wasm")))]
            threads: None,
        })
    }

    /// The same voice under other limits.
    pub fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The same voice with words read as a lexicon says, in every speech.
    pub fn with_lexicon(mut self, lexicon: Lexicon) -> Self {
        self.lexicon = Some(lexicon);
        self
    }

    /// The same voice, each speech of which is computed on all of these threads: the first sound comes sooner, and fewer
    /// speeches fit on a machine.
    #[cfg(all(feature = "tract", not(target_family = "wasm")))]
    pub fn with_threads(mut self, threads: Arc<Threads>) -> Self {
        self.threads = Some(threads);
        self
    }

    /// The same voice with other phonemizers than those that are built in for what a text has in other languages, by a name of
    /// espeak-ng's or a BCP 47 tag in small letters.
    pub fn with_languages(
        mut self,
        find: impl Fn(&str) -> Result<Arc<dyn Phonemizer>> + Send + Sync + 'static,
    ) -> Self {
        self.languages = Arc::new(find);
        self
    }

    /// The same voice with another phonemizer than the one that is built in for its language.
    pub fn with_phonemizer(self, phonemizer: Arc<dyn Phonemizer>) -> Self {
        *self.shared.phonemizer.lock().unwrap_or_else(PoisonError::into_inner) = Some(phonemizer);
        self
    }

    /// What its `.onnx.json` says.
    pub fn config(&self) -> &VoiceConfig {
        &self.shared.config
    }

    /// Samples a second.
    pub fn sample_rate(&self) -> u32 {
        self.shared.config.sample_rate
    }

    /// Does now what the first sentence of `ids` phoneme ids would otherwise wait for.
    ///
    /// # Errors
    /// [`ErrorKind::Voice`] or [`ErrorKind::Io`].
    pub fn prepare(&self, ids: usize) -> Result<()> {
        self.shared.networks.encoder.prepare(ids)
    }

    /// The phonemizer of the voice's language.
    ///
    /// # Errors
    /// [`ErrorKind::Phonemizer`] where there is none.
    pub fn phonemizer(&self) -> Result<Arc<dyn Phonemizer>> {
        let mut phonemizer = self.shared.phonemizer.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(phonemizer) = &*phonemizer {
            return Ok(phonemizer.clone());
        }
        let made = phonemizer_for(&self.shared.config)?;
        *phonemizer = Some(made.clone());
        Ok(made)
    }

    /// Begins to speak. The work is done by the iterator.
    ///
    /// # Errors
    /// [`ErrorKind::Settings`], [`ErrorKind::Text`], [`ErrorKind::Limit`] or [`ErrorKind::Phonemizer`].
    pub fn speak(&self, input: impl Into<Input>, settings: &Settings) -> Result<Speech> {
        let voicing = self.voicing(settings)?;
        let script = match input.into() {
            Input::Text(text) if !settings.manners => {
                self.limits.check_text(&text)?;
                Script::of_text(
                    self.sentences(settings, |phonemizer, config| Sentences::new(text, phonemizer, config))?,
                )
            }
            Input::Text(text) => self.reading(&text, Reader::manners(), settings)?,
            Input::Ssml(document) => self.document(&document, settings)?,
            Input::Phonemes(sentences) => Script::of_phonemes(sentences),
            Input::PhonemeIds(sentences) => Script::of_ids(sentences, &self.shared.config)?,
        };
        Ok(self.speech(script, voicing))
    }

    /// Begins to speak a text that is still being written, such as a language model's answer: [`push`](LiveSpeech::push)
    /// its pieces, and take chunks whenever there are some. The first sentence is spoken while the next is written.
    ///
    /// ```
    /// # #[cfg(all(feature = "tract", feature = "espeak", feature = "default-voice"))]
    /// # fn main() -> chanter_engine::Result<()> {
    /// # use std::task::Poll;
    /// # use chanter_engine::{Settings, Voice};
    /// let mut speech = Voice::built_in()?.speak_live(&Settings::default())?;
    /// let mut heard = 0;
    /// for piece in ["Hel", "lo. And", " good", "bye"] {
    ///     speech.push(piece)?;
    ///     while let Poll::Ready(Some(chunk)) = speech.poll_next() {
    ///         heard += chunk?.samples.len();
    ///     }
    /// }
    /// assert!(heard > 0, "the first sentence was spoken");
    /// speech.finish();
    /// while let Poll::Ready(Some(chunk)) = speech.poll_next() {
    ///     heard += chunk?.samples.len();
    /// }
    /// # Ok(())
    /// # }
    /// # #[cfg(not(all(feature = "tract", feature = "espeak", feature = "default-voice")))]
    /// # fn main() {}
    /// ```
    ///
    /// # Errors
    /// As [`speak`](Self::speak).
    pub fn speak_live(&self, settings: &Settings) -> Result<LiveSpeech> {
        let script = if settings.manners {
            Script::of_reading(Reading::new(Reader::manners(), self, settings)?)
        } else {
            Script::of_text(self.sentences(settings, Sentences::growing)?)
        };
        self.live(script, settings)
    }

    /// Begins to speak a document of SSML that is still being written, as [`speak_live`](Self::speak_live) does a text. What
    /// is wrong with the document is an error of the chunk that it would be in.
    ///
    /// # Errors
    /// As [`speak`](Self::speak).
    pub fn speak_live_ssml(&self, settings: &Settings) -> Result<LiveSpeech> {
        let reading = Reading::new(Reader::ssml(self.language()), self, settings)?;
        self.live(Script::of_reading(reading), settings)
    }

    fn live(&self, script: Script, settings: &Settings) -> Result<LiveSpeech> {
        Ok(LiveSpeech::new(self.speech(script, self.voicing(settings)?), self.limits.clone()))
    }

    fn speech(&self, script: Script, voicing: Voicing) -> Speech {
        let speech = Speech::new(self.shared.clone(), &self.limits, script, voicing);
        #[cfg(all(feature = "tract", not(target_family = "wasm")))]
        let speech = speech.with_threads(self.threads.clone());
        speech
    }

    /// A text that is all there, as the reader reads it.
    fn reading(&self, text: &str, reader: Reader, settings: &Settings) -> Result<Script> {
        self.limits.check_text(text)?;
        let mut reading = Reading::new(reader, self, settings)?;
        reading.push(text);
        reading.finish();
        Ok(Script::of_reading(reading))
    }

    /// A document that is all there is refused before anything of it is heard.
    fn document(&self, document: &str, settings: &Settings) -> Result<Script> {
        self.limits.check_text(document)?;
        let warnings = chanter_text::check(document)?;
        let mut script = self.reading(document, Reader::ssml(self.language()), settings)?;
        if let Script::Read(reading) = &mut script {
            warnings.into_iter().for_each(|warning| reading.warn(warning));
        }
        Ok(script)
    }

    fn language(&self) -> &str {
        let config = &self.shared.config;
        config.espeak_voice.as_deref().or(config.language.code.as_deref()).unwrap_or_default()
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// The languages that the voice reads, with what lexicons say of them.
    pub(crate) fn tongues(&self, settings: &Settings) -> Result<Tongues> {
        let lexicons = [settings.lexicon.clone(), self.lexicon.clone()];
        Ok(Tongues::new(self.shared.config.clone(), self.phonemizer()?, lexicons, self.languages.clone()))
    }

    /// Sentences of text, made with the voice's phonemizer and with what lexicons say of its language.
    fn sentences(
        &self,
        settings: &Settings,
        new: impl FnOnce(Arc<dyn Phonemizer>, Arc<VoiceConfig>) -> Sentences,
    ) -> Result<Sentences> {
        let Tongue { phonemizer, lexicon } = self.tongues(settings)?.own();
        let sentences = new(phonemizer, self.shared.config.clone());
        Ok(match lexicon {
            Some(lexicon) => sentences.with_lexicon(lexicon),
            None => sentences,
        })
    }

    /// Settings, checked, with the voice's own where there is none.
    pub(crate) fn voicing(&self, settings: &Settings) -> Result<Voicing> {
        settings.validate()?;
        let inference = &self.shared.config.inference;
        Ok(Voicing {
            speaker: self.speaker_id(settings.speaker.as_ref())?,
            scales: Scales {
                noise: settings.noise_scale.unwrap_or(inference.noise_scale),
                length: settings.length_scale.unwrap_or(inference.length_scale),
                noise_w: settings.noise_w_scale.unwrap_or(inference.noise_w_scale),
            },
            volume: settings.volume,
            silence: (f64::from(settings.sentence_silence) * f64::from(self.sample_rate())).round() as usize,
            seed: settings.seed,
        })
    }

    /// The number of a speaker; the config's default for none.
    fn speaker_id(&self, speaker: Option<&Speaker>) -> Result<i64> {
        let config = &self.shared.config;
        let count = config.num_speakers.max(1);
        match speaker {
            None => Ok(config.default_speaker_id),
            Some(&Speaker::Id(id)) if (0..i64::from(count)).contains(&id) => Ok(id),
            Some(Speaker::Id(id)) => Err(Error::new(
                ErrorKind::Settings,
                format!("speaker is {id}; this voice has {count}, numbered from 0"),
            )),
            Some(Speaker::Name(name)) => config.speaker_id(name).ok_or_else(|| {
                let known: Vec<&str> = config.speaker_id_map.keys().take(20).map(String::as_str).collect();
                let known = if known.is_empty() { "none by name".to_owned() } else { known.join(", ") };
                Error::new(ErrorKind::Settings, format!("speaker `{name}` is not one of this voice's: {known}"))
            }),
        }
    }
}
