//! Brings a voice into a folder.

use std::fs::File;
use std::io::Read;
use std::ops::ControlFlow;
use std::path::Path;

use chanter_engine::{MAX_CONFIG_BYTES, VoiceConfig};

use crate::catalogue::MAX_MODEL_BYTES;
use crate::part::Part;
use crate::transfer::Transfer;
use crate::{Client, Error, ErrorKind, Folder, Found, Listed, Result};

/// Which files are taken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Accept {
    /// Those with the length and the digest that the catalogue lists.
    #[default]
    AsListed,
    /// Whatever the server has in their place, up to 2 GiB: published digests are known to drift.
    AsServed,
}

impl Client {
    /// Fetches a voice, or goes on doing so, and puts it into a folder under its key. One that is there already is replaced.
    ///
    /// `told` is told how many bytes of how many are here, 64 KiB at a time and at each new try, and ends the download by
    /// [`ControlFlow::Break`]; a server that is silent is waited for first ([`Patience`](crate::Patience)). `check` gets the
    /// model and the config, whole but not yet in place, and says whether that is a voice; it may open it, or do nothing.
    ///
    /// A voice is fetched once at a time, whichever threads and processes try: a second try is refused.
    ///
    /// # Errors
    /// Any [`ErrorKind`] but [`Name`](ErrorKind::Name) and [`Catalogue`](ErrorKind::Catalogue); each says what is left.
    pub fn download(
        &self,
        voice: &Listed,
        folder: &Folder,
        accept: Accept,
        mut told: impl FnMut(u64, u64) -> ControlFlow<()>,
        check: impl FnOnce(&Path, &Path) -> Result<(), chanter_engine::Error>,
    ) -> Result<Found> {
        let target = folder.model(&voice.key)?;
        // The model's part is locked all the while, so the config is nobody else's either.
        let mut model = Part::open(target.clone())?;
        let mut config = Part::open(VoiceConfig::beside(&target))?;
        let total = voice.bytes();

        // The config comes first: a broken one is told before much is fetched.
        let limit = MAX_CONFIG_BYTES as u64;
        let mut config_told = |bytes| told(bytes, total);
        Transfer { client: self, file: &voice.config, accept, limit, told: &mut config_told }.run(&mut config)?;
        if let Err(e) = VoiceConfig::open(model.path(), Some(config.path())) {
            config.discard();
            return Err(no_voice(voice, &format!("{e:#}")));
        }
        let here = config.bytes();
        let mut model_told = |bytes| told(here + bytes, total.max(here + bytes));
        let limit = MAX_MODEL_BYTES;
        let mut transfer = Transfer { client: self, file: &voice.model, accept, limit, told: &mut model_told };
        if let Err(error) = transfer.run(&mut model) {
            // It is small, and the next try should have the one of its own time.
            config.discard();
            return Err(error);
        }

        let checked = match not_a_model(model.path())? {
            Some(why) => Err(why.to_owned()),
            None => check(model.path(), config.path()).map_err(|e| format!("{e:#}")),
        };
        if let Err(why) = checked {
            config.discard();
            model.discard();
            return Err(no_voice(voice, &why));
        }
        config.sync()?;
        model.sync()?;
        config.put_in_place()?;
        model.put_in_place()?;
        folder.sync();
        folder.find(&voice.key)
    }
}

/// What a file plainly is instead of a model.
fn not_a_model(path: &Path) -> Result<Option<&'static str>> {
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(20).read_to_end(&mut start));
    read.map_err(|e| Error::reading(path, &e))?;
    Ok(if start.starts_with(b"version https://git-") {
        Some("it is only a pointer to the model (Git LFS)")
    } else if start.trim_ascii_start().starts_with(b"<") {
        Some("it is a web page")
    } else {
        None
    })
}

fn no_voice(voice: &Listed, why: &str) -> Error {
    let message = format!("{} is no voice that can be spoken: {why}. Nothing of it was kept", voice.key);
    Error::new(ErrorKind::NotAVoice, message)
}
