//! Networks of whole numbers: what they give can be said without running them, to the bit.

use std::sync::{Arc, Mutex};

use chanter_engine::{
    Couple, Decode, Encode, Encoding, Error, ErrorKind, Frames, Globals, Networks, NormalStream, Reach, Result, Scales,
    Voice, VoiceConfig,
};

/// What a network was asked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    Encode {
        ids: Vec<i64>,
        speaker: i64,
        scales: Scales,
    },
    /// The number of the first frame (where each id has one frame), and how many.
    Couple(usize, usize),
    Decode(usize),
}

/// Ids whose sentence goes wrong: the encoder fails, the couple gives NaN, the decoder gives an infinity, the couple
/// gives too little, the decoder gives too much.
pub(crate) const BAD: [(char, &str); 5] =
    [('v', "encoder"), ('w', "couple"), ('x', "decoder"), ('y', "couple"), ('z', "decoder")];

/// How the networks are made.
#[derive(Debug, Clone)]
pub(crate) struct Build {
    /// Frames of each id.
    pub(crate) duration: fn(i64) -> usize,
    pub(crate) couple: Option<Reach>,
    pub(crate) decoder: Reach,
    pub(crate) hop: usize,
    /// Noise tensors of the couple, and their channels.
    pub(crate) noise: Vec<usize>,
    /// Whether the ids of [`BAD`] go wrong. Only where the reaches are 0, for sums hide ids.
    pub(crate) fails: bool,
}

impl Default for Build {
    fn default() -> Self {
        let reach = Reach { left: 2, right: 3 };
        Self { duration: |_| 1, couple: Some(reach), decoder: reach, hop: 4, noise: vec![1], fails: false }
    }
}

impl Build {
    pub(crate) fn networks(&self) -> (Networks, Arc<Mutex<Vec<Call>>>) {
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let fake = || Box::new(Fake { build: self.clone(), calls: calls.clone() });
        (Networks { encoder: fake(), couple: fake(), decoder: fake() }, calls)
    }

    pub(crate) fn voice(&self) -> (Voice, Arc<Mutex<Vec<Call>>>) {
        let (networks, calls) = self.networks();
        (Voice::from_networks(config(self.hop), networks).unwrap(), calls)
    }

    /// The samples of one sentence, computed at once.
    pub(crate) fn samples(&self, ids: &[i64], frame_noise: &[f32]) -> Vec<f32> {
        let rows: Vec<f32> = ids
            .iter()
            .enumerate()
            .flat_map(|(at, &id)| std::iter::repeat_n([at as f32, id as f32], (self.duration)(id)))
            .flatten()
            .collect();
        // VITS gives every sentence a frame.
        let rows = if rows.is_empty() { vec![0.0; 2] } else { rows };
        let reach = self.couple.unwrap_or(Reach { left: usize::MAX, right: 0 });
        let latents: Vec<f32> = coupled(&rows, frame_noise, reach).concat();
        decoded(&latents, self.decoder, self.hop)
    }
}

/// A voice of letters, the ids of which are 3 for a, 4 for b and so on; the space is 29, the comma 30.
pub(crate) fn config(hop: usize) -> VoiceConfig {
    let mut ids = serde_json::json!({"_": [0], "^": [1], "$": [2], " ": [29], ",": [30]});
    for (i, letter) in ('a'..='z').enumerate() {
        ids[letter.to_string()] = serde_json::json!([i + 3]);
    }
    let json = serde_json::json!({
        "audio": {"sample_rate": 1000}, "phoneme_type": "text", "num_symbols": 70_000, "hop_length": hop,
        "phoneme_id_map": ids, "phoneme_map": {"A": ["b"], "B": ["b", "c"], "b": ["d"]},
        "num_speakers": 3, "speaker_id_map": {"zoe": 1, "adam": 2}, "default_speaker_id": 2,
        "inference": {"noise_scale": 0.25, "length_scale": 1.5, "noise_w": 0.75},
    });
    VoiceConfig::from_json(json.to_string().as_bytes()).unwrap()
}

struct Fake {
    build: Build,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Fake {
    fn record(&self, call: Call) {
        self.calls.lock().unwrap().push(call);
    }

    /// Whether what this letter stands for is to go wrong now.
    fn fails(&self, letter: char, mut ids: impl Iterator<Item = f32>) -> bool {
        let bad = (letter as u32 - 'a' as u32 + 3) as f32;
        self.build.fails && ids.any(|id| id == bad)
    }
}

impl Encode for Fake {
    fn prepare(&self, _ids: usize) -> Result<()> {
        Ok(())
    }

    /// Spreads the number and the id of each id.
    fn encode(&self, ids: &[i64], speaker: i64, scales: Scales, _noise: &mut NormalStream) -> Result<Encoding> {
        self.record(Call::Encode { ids: ids.to_vec(), speaker, scales });
        if self.fails('v', ids.iter().map(|&id| id as f32)) {
            return Err(Error::new(ErrorKind::Inference, "the encoder failed"));
        }
        Ok(Encoding {
            durations: ids.iter().map(|&id| (self.build.duration)(id)).collect(),
            rows: vec![ids.iter().enumerate().flat_map(|(at, &id)| [at as f32, id as f32]).collect()],
            globals: Globals::default(),
        })
    }
}

impl Couple for Fake {
    fn reach(&self) -> Option<Reach> {
        self.build.couple
    }

    fn noise_channels(&self) -> &[usize] {
        &self.build.noise
    }

    fn latent_channels(&self) -> usize {
        2
    }

    fn couple(&self, frames: Frames<'_>, _globals: &[Vec<f32>]) -> Result<Vec<f32>> {
        let rows = &frames.rows[0];
        self.record(Call::Couple(rows[0] as usize, frames.count));
        assert_eq!(rows.len(), 2 * frames.count, "rows of each frame");
        for (noise, channels) in frames.noise.iter().zip(&self.build.noise) {
            assert_eq!(noise.len(), channels * frames.count, "noise of each frame");
        }
        let reach = self.build.couple.unwrap_or(Reach { left: usize::MAX, right: 0 });
        let first: Vec<f32> = match (frames.noise.first(), self.build.noise.first()) {
            (Some(noise), Some(&channels)) => noise.chunks(channels).map(|of_frame| of_frame[0]).collect(),
            _ => vec![0.0; frames.count],
        };
        let [mut ids, mut noise] = coupled(rows, &first, reach);
        let of_rows = || rows.chunks(2).map(|row| row[1]);
        if self.fails('w', of_rows()) {
            noise[0] = f32::NAN;
        }
        if self.fails('y', of_rows()) {
            noise.pop();
        }
        ids.append(&mut noise);
        Ok(ids)
    }
}

impl Decode for Fake {
    fn reach(&self) -> Reach {
        self.build.decoder
    }

    fn hop(&self) -> usize {
        self.build.hop
    }

    fn decode(&self, latents: &[f32], count: usize, _globals: &[Vec<f32>]) -> Result<Vec<f32>> {
        self.record(Call::Decode(count));
        assert_eq!(latents.len(), 2 * count, "latents of each frame");
        let mut samples = decoded(latents, self.build.decoder, self.build.hop);
        if self.fails('x', latents[..count].iter().copied()) {
            samples[0] = f32::INFINITY;
        }
        if self.fails('z', latents[..count].iter().copied()) {
            samples.push(0.0);
        }
        Ok(samples)
    }
}

/// Each frame is the sum of the ids that the reach takes in, and, in a second channel, its own noise.
fn coupled(rows: &[f32], noise: &[f32], reach: Reach) -> [Vec<f32>; 2] {
    let ids: Vec<f32> = rows.chunks(2).map(|row| row[1]).collect();
    let noise = (0..ids.len()).map(|frame| noise.get(frame).copied().unwrap_or(0.0)).collect();
    [sums(&ids, reach), noise]
}

/// `hop` samples of a frame: the sum of the latents that the reach takes in, times 1, 2, ...; every frame's first
/// sample is the frame's noise.
fn decoded(latents: &[f32], reach: Reach, hop: usize) -> Vec<f32> {
    let (ids, noise) = latents.split_at(latents.len() / 2);
    let sums = sums(ids, reach);
    let sample = |frame: usize, k: usize| if k == 0 { noise[frame] } else { sums[frame] * k as f32 };
    (0..ids.len()).flat_map(|frame| (0..hop).map(move |k| (frame, k))).map(|(frame, k)| sample(frame, k)).collect()
}

fn sums(of: &[f32], reach: Reach) -> Vec<f32> {
    let end = |at: usize| (at + reach.right + 1).min(of.len());
    (0..of.len()).map(|at| of[at.saturating_sub(reach.left)..end(at)].iter().sum()).collect()
}
