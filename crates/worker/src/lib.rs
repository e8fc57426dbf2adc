//! Chanter at the edge: a Cloudflare Worker that speaks, and sends each chunk of sound when it is made.
//!
//! | path | method | answer |
//! |---|---|---|
//! | `/health` | GET | 200 once the default voice is loaded |
//! | `/synthesize-stream` | GET, POST | `audio/wav`, as the server's |
//! | `/v1/audio/speech` | POST | speech as OpenAI's API has it |
//! | `/voices` | GET | the configs of the voices, by name |
//! | anything else | GET | the static assets: the page |
//!
//! An isolate of the runtime is one thread that has 128 MB for everything. It computes one chunk at a time; between chunks
//! other requests have their turn. A panic ends the instance, and `entry.js` goes on with a new one: everything here is loaded
//! when it is needed.

mod answer;
mod departure;
mod incoming;
mod journal;
mod kept;
mod options;
#[cfg(feature = "probe")]
mod probe;
mod site;
mod sound;
mod speak;
mod turn;
mod turns;
mod voices;

use worker::{Context, Env, event};

#[event(start)]
fn start() {
    // Whether it is set already does not matter.
    let _ = log::set_logger(&journal::EngineLog);
}

#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> worker::Result<web_sys::Response> {
    let response = match site::Site::new(env, context) {
        Ok(site) => {
            let most = if site.options.log_text { log::LevelFilter::Warn } else { log::LevelFilter::Error };
            log::set_max_level(most);
            answer::answer(request, &site).await
        }
        Err(why) => {
            journal::error("the Worker is not set up", &why);
            worker::Response::error(format!("the Worker is not set up: {why}"), 500)?
        }
    };
    Ok(response.into())
}
