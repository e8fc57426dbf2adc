//! Voices in an R2 bucket: `NAME.onnx` and `NAME.onnx.json`, and `packs/LANGUAGE.pack` for what assets lack.

use std::cell::RefCell;
use std::collections::BTreeMap;

use chanter_engine::{MAX_CONFIG_BYTES, ModelBytes, VoiceConfig};
use worker::{Bucket, Date, Env, Object};

use super::{MAX_BYTES, Result, is_name, pieces};
use crate::journal::in_full;

const BINDING: &str = "VOICES";
/// Of more voices than these, `/voices` is silent.
const MOST_LISTED: u32 = 100;
/// For so long a voice counts as unchanged.
const FRESH_MS: u64 = 60_000;

/// What is known of a voice without reading it.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) id: String,
    pub(super) bytes: usize,
}

thread_local! {
    /// What was asked for, and when.
    static KNOWN: RefCell<BTreeMap<String, (u64, Head)>> = const { RefCell::new(BTreeMap::new()) };
}

fn bucket(env: &Env) -> Option<Bucket> {
    env.bucket(BINDING).ok()
}

/// Whether there is such a voice.
pub(super) async fn head(env: &Env, name: &str) -> Result<Option<Head>> {
    let Some(bucket) = bucket(env) else { return Ok(None) };
    let now = Date::now().as_millis();
    let known = KNOWN.with_borrow(|known| known.get(name).cloned());
    if let Some((at, head)) = known
        && now < at + FRESH_MS
    {
        return Ok(Some(head));
    }
    let key = format!("{name}.onnx");
    let Some(object) = bucket.head(&key).await.map_err(|e| format!("{key}: {e}"))? else { return Ok(None) };
    let bytes = usize::try_from(object.size()).map_err(|_| format!("{key} is too large"))?;
    let head = Head { id: object.etag(), bytes };
    KNOWN.with_borrow_mut(|known| known.insert(name.to_owned(), (now, head.clone())));
    Ok(Some(head))
}

pub(super) async fn configs(env: &Env) -> Result<BTreeMap<String, VoiceConfig>> {
    let mut configs = BTreeMap::new();
    let Some(bucket) = bucket(env) else { return Ok(configs) };
    let mut cursor = None;
    loop {
        let mut list = bucket.list();
        if let Some(cursor) = cursor.take() {
            list = list.cursor(cursor);
        }
        let page = list.execute().await.map_err(|e| e.to_string())?;
        for key in page.objects().iter().map(Object::key) {
            let Some(name) = key.strip_suffix(".onnx.json").filter(|name| is_name(name)) else { continue };
            if configs.len() as u32 == MOST_LISTED {
                return Ok(configs);
            }
            let Some(json) = whole(&bucket, &key, MAX_CONFIG_BYTES).await? else { continue };
            configs.insert(name.to_owned(), VoiceConfig::from_json(&json).map_err(in_full)?);
        }
        cursor = page.cursor();
        if !page.truncated() || cursor.is_none() {
            return Ok(configs);
        }
    }
}

/// The config and the model.
pub(super) async fn read(env: &Env, name: &str, bytes: usize, alive: impl Fn()) -> Result<(Vec<u8>, ModelBytes)> {
    let bucket = bucket(env).ok_or("the bucket is gone")?;
    let [model_key, config_key] = [format!("{name}.onnx"), format!("{name}.onnx.json")];
    let config = whole(&bucket, &config_key, MAX_CONFIG_BYTES).await?.ok_or_else(|| missing(&config_key))?;
    let mut model = ModelBytes::default();
    let object = object(&bucket, &model_key).await?.ok_or_else(|| missing(&model_key))?;
    let stream = object.body().ok_or_else(|| missing(&model_key))?.stream().map_err(|e| e.to_string())?;
    pieces::add(&mut model, stream, bytes, alive).await.map_err(|e| format!("{model_key}: {e}"))?;
    Ok((config, pieces::complete(model, bytes)?))
}

/// A language's data, if they are there.
pub(super) async fn pack(env: &Env, name: &str) -> Result<Option<Vec<u8>>> {
    match bucket(env) {
        Some(bucket) => whole(&bucket, &format!("packs/{name}.pack"), MAX_BYTES).await,
        None => Ok(None),
    }
}

async fn whole(bucket: &Bucket, key: &str, most: usize) -> Result<Option<Vec<u8>>> {
    let Some(object) = object(bucket, key).await? else { return Ok(None) };
    if object.size() > most as u64 {
        return Err(format!("{key} has more than {most} bytes"));
    }
    let Some(body) = object.body() else { return Ok(None) };
    body.bytes().await.map(Some).map_err(|e| format!("{key}: {e}"))
}

async fn object(bucket: &Bucket, key: &str) -> Result<Option<Object>> {
    bucket.get(key).execute().await.map_err(|e| format!("{key}: {e}"))
}

fn missing(key: &str) -> String {
    format!("{key} is not in the bucket")
}
