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

/// The most bytes of a name, and of each part of a pointer.
const NAME: usize = 128;

/// The most parts of a pointer.
const PARTS: usize = 32;

/// `map.back` and its like; of a route, what it has in their place.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct BackConfig {
    /// `back`: whether public URLs in bodies become the origins' again. Default yes, unless `scope`
    /// leaves most of what goes out as it is: what comes back would then not become public again.
    pub(crate) is_on: bool,
    /// `back_types`: the types of these bodies. Lower-case essences, `*/*+suffix` as `+json`.
    pub(crate) types: Vec<String>,
    /// `back_limit` in bytes: the longest body of known length that is mapped, default 1 MiB.
    pub(crate) limit: usize,
    /// `back_only` and `back_except`.
    pub(crate) values: BackValues,
}

/// Which values of a body are mapped.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct BackValues {
    /// `back_only`: the values that are mapped. `None`: all.
    pub(crate) only: Option<Vec<BackValue>>,
    /// `back_except`: the values that stay, of those.
    pub(crate) except: Vec<BackValue>,
}

/// What tells values from others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum BackValue {
    /// The name of fields of forms, and of members in JSON whose values are strings.
    Name(String),
    /// The parts of a JSON pointer (RFC 6901), in which `*` is any name or index.
    Pointer(Vec<String>),
}

/// `back`, `back_only` and `back_except` of a route.
pub(super) struct RouteBack {
    pub(super) is_on: Option<bool>,
    pub(super) only: Option<Vec<BackValue>>,
    pub(super) except: Option<Vec<BackValue>>,
}

impl Default for BackConfig {
    fn default() -> Self {
        let owned = |list: &[&str]| list.iter().map(ToString::to_string).collect();
        let names = EXCEPT.iter().map(ToString::to_string);
        Self {
            is_on: true,
            types: owned(TYPES),
            limit: 1024 * 1024,
            values: BackValues {
                only: None,
                except: names.map(BackValue::Name).collect(),
            },
        }
    }
}

impl BackValues {
    /// Returns whether the value of a form's field is mapped.
    pub(crate) fn has_field(&self, name: &[u8]) -> bool {
        let names = |list: &Vec<BackValue>| list.iter().any(|value| value.is_name(name));
        self.only.as_ref().is_none_or(names) && !names(&self.except)
    }
}

impl BackValue {
    /// Returns whether this is a name, and which one.
    pub(crate) fn is_name(&self, name: &[u8]) -> bool {
        matches!(self, Self::Name(own) if own.as_bytes() == name)
    }
}

impl RouteBack {
    /// Returns what holds for a route: what it says itself, and beside that what `[map]` says.
    pub(super) fn over(self, inherited: &BackConfig) -> BackConfig {
        let mut back = inherited.clone();
        back.is_on = self.is_on.unwrap_or(back.is_on);
        back.values.only = self.only.or(back.values.only);
        back.values.except = self.except.unwrap_or(back.values.except);
        back
    }
}

/// Reads an entry of `back_only` or `back_except`: a name, or a JSON pointer.
pub(super) fn value(text: &str) -> Result<BackValue, String> {
    let is_plain = |byte: u8| byte != b'"' && byte != b'\\' && !byte.is_ascii_control();
    if !text.bytes().all(is_plain) || text.is_empty() {
        return Err(format!(
            "{text:?} is no name and no JSON pointer: it is as \"redirect_uri\" or \"/user/url\", \
             without quotes or escapes"
        ));
    }
    let value = match text.strip_prefix('/') {
        None => BackValue::Name(text.to_owned()),
        Some(parts) => BackValue::Pointer(parts.split('/').map(part).collect::<Result<_, _>>()?),
    };
    let is_short = match &value {
        BackValue::Name(name) => name.len() <= NAME,
        BackValue::Pointer(parts) => {
            parts.len() <= PARTS && parts.iter().all(|part| part.len() <= NAME)
        }
    };
    if is_short {
        Ok(value)
    } else {
        Err(format!(
            "{text:?} is too long: a name has at most {NAME} bytes, and a JSON pointer {PARTS} names"
        ))
    }
}

/// Reads a part of a JSON pointer (RFC 6901 §4).
fn part(text: &str) -> Result<String, String> {
    if text
        .split('~')
        .skip(1)
        .any(|rest| !rest.starts_with(['0', '1']))
    {
        return Err(format!(
            "{text:?} is no part of a JSON pointer: in it ~ is written as ~0, and / as ~1"
        ));
    }
    Ok(text.replace("~1", "/").replace("~0", "~"))
}
