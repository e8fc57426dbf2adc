//! Who may call, and how often.

mod guard;
mod keys;
mod origins;
mod proxies;
mod rate;

use std::path::PathBuf;

use chanter_http::Origins;
use clap::Args;

pub(crate) use guard::{Caller, identify, limit_rate, require_key};
pub(crate) use keys::Keys;
pub(crate) use origins::layer as origins;
pub(crate) use proxies::Proxies;
pub(crate) use rate::Rates;

use crate::settings::defaults;

/// Who may call, and how often.
#[derive(Debug, Clone, Args)]
#[non_exhaustive]
pub struct Options {
    /// Sites whose pages may use the server besides its own, with commas between them; * for all
    #[arg(long, env = "CORS_ORIGINS", default_value = "", hide_default_value = true, value_name = "ORIGINS")]
    pub cors_origins: Origins,

    /// Keys, with commas between them, one of which clients must bring as `Authorization: Bearer KEY`. Others see a flag
    /// in the list of processes: set the variable, or better name a file
    #[arg(
        long,
        env = "API_KEYS",
        default_value = "",
        hide_default_value = true,
        hide_env_values = true,
        value_name = "KEYS"
    )]
    pub(crate) api_keys: Keys,

    /// A file of such keys, one a line; lines that begin with # are comments
    #[arg(long, env = "API_KEYS_FILE", value_name = "FILE")]
    pub api_keys_file: Option<PathBuf>,

    /// Networks of proxies whose X-Forwarded-For is believed, with commas between them: 10.0.0.0/8, or `private` for all
    /// private ones and this machine
    #[arg(long, env = "TRUSTED_PROXIES", default_value = "", hide_default_value = true, value_name = "NETWORKS")]
    pub(crate) trusted_proxies: Proxies,

    /// Speeches a minute for each key, or for each address where there are no keys; 0 for any number
    #[arg(long, env = "RATE_LIMIT", default_value_t = 0)]
    pub rate_limit: u32,

    /// Speeches that one may ask for at once before that limit holds [default: a quarter of it]
    #[arg(long, env = "RATE_BURST")]
    pub rate_burst: Option<u32>,
}

impl Default for Options {
    fn default() -> Self {
        defaults()
    }
}

impl Options {
    /// Adds keys.
    #[must_use]
    pub fn with_api_keys(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.api_keys.0.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Trusts proxies in these networks.
    ///
    /// # Errors
    /// What is no network.
    pub fn trusting(mut self, networks: &str) -> Result<Self, String> {
        self.trusted_proxies = networks.parse()?;
        Ok(self)
    }

    /// Reads the file of keys.
    ///
    /// # Errors
    /// Why it cannot be read, or that it has none.
    pub(crate) fn settle(&mut self) -> Result<(), String> {
        if let Some(path) = self.api_keys_file.take() {
            let text =
                std::fs::read_to_string(&path).map_err(|e| format!("{}: cannot be read: {e}", path.display()))?;
            let before = self.api_keys.0.len();
            self.api_keys.0.extend(keys::lines(&text).map(str::to_owned));
            if self.api_keys.0.len() == before {
                return Err(format!("{}: there is no key in it", path.display()));
            }
        }
        Ok(())
    }
}
