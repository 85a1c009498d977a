//! What becomes of the site's URLs in the bodies of requests.

/// The types of bodies that are mapped back unless `map.back_types` says otherwise: those in which
/// a page sends back what it was given.
const TYPES: &[&str] = &[
    "application/x-www-form-urlencoded",
    "multipart/form-data",
    "application/json",
    "text/json",
    "+json",
    "application/graphql",
    "text/plain",
];

/// The names whose values stay unless `map.back_except` says otherwise. A page that signs in with
/// OAuth has told another server this very URL before, in a query, and the two are compared (RFC
/// 6749 §4.1.3).
const EXCEPT: &[&str] = &["redirect_uri", "redirectUri"];

/// The most bytes of a name whose value stays.
const NAME: usize = 128;

/// `map.back` and its like.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct BackConfig {
    /// `back`: whether public URLs in bodies become the origins' again. Default yes, unless `scope`
    /// leaves most of what goes out as it is: what comes back would then not become public again.
    pub(crate) is_on: bool,
    /// `back_types`: the types of these bodies. Lower-case essences, `*/*+suffix` as `+json`.
    pub(crate) types: Vec<String>,
    /// `back_limit` in bytes: the longest body of known length that is mapped, default 1 MiB.
    pub(crate) limit: usize,
    /// `back_except`: the names of fields of forms and of members in JSON whose values stay.
    pub(crate) except: Vec<String>,
}

impl Default for BackConfig {
    fn default() -> Self {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        Self {
            is_on: true,
            types: owned(TYPES),
            limit: 1024 * 1024,
            except: owned(EXCEPT),
        }
    }
}

/// Reads an entry of `map.back_except`.
pub(super) fn name(text: &str) -> Result<String, String> {
    let is_plain = |byte: u8| byte != b'"' && byte != b'\\' && !byte.is_ascii_control();
    if (1..=NAME).contains(&text.len()) && text.bytes().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "{text:?} is no name: it is as \"redirect_uri\", without quotes or escapes"
        ))
    }
}
