//! What the URL on a command line means: of which gate, and as the browser sees it.

use std::path::Path;

use http::Uri;
use http::uri::{Authority, PathAndQuery};
use streamgate::{Config, Gate};

use super::rewrite::PUBLIC;
use super::settings::Source;

/// Compiles the configuration in a file. Without one, a URL is of the origin of a gate for
/// [`PUBLIC`], and a path of the built-in configuration.
///
/// # Errors
/// Returns a sentence for the terminal if the configuration is not valid, or cannot be read.
pub(super) fn gate(url: Option<&str>, config: Option<&Path>) -> Result<Gate, String> {
    let url = url.filter(|url| !url.starts_with('/'));
    let (Some(url), None) = (url, config) else {
        let source = Source {
            file: config.map(Path::to_owned),
            origin: None,
            more: "",
        };
        return source.compile(&source.read()?);
    };
    let (origin, _) = split(url)?;
    let text = format!(
        "[origin]\nurl = {}\npublic = \"{PUBLIC}\"\n",
        toml::Value::from(origin)
    );
    Gate::from_toml(&text, url).map_err(|error| error.to_string())
}

/// Returns the URL that the browser asks for: of the public host if `url` is of the origin, or a
/// path.
///
/// # Errors
/// Returns a sentence for the terminal if it is no URL.
pub(super) fn address(gate: &Gate, url: Option<&str>) -> Result<Uri, String> {
    let config = gate.config();
    let public = config.origin.public.clone();
    let public = public.unwrap_or(Uri::from_static(PUBLIC));
    let (base, path) = match url {
        None => (public, "/".to_owned()),
        Some(path) if path.starts_with('/') => (public, path.to_owned()),
        Some(url) => {
            let (origin, path) = split(url)?;
            let base: Uri = origin
                .parse()
                .map_err(|error| format!("{url}: it is no URL: {error}"))?;
            match is_of_origin(config, &base) {
                true => (public, path),
                false => (base, path),
            }
        }
    };
    let path: PathAndQuery = path.parse().map_err(|error| format!("{path}: {error}"))?;
    let mut parts = base.into_parts();
    parts.path_and_query = Some(path);
    Uri::from_parts(parts).map_err(|error| error.to_string())
}

/// Splits a URL into its origin, and its path and query. The fragment does not count.
pub(super) fn split(url: &str) -> Result<(String, String), String> {
    let (scheme, rest) = url.split_once("://").ok_or_else(|| {
        format!("{url}: a URL starts with http:// or https://, and a path with /")
    })?;
    let rest = rest.split('#').next().unwrap_or_default();
    let end = rest.find(['/', '?']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let slash = if path.starts_with('/') { "" } else { "/" };
    Ok((format!("{scheme}://{authority}"), format!("{slash}{path}")))
}

/// Returns whether a URL is of the main origin, by its own name or another one.
fn is_of_origin(config: &Config, base: &Uri) -> bool {
    let origin = &config.origin;
    let host = origin.host.as_deref();
    let asked = base.authority().map(Authority::as_str);
    let names = std::iter::once(&origin.url).chain(&origin.aliases);
    let mut names = names.filter_map(Uri::authority).map(Authority::as_str);
    asked.is_some() && (names.any(|name| Some(name) == asked) || host == asked)
}
