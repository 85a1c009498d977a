//! The configuration in the editor: checked as `streamgate check` does, taken up as a changed file
//! is, and kept in memory only.

use http::StatusCode;
use serde_json::json;

use super::View;
use crate::process::check;
use crate::process::settings::SetUp;

/// Why there is no view of a gate with certificates.
pub(super) const NO_TLS: &str =
    "the live view cannot show a gate that speaks TLS with clients; leave [tls] out, or --ui";

/// Returns what the editor shows.
pub(super) fn shown(view: &View) -> String {
    let set_up = view.setups.borrow();
    let origin = match &view.source.origin {
        Some(origin) => origin.to_string(),
        None => written_origin(&set_up.text),
    };
    json!({
        "text": &*set_up.text,
        "name": view.source.name(),
        "origin": origin.trim_end_matches('/'),
        "gate": format!("http://{}", view.gate),
        "is_overridden": view.source.origin.is_some(),
    })
    .to_string()
}

/// Returns `origin.url` as it is written, in which variables stand for themselves.
fn written_origin(text: &str) -> String {
    let table: toml::Table = text.parse().unwrap_or_default();
    let url = table.get("origin").and_then(|origin| origin.get("url"));
    let url = url.and_then(toml::Value::as_str);
    url.unwrap_or_default().to_owned()
}

/// Returns whether a text is a valid configuration, and all that was found in it. No file that it
/// names is read, and variables that the process was not started with count as not set.
pub(super) fn checked(view: &View, text: &str) -> (StatusCode, String) {
    let notes = view.variables.missing(text).into_iter().map(|name| {
        format!(
            "the variable {name} counts as not set here: a text from the live view gets only the \
             variables that {} named when the process started",
            view.source.name()
        )
    });
    let (is_valid, found) = check::findings(
        text.to_owned(),
        &view.source.name(),
        |name| view.variables.value(name),
        NO_TLS,
        notes.collect(),
    );
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
    let compiled = view
        .source
        .compile_with(text, |name| view.variables.value(name));
    match compiled {
        Ok(gate) => {
            let set_up = SetUp {
                gate,
                tls: None,
                text: text.into(),
            };
            view.source.take_up(set_up, &view.setups, &view.metrics);
            (status, found)
        }
        Err(message) => {
            let finding = json!([{ "severity": "error", "message": message }]);
            (StatusCode::UNPROCESSABLE_ENTITY, finding.to_string())
        }
    }
}
