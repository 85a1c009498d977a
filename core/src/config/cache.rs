//! `[cache]`: the cache of what the gate has made.

use std::time::Duration;

use serde::Deserialize;

use super::checked::{PathPattern, Placed, Size, Time, checked, unplaced};
use super::pattern;

/// `[cache]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CacheConfig {
    /// `size` in bytes: how much the native gate stores in all, default 256 MiB.
    pub size: usize,
    /// `object_size` in bytes: how long a body may be that is stored, default 4 MiB.
    pub object_size: usize,
    /// `stale_while_revalidate`, where the response does not say it. `None`: no time.
    pub(crate) stale_while_revalidate: Option<Duration>,
    /// `stale_if_error`, where the response does not say it. `None`: no time.
    pub(crate) stale_if_error: Option<Duration>,
    /// `collapse`: how long a request waits for another one that fetches the same, default 5 s.
    pub collapse: Duration,
    /// `heuristic`: whether the time for which a response is fresh may be guessed.
    pub(crate) heuristic: bool,
    /// `client_directives`: whether the `Cache-Control` of requests counts, default yes.
    pub(crate) client_directives: bool,
    /// `ignore_cookies`: patterns of the names of cookies that no response depends on.
    pub(crate) ignore_cookies: Vec<String>,
    /// `except`: patterns of the paths whose responses are not stored.
    pub(crate) except: Vec<String>,
}

impl Default for CacheConfig {
    fn default() -> Self {
        Self {
            size: 256 * 1024 * 1024,
            object_size: 4 * 1024 * 1024,
            stale_while_revalidate: None,
            stale_if_error: None,
            collapse: Duration::from_secs(5),
            heuristic: false,
            client_directives: true,
            ignore_cookies: Vec::new(),
            except: Vec::new(),
        }
    }
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawCache {
    /// Stores responses as the gate has made them, and answers from there as RFC 9111 says.
    /// Default: false.
    enabled: Option<bool>,
    /// Limits what the native gate stores in all. Default: 256 MiB.
    size: Option<Size>,
    /// Limits the length of a body that is stored. Default: 4 MiB.
    object_size: Option<Size>,
    /// Uses a response for this long after it has become stale, while the origin is asked in the
    /// background, where the response itself does not say how long. Default: not at all.
    stale_while_revalidate: Option<Time>,
    /// Uses a response for this long after it has become stale, if the origin fails, where the
    /// response itself does not say how long. Default: not at all.
    stale_if_error: Option<Time>,
    /// Limits how long a request waits for another one that fetches the same. Default: 5 s.
    collapse: Option<Time>,
    /// Guesses how long a response is fresh that does not say it: a tenth of the time since its
    /// `Last-Modified`, and no more than a day. Default: false.
    heuristic: Option<bool>,
    /// Says whether the `Cache-Control` of requests counts. Default: `respect`.
    client_directives: Option<RawClientDirectives>,
    /// Lists patterns of the names of cookies that no response depends on, as `_ga*`. Requests with
    /// other cookies go past the cache. Default: none.
    #[serde(default)]
    ignore_cookies: Vec<Placed<CookiePattern>>,
    /// Lists patterns of the paths whose responses are not stored, as `/account/*`. Default: none.
    #[serde(default)]
    except: Vec<Placed<PathPattern>>,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawClientDirectives {
    /// Asks the origin if the client wants that.
    Respect,
    /// Does not look at the field.
    Ignore,
}

checked!(CookiePattern(String), cookie);

fn cookie(text: &str) -> Result<String, String> {
    let is_token = |byte: u8| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte);
    match !text.is_empty() && text.bytes().all(is_token) {
        true => Ok(text.to_owned()),
        false => Err(format!(
            "{text:?} is no name of a cookie, in which * is any run of characters"
        )),
    }
}

impl RawCache {
    /// Returns the settings of the cache, if there is to be one.
    pub(super) fn check(self) -> Option<CacheConfig> {
        let default = CacheConfig::default();
        let config = CacheConfig {
            size: self.size.map_or(default.size, |size| size.0),
            object_size: self.object_size.map_or(default.object_size, |size| size.0),
            stale_while_revalidate: self.stale_while_revalidate.map(|time| time.0),
            stale_if_error: self.stale_if_error.map(|time| time.0),
            collapse: self.collapse.map_or(default.collapse, |time| time.0),
            heuristic: self.heuristic.unwrap_or(default.heuristic),
            client_directives: match self.client_directives {
                None => default.client_directives,
                Some(RawClientDirectives::Respect) => true,
                Some(RawClientDirectives::Ignore) => false,
            },
            ignore_cookies: unplaced(self.ignore_cookies).map(|name| name.0).collect(),
            except: unplaced(self.except).map(|path| path.0).collect(),
        };
        self.enabled.unwrap_or(false).then_some(config)
    }
}

impl CacheConfig {
    /// Returns whether the responses for a path are not stored.
    pub(crate) fn excepts(&self, path: &str) -> bool {
        self.except
            .iter()
            .any(|pattern| pattern::fits(pattern, path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn cache(text: &str) -> Result<Option<CacheConfig>, String> {
        let text = format!("origin.url = 'https://o.example'\n[cache]\n{text}");
        let config = Config::from_toml(&text, "f").map_err(|error| error.to_string())?;
        Ok(config.cache)
    }

    #[test]
    fn the_cache_is_there_once_it_is_enabled() {
        assert_eq!(cache(""), Ok(None));
        assert_eq!(cache("size = '1 MiB'"), Ok(None));
        assert_eq!(cache("enabled = true"), Ok(Some(CacheConfig::default())));
        let written = cache(
            "enabled = true\nsize = '1 MiB'\nobject_size = 9\nstale_if_error = '1 min'\n\
             client_directives = 'ignore'\nignore_cookies = ['_ga*']\nexcept = ['/a/*']",
        );
        let expected = CacheConfig {
            size: 1 << 20,
            object_size: 9,
            stale_if_error: Some(Duration::from_secs(60)),
            client_directives: false,
            ignore_cookies: vec!["_ga*".to_owned()],
            except: vec!["/a/*".to_owned()],
            ..CacheConfig::default()
        };
        assert_eq!(written, Ok(Some(expected)));
        for (text, fault) in [
            ("on = true", "cache.on: unknown key (known here: "),
            ("ignore_cookies = ['a=b']", "\"a=b\" is no name of a cookie"),
            ("except = ['a']", "\"a\" is no pattern for a path"),
        ] {
            let error = cache(text).expect_err(text);
            assert!(error.contains(fault), "{error}");
        }
    }
}
