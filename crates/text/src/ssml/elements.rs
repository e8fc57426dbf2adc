//! What elements ask for by their attributes.

use super::say_as::SayAs;
use super::tokens::{Start, short};
use super::{MAX_BREAK, Ssml, Way, values};
use crate::Cue;

impl Ssml {
    pub(super) fn pause(&mut self, start: &Start, place: usize) {
        const USUAL: f32 = 0.5;
        let (value, seconds) = match (start.attribute("time"), start.attribute("strength")) {
            (Some(time), _) => (time, values::seconds(time)),
            (None, Some(strength)) => (strength, values::strength(strength)),
            (None, None) => ("", Some(USUAL)),
        };
        let mut seconds = seconds.unwrap_or_else(|| {
            self.warn(format!(
                "{:?} is no length of a <break>, such as 500ms, nor a strength; it is {USUAL} s",
                short(value)
            ));
            USUAL
        });
        if seconds > MAX_BREAK {
            self.warn(format!("a <break> is {MAX_BREAK} s at most"));
            seconds = MAX_BREAK;
        }
        if seconds > 0.0 {
            self.script.cue(Cue::Break(seconds), place);
        }
    }

    pub(super) fn prosody(&mut self, start: &Start) {
        let (prosody, wrong) = self.context.prosody.with(start.attribute("rate"), start.attribute("volume"));
        self.context.prosody = prosody;
        for name in wrong {
            let value = short(start.attribute(name).unwrap_or_default());
            self.warn(format!("{value:?} is no {name} of <prosody>; it is not heeded"));
        }
        for name in ["pitch", "contour", "range", "duration"] {
            if start.attribute(name).is_some() {
                self.warn(format!("{name} of <prosody> is not heeded"));
            }
        }
    }

    pub(super) fn phoneme(&mut self, start: &Start) -> Option<Way> {
        let alphabet = start.attribute("alphabet").unwrap_or("ipa");
        match start.attribute("ph").map(str::trim).filter(|phonemes| !phonemes.is_empty()) {
            Some(phonemes) if alphabet == "ipa" => return Some(Way::Phonemes(phonemes.to_owned())),
            Some(_) => self.warn(format!(
                "the alphabet {:?} of <phoneme> is not known, only ipa; its text is read",
                short(alphabet)
            )),
            None => self.warn("<phoneme> has no ph; its text is read".to_owned()),
        }
        None
    }

    pub(super) fn say_as(&mut self, start: &Start) -> Option<Way> {
        let name = start.attribute("interpret-as").unwrap_or_default();
        match SayAs::named(name) {
            Some(SayAs::AsItStands) => None,
            Some(way) => Some(Way::SayAs(way)),
            None => {
                self.warn(format!("interpret-as {:?} of <say-as> is not known; its text is read", short(name)));
                None
            }
        }
    }

    pub(super) fn voice(&mut self, start: &Start) {
        match start.attribute("name").map(str::trim).filter(|name| !name.is_empty()) {
            Some(name) => self.context.voice = Some(name.to_owned()),
            None => self.warn("<voice> is heeded only by its name".to_owned()),
        }
    }
}
