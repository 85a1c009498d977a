//! The configuration in the editor: checked as `streamgate check` does, taken up as a changed file
//! is, and kept in memory only.

use http::StatusCode;
use serde_json::json;

use super::View;
use crate::process::check;

/// Why there is no view of a gate with certificates.
pub(super) const NO_TLS: &str =
    "the live view cannot show a gate that speaks TLS with clients; leave [tls] out, or --ui";

/// Returns what the editor shows.
pub(super) fn shown(view: &View) -> String {
    let set_up = view.setups.borrow();
    let config = set_up.gate.config();
    json!({
        "text": &*set_up.text,
        "name": view.source.name(),
        "origin": config.origin.url.to_string().trim_end_matches('/'),
        "gate": format!("http://{}", view.gate),
        "is_overridden": view.source.origin.is_some(),
    })
    .to_string()
}

/// Returns whether a text is a valid configuration, and all that was found in it.
pub(super) fn checked(view: &View, text: &str) -> (StatusCode, String) {
    let (is_valid, found) = check::findings(text.to_owned(), &view.source.name());
    let status = match is_valid {
        true => StatusCode::OK,
        false => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, found)
}

/// Lets the gate serve by a text from now on, if it is a valid configuration. Returns what
/// [`checked`] does.
pub(super) fn take_up(view: &View, text: &str) -> (StatusCode, String) {
    let (status, found) = checked(view, text);
    if status != StatusCode::OK {
        return (status, found);
    }
    let set_up = match view.source.set_up(text) {
        Ok(set_up) if set_up.tls.is_some() => Err(NO_TLS.to_owned()),
        other => other,
    };
    match set_up {
        Ok(set_up) => {
            view.source.take_up(set_up, &view.setups, &view.metrics);
            (status, found)
        }
        Err(message) => {
            let finding = json!([{ "severity": "error", "message": message }]);
            (StatusCode::UNPROCESSABLE_ENTITY, finding.to_string())
        }
    }
}
