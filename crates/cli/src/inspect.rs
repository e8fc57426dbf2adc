//! `chanter inspect`.

use chanter_engine::Reach;
use serde_json::{Value, json};

use crate::voice::VoiceArgs;
use crate::{Failure, say};

#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    voice: VoiceArgs,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &Args) -> Result<(), Failure> {
    let voice = args.voice.open()?;
    let config = voice.config();
    let reach = |reach: Reach| json!({"left": reach.left, "right": reach.right});
    let mut facts = json!({
        "dataset": config.dataset,
        "quality": config.quality,
        "language": config.language.code,
        "espeak_voice": config.espeak_voice,
        "phoneme_type": format!("{:?}", config.phoneme_type).to_lowercase(),
        "phonemes": config.phoneme_id_map.len(),
        "sample_rate": config.sample_rate,
        "speakers": config.num_speakers,
        "speaker_names": config.speaker_id_map.keys().collect::<Vec<_>>(),
        "default_speaker": config.default_speaker_id,
        "length_scale": config.inference.length_scale,
        "noise_scale": config.inference.noise_scale,
        "noise_w_scale": config.inference.noise_w_scale,
        "piper_version": config.piper_version,
    });
    if let Some(anatomy) = voice.anatomy() {
        let seconds = anatomy.hop as f64 / f64::from(config.sample_rate);
        let stage = |i: usize| {
            json!({
                "nodes": anatomy.nodes[i + 1],
                "prepared_nodes": anatomy.prepared_nodes[i],
                "weight_bytes": anatomy.weight_bytes[i],
            })
        };
        facts["graph_nodes"] = anatomy.nodes[0].into();
        facts["latent_frame"] = json!({
            "samples": anatomy.hop,
            "seconds": (seconds * 1e6).round() / 1e6,
            "channels": anatomy.latent_channels,
        });
        facts["encoder"] = stage(0);
        facts["couple"] = stage(1);
        facts["couple"]["reach"] = anatomy.couple_reach.map_or(Value::from("whole sentence"), reach);
        facts["decoder"] = stage(2);
        facts["decoder"]["reach"] = reach(anatomy.decoder_reach);
    }
    if args.json { say(facts) } else { print("", &facts) }
}

/// One line for each fact, what is inside another under its name.
pub(crate) fn print(prefix: &str, facts: &Value) -> Result<(), Failure> {
    for (name, value) in facts.as_object().into_iter().flatten() {
        match value {
            Value::Object(_) => print(&format!("{prefix}{name}."), value)?,
            Value::Null => {}
            Value::Array(items) if items.is_empty() => {}
            Value::Array(items) => {
                let items: Vec<String> = items.iter().map(plain).collect();
                say(format_args!("{prefix}{name}: {}", items.join(", ")))?;
            }
            _ => say(format_args!("{prefix}{name}: {}", plain(value)))?,
        }
    }
    Ok(())
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
