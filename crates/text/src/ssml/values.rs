//! Values of attributes (SSML 1.1, sections 3.2.3 and 3.2.4).

use crate::Prosody;

/// Seconds of `500ms` or `1.5s`.
pub(crate) fn seconds(time: &str) -> Option<f32> {
    let time = time.trim();
    let (number, parts) = match time.strip_suffix("ms") {
        Some(number) => (number, 1000.0),
        None => (time.strip_suffix('s')?, 1.0),
    };
    let seconds = decimal(number.strip_prefix('+').unwrap_or(number))?;
    Some(seconds / parts)
}

/// Seconds of a break of this strength. The specification leaves them open.
pub(crate) fn strength(name: &str) -> Option<f32> {
    Some(match name.trim() {
        "none" => 0.0,
        "x-weak" => 0.1,
        "weak" => 0.25,
        "medium" => 0.5,
        "strong" => 1.0,
        "x-strong" => 1.5,
        _ => return None,
    })
}

/// The speed that `rate` asks for, where it is `current`: a label, a percentage of the voice's own, more or less by a
/// percentage of the current one, or a factor as SSML 1.0 has it.
pub(crate) fn rate(value: &str, current: f32) -> Option<f32> {
    let value = value.trim();
    let rate = match value {
        "x-slow" => 0.5,
        "slow" => 0.75,
        "medium" | "default" => 1.0,
        "fast" => 1.5,
        "x-fast" => 2.0,
        _ => match (value.strip_suffix('%'), signed(value)) {
            (Some(percent), Some(sign)) => current * (1.0 + sign * decimal(percent.get(1..)?)? / 100.0),
            (Some(percent), None) => decimal(percent)? / 100.0,
            (None, _) => decimal(value)?,
        },
    };
    Some(rate.clamp(MIN_RATE, MAX_RATE))
}

/// Bounds of a speed; the engine has its own for what comes of it.
const MIN_RATE: f32 = 0.05;
const MAX_RATE: f32 = 20.0;
const MAX_VOLUME: f32 = 100.0;

/// The factor that `volume` asks for, where it is `current`: a label, decibels more or less, or a number up to 100 as SSML
/// 1.0 has it.
pub(crate) fn volume(value: &str, current: f32) -> Option<f32> {
    let value = value.trim();
    let volume = match value {
        "silent" => 0.0,
        "x-soft" => of_decibels(-12.0),
        "soft" => of_decibels(-6.0),
        "medium" | "default" => 1.0,
        "loud" => of_decibels(3.0),
        "x-loud" => of_decibels(6.0),
        _ => match (value.strip_suffix("dB"), signed(value)) {
            (Some(number), Some(sign)) => current * of_decibels(sign * decimal(number.get(1..)?)?),
            (Some(number), None) => current * of_decibels(decimal(number)?),
            (None, Some(sign)) => current + sign * decimal(value.get(1..)?)? / 100.0,
            (None, None) => decimal(value)? / 100.0,
        },
    };
    Some(volume.clamp(0.0, MAX_VOLUME))
}

impl Prosody {
    /// The same with what an element changes, and the attributes whose values are not understood.
    pub(crate) fn with(mut self, rate_value: Option<&str>, volume_value: Option<&str>) -> (Self, Vec<&'static str>) {
        let mut wrong = Vec::new();
        if let Some(value) = rate_value {
            rate(value, self.rate).map_or_else(|| wrong.push("rate"), |rate| self.rate = rate);
        }
        if let Some(value) = volume_value {
            volume(value, self.volume).map_or_else(|| wrong.push("volume"), |volume| self.volume = volume);
        }
        (self, wrong)
    }
}

fn of_decibels(decibels: f32) -> f32 {
    10_f32.powf(decibels / 20.0)
}

fn signed(value: &str) -> Option<f32> {
    match value.as_bytes().first() {
        Some(b'+') => Some(1.0),
        Some(b'-') => Some(-1.0),
        _ => None,
    }
}

/// A number without a sign or an exponent.
fn decimal(number: &str) -> Option<f32> {
    let number = number.trim();
    let plain = !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit() || c == b'.');
    if plain { number.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_those_of_the_specification() {
        for (time, expected) in [
            ("500ms", Some(0.5)),
            ("1.5s", Some(1.5)),
            (" +2s ", Some(2.0)),
            ("-1s", None),
            ("2", None),
            ("1e9s", None),
            ("ms", None),
        ] {
            assert_eq!(seconds(time), expected, "{time}");
        }
        for (value, expected) in [
            ("50%", Some(0.5)),
            ("200%", Some(2.0)),
            ("+20%", Some(0.6)),
            ("-50%", Some(0.25)),
            ("1.5", Some(1.5)),
            ("x-fast", Some(2.0)),
            ("default", Some(1.0)),
            ("0%", Some(MIN_RATE)),
            ("99999%", Some(MAX_RATE)),
            ("quick", None),
            ("%", None),
            ("+%", None),
        ] {
            let found = rate(value, 0.5);
            assert!(found == expected || (found.unwrap() - expected.unwrap()).abs() < 1e-6, "{value}: {found:?}");
        }
        for (value, expected) in [
            ("silent", Some(0.0)),
            ("+6dB", Some(0.997_631_1)),
            ("-20dB", Some(0.05)),
            ("50", Some(0.5)),
            ("+10", Some(0.6)),
            ("medium", Some(1.0)),
            ("+999dB", Some(MAX_VOLUME)),
            ("loudest", None),
            ("é", None),
        ] {
            let found = volume(value, 0.5);
            assert!(found == expected || (found.unwrap() - expected.unwrap()).abs() < 1e-6, "{value}: {found:?}");
        }
    }
}
