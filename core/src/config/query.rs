//! Parameters of queries that hold URLs of the site.

use super::pattern;

/// An entry of `map.queries`: a parameter of the requests for some paths.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct QueryParameter {
    /// The pattern of the paths, in which `*` is any run of characters.
    pub(crate) path: String,
    /// The name of the parameter.
    pub(crate) name: String,
}

/// Reads an entry, as `/_next/image?url`.
pub(super) fn parameter(text: &str) -> Result<QueryParameter, String> {
    let fault = || format!("{text:?} is no parameter of a path: it is as \"/_next/image?url\"");
    let (path, name) = text.split_once('?').ok_or_else(fault)?;
    if name.is_empty() || name.contains(['?', '&', '=', '#', '%', '+']) {
        return Err(fault());
    }
    Ok(QueryParameter {
        path: pattern::path(path)?,
        name: name.to_owned(),
    })
}
