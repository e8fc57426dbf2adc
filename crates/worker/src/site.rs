//! What a request has to do with besides itself.

use std::rc::Rc;

use worker::{Context, Env};

use crate::options::Options;

/// The Worker as its operator set it up, and the request's own context.
pub(crate) struct Site {
    pub(crate) env: Env,
    pub(crate) context: Context,
    pub(crate) options: Options,
}

impl Site {
    /// # Errors
    /// Names the variable that makes no sense.
    pub(crate) fn new(env: Env, context: Context) -> Result<Rc<Self>, String> {
        let options = Options::read(|name| {
            // Secrets are read as variables are. One that is no text must not pass for one that is left out.
            match env.var(name) {
                Ok(value) => Ok(Some(value.to_string())),
                Err(_) if !is_bound(&env, name) => Ok(None),
                Err(why) => Err(format!("{name}: {why}")),
            }
        })?;
        Ok(Rc::new(Self { env, context, options }))
    }
}

/// Whether the operator bound something to this name.
pub(crate) fn is_bound(env: &Env, name: &str) -> bool {
    js_sys::Reflect::get(env, &name.into()).is_ok_and(|value| !value.is_undefined())
}
