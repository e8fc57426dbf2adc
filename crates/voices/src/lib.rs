//! Piper voices on disk, and the catalogue that they come from. Everything here blocks.
//!
//! A [`Folder`] holds voices, `NAME.onnx` with `NAME.onnx.json`; [`scan`](Folder::scan) tells which. A [`Catalogue`] lists
//! voices that can be had, and a [`Client`] brings it and them:
//!
//! ```no_run
//! # fn main() -> chanter_voices::Result<()> {
//! use std::ops::ControlFlow;
//! use chanter_engine::Voice;
//! use chanter_voices::{Accept, Catalogue, Client, Folder};
//!
//! let folder = Folder::create("voices")?;
//! let client = Client::default();
//! let catalogue = client.catalogue(Catalogue::PIPER)?;
//! let voice = catalogue.find("de_DE-thorsten-medium")?;
//! let told = |done: u64, of: u64| ControlFlow::Continue(eprintln!("{done} of {of} bytes"));
//! let speaks = |model: &_, config: &_| Voice::open(model, Some(config)).map(drop);
//! let found = client.download(voice, &folder, Accept::AsListed, told, speaks)?;
//! println!("{}", found.model.display());
//! # Ok(())
//! # }
//! ```
//!
//! # What is checked
//! A catalogue is not trusted: of its entries those that make no sense are left out, names and paths stay in the folder and
//! below the catalogue's address, and sizes are bounded. A file that is fetched must have the size that the catalogue says,
//! and its SHA-256, or else its MD5, if the catalogue has one. Published MD5s are known to drift from the files that they
//! are of, so [`Accept::AsServed`] takes a file as the server has it. Either way the config must be one, and the caller's
//! check, such as opening the voice, must pass before anything is put in place.
//!
//! # What an interruption leaves
//! A file comes as `.FILE.part`, with its ETag in `.FILE.part.etag`, and is only renamed when both files are whole,
//! checked and on the disk: config first, model last. So whatever ends a download, the folder has the voice as it was, or
//! the new one; between the two renames of a voice that is replaced, and only there, it has the new config beside the old
//! model. A later download goes on where the first left off.

mod address;
mod catalogue;
mod client;
mod digest;
mod download;
mod error;
mod folder;
mod language;
mod names;
mod part;
mod transfer;

pub use catalogue::{Catalogue, Listed, RemoteFile};
pub use client::{Client, Patience};
pub use digest::{Digest, sha256};
pub use download::Accept;
pub use error::{Error, ErrorKind, Result};
pub use folder::{Folder, Found, Stamp};
pub use language::speaks;
pub use names::is_name;
