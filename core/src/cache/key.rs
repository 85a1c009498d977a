//! Under which keys responses are stored: by what is asked for, and by what of the request an
//! origin has chosen by (RFC 9111 §4.1).

use std::fmt::Write;

use http::{HeaderMap, HeaderName, Uri, header};

use crate::coding::AcceptEncoding;
use crate::map::BaseUrl;

/// The most fields that responses to one URL may vary by. Beyond that nothing is found again.
const MOST_FIELDS: usize = 16;

/// Returns the key of what a client asks for: the public host, the path and the query, for gates
/// whose configurations rewrite alike. It is the same for `GET` and `HEAD`.
pub(crate) fn primary(fingerprint: u64, requested: &BaseUrl, target: &Uri) -> String {
    let (scheme, authority) = (requested.scheme().as_str(), requested.authority());
    let path = target.path_and_query().map_or("/", |path| path.as_str());
    format!("{fingerprint:016x} {scheme}://{authority}{path}")
}

/// Returns whether a key of [`crate::Store`] is for a public URL: for any of its variants.
///
/// ```
/// let url = "https://www.example.com".parse()?;
/// let key = "0123456789abcdef https://www.example.com/a";
/// assert!(streamgate::is_key_of(key, &url, "/a"));
/// assert!(!streamgate::is_key_of(key, &url, "/"));
/// # Ok::<(), streamgate::MapError>(())
/// ```
#[must_use]
pub fn is_key_of(key: &str, base: &BaseUrl, path_and_query: &str) -> bool {
    let url = key.split_once(' ').map(|(_, url)| url);
    let url = url.and_then(|url| url.split([' ', '\n']).next());
    url.is_some_and(|url| {
        let path = url
            .strip_prefix(base.scheme().as_str())
            .and_then(|rest| rest.strip_prefix("://")?.strip_prefix(base.authority()));
        path == Some(path_and_query)
    })
}

/// What tells the responses to one URL apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Varies {
    /// Fields of requests.
    names: Vec<HeaderName>,
    /// Whether what the gate's own rules ask of a request does, too.
    by_rules: bool,
    /// Tells these variants from those that were there before the URL was invalidated.
    epoch: u64,
}

/// What a response is chosen by.
pub(crate) struct Selecting<'a> {
    /// The head of the request for the origin.
    pub(crate) outbound: &'a HeaderMap,
    /// The head of the client's request, by which the gate's own rules choose.
    pub(crate) client: &'a HeaderMap,
    pub(crate) accepted: &'a AcceptEncoding,
    /// The fingerprint of what the gate's own rules ask of the request, if they ask anything.
    pub(crate) by_rules: Option<u64>,
}

impl Varies {
    /// Returns the fields that a response varies by: those that its final head names, and
    /// `Accept-Encoding` if it has a coding, which not every client takes. `by_rules` says whether
    /// it depends on what the gate's own rules ask of a request. `None`: it varies by nothing.
    ///
    /// # Errors
    /// Returns the reason if it varies by more than fields tell (RFC 9111 §4.1), or by too many.
    pub(crate) fn of(
        head: &HeaderMap,
        by_rules: bool,
        epoch: u64,
    ) -> Result<Option<Self>, &'static str> {
        let mut names = Vec::new();
        for line in head.get_all(header::VARY) {
            let line = line.to_str().map_err(|_| "vary")?;
            for name in line
                .split(',')
                .map(str::trim)
                .filter(|name| !name.is_empty())
            {
                if name == "*" {
                    return Err("vary");
                }
                names.push(HeaderName::try_from(name).map_err(|_| "vary")?);
            }
        }
        if head.contains_key(header::CONTENT_ENCODING) {
            names.push(header::ACCEPT_ENCODING);
        }
        names.sort_by(|a, b| a.as_str().cmp(b.as_str()));
        names.dedup();
        match names.len() {
            0 if !by_rules => Ok(None),
            0..=MOST_FIELDS => Ok(Some(Self {
                names,
                by_rules,
                epoch,
            })),
            _ => Err("vary"),
        }
    }

    /// Returns the fields, whether it varies by rules, and the epoch.
    pub(super) fn parts(&self) -> (&[HeaderName], bool, u64) {
        (&self.names, self.by_rules, self.epoch)
    }

    /// Makes what has these [`Self::parts`].
    pub(super) fn from_parts(names: Vec<HeaderName>, by_rules: bool, epoch: u64) -> Self {
        Self {
            names,
            by_rules,
            epoch,
        }
    }

    /// Returns fields that tell apart what these and `older` ones do: those that were there, if
    /// they are enough, so that what is stored by them can be found yet.
    pub(crate) fn with(self, older: &Self) -> Self {
        let has_names = self.names.iter().all(|name| older.names.contains(name));
        match has_names && (older.by_rules || !self.by_rules) {
            true => older.clone(),
            false => self,
        }
    }

    /// Returns the key of the response that a request selects, beside the key of its URL.
    pub(crate) fn key(&self, primary: &str, selecting: &Selecting<'_>) -> String {
        let mut key = format!("{primary} {:016x}", self.epoch);
        for name in &self.names {
            // To write into memory never fails.
            let _ = write!(key, "\n{name}:");
            selecting.write(name, &mut key);
        }
        if let Some(by_rules) = selecting.by_rules.filter(|_| self.by_rules) {
            let _ = write!(key, "\n{by_rules:016x}");
        }
        key
    }
}

impl Selecting<'_> {
    /// Writes what the request says in a field, spelled in one way.
    fn write(&self, name: &HeaderName, key: &mut String) {
        if *name == header::ACCEPT_ENCODING {
            // What the gate makes of the field: clients word it in dozens of ways, and all that
            // matters is which codings they take.
            let cut = self.accepted.cut();
            let mut codings: Vec<_> = cut.to_str().unwrap_or_default().split(", ").collect();
            codings.sort_unstable();
            key.push_str(&codings.join(","));
            return;
        }
        let origins = normalized(self.outbound, name);
        let clients = normalized(self.client, name);
        key.push_str(&origins);
        if clients != origins {
            key.push('|');
            key.push_str(&clients);
        }
    }
}

/// Returns the lines of a field as one, with the same space around each comma. A field that is not
/// there differs from an empty one.
fn normalized(head: &HeaderMap, name: &HeaderName) -> String {
    let mut value = String::new();
    for line in head.get_all(name) {
        for element in line.as_bytes().split(|byte| *byte == b',') {
            value.push(',');
            value.extend(element.trim_ascii().escape_ascii().map(char::from));
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn head(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut head = HeaderMap::new();
        for (name, value) in fields {
            head.append(*name, HeaderValue::from_static(value));
        }
        head
    }

    fn varies(fields: &[(&'static str, &'static str)]) -> Result<Option<Varies>, &'static str> {
        Varies::of(&head(fields), false, 1)
    }

    #[test]
    fn a_key_has_the_host_the_path_and_the_query() {
        let key = |fingerprint, host: &str, target: &str| {
            primary(
                fingerprint,
                &host.parse().unwrap(),
                &target.parse().unwrap(),
            )
        };
        let keys = [
            key(1, "http://a.test", "/p"),
            key(1, "http://b.test", "/p"),
            key(1, "https://a.test", "/p"),
            key(1, "http://a.test:8080", "/p"),
            key(1, "http://a.test", "/p?"),
            key(1, "http://a.test", "/p?q=1"),
            key(1, "http://a.test", "/P"),
            key(2, "http://a.test", "/p"),
        ];
        for (place, one) in keys.iter().enumerate() {
            assert!(!keys[..place].contains(one), "{one}");
        }
        assert_eq!(keys[0], key(1, "http://A.test:80", "http://a.test/p"));
    }

    #[test]
    fn a_response_in_a_coding_varies_by_what_a_client_accepts() {
        assert_eq!(varies(&[]), Ok(None));
        assert_eq!(varies(&[("vary", "accept, *")]), Err("vary"));
        assert_eq!(varies(&[("vary", "a b")]), Err("vary"));
        let coded = varies(&[("content-encoding", "br")]).unwrap();
        let named = varies(&[("vary", "Accept-Encoding"), ("vary", "accept-encoding")]).unwrap();
        assert!(coded.is_some());
        assert_eq!(coded, named);
    }

    #[test]
    fn requests_that_say_the_same_select_the_same() {
        let varies = varies(&[("vary", "accept-encoding, accept-language, x-a")])
            .unwrap()
            .unwrap();
        let key = |fields| {
            let client = head(fields);
            let accepted = AcceptEncoding::from_headers(&client);
            let selecting = Selecting {
                outbound: &client,
                client: &client,
                accepted: &accepted,
                by_rules: None,
            };
            varies.key("p", &selecting)
        };
        let one = key(&[
            ("accept-encoding", "gzip, br"),
            ("accept-language", "en,  de"),
        ]);
        for same in [
            key(&[
                ("accept-encoding", "br,gzip,unheard-of"),
                ("accept-language", "en,de"),
            ]),
            key(&[
                ("accept-encoding", "br"),
                ("accept-encoding", "gzip"),
                ("accept-language", "en"),
                ("accept-language", "de"),
                ("user-agent", "any"),
            ]),
        ] {
            assert_eq!(one, same);
        }
        for other in [
            key(&[("accept-encoding", "gzip"), ("accept-language", "en, de")]),
            key(&[
                ("accept-encoding", "gzip, br"),
                ("accept-language", "de, en"),
            ]),
            key(&[
                ("accept-encoding", "gzip, br"),
                ("accept-language", "en, de"),
                ("x-a", ""),
            ]),
        ] {
            assert_ne!(one, other);
        }
    }

    #[test]
    fn what_rules_ask_of_a_request_selects_too() {
        let by_rules = Varies::of(&head(&[]), true, 1).unwrap().unwrap();
        let key = |varies: &Varies, by_rules| {
            let client = head(&[]);
            let selecting = Selecting {
                outbound: &client,
                client: &client,
                accepted: &AcceptEncoding::from_headers(&client),
                by_rules,
            };
            varies.key("p", &selecting)
        };
        assert_ne!(key(&by_rules, Some(1)), key(&by_rules, Some(2)));
        let others = varies(&[("vary", "a")]).unwrap().unwrap();
        assert_eq!(key(&others, Some(1)), key(&others, Some(2)));
        assert_eq!(by_rules.clone().with(&others), by_rules);
    }

    #[test]
    fn fields_that_tell_less_apart_leave_what_is_stored() {
        let both = varies(&[("vary", "a, b")]).unwrap().unwrap();
        let one = Varies::of(&head(&[("vary", "a")]), false, 2)
            .unwrap()
            .unwrap();
        assert_eq!(one.clone().with(&both), both);
        assert_eq!(both.clone().with(&one), both);
    }
}
