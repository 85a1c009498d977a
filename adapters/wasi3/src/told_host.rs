//! The host that a client has asked for, where only a proxy in front tells it.

use std::sync::LazyLock;

use http::HeaderName;
use http::header::HOST;

use crate::platform::GATE;

/// The environment variable that names [`FIELD`].
const VARIABLE: &str = "STREAMGATE_HOST_FIELD";

/// The field in which a proxy tells the host, if the environment names one.
static FIELD: LazyLock<Option<HeaderName>> = LazyLock::new(|| {
    // It sets up the log.
    LazyLock::force(&GATE);
    let name = std::env::var(VARIABLE).ok()?;
    let unfit = |_: &_| tracing::error!(name, "{VARIABLE} does not name a field");
    HeaderName::try_from(&name).inspect_err(unfit).ok()
});

/// Makes the field in which the proxy tells the host the `Host` of a request.
pub(crate) fn put(fields: &mut [(String, Vec<u8>)]) {
    let Some(field) = FIELD.as_ref() else { return };
    for (name, _) in fields {
        if name.eq_ignore_ascii_case(field.as_str()) {
            HOST.as_str().clone_into(name);
        }
    }
}
