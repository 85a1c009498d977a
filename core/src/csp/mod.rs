//! Content Security Policies (CSP Level 3), as far as it matters to a page whose bytes change: what
//! they allow by a nonce, by a hash, and by a URL.
//!
//! The host sources in a field are mapped by `head::fields`. `source` says which URLs a source
//! stands for.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

mod source;
#[cfg(test)]
mod tests;

pub(crate) use source::SiteUrl;

use crate::map::BaseUrl;
use crate::markup::reference;

/// The kind of element that a policy must allow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    Script,
    Style,
}

impl Purpose {
    /// Returns the directives that can decide: the first that the policy has does (CSP3 §6.8.3).
    fn directives(self) -> [&'static str; 3] {
        match self {
            Self::Script => ["script-src-elem", "script-src", "default-src"],
            Self::Style => ["style-src-elem", "style-src", "default-src"],
        }
    }
}

/// Returns the purpose of a `link` element, by its `rel` and its `as` (HTML standard §4.6.7).
pub(crate) fn purpose_of_link(rel: &str, destination: &str) -> Purpose {
    let is = |wanted: &str| {
        rel.split_ascii_whitespace()
            .any(|token| token.eq_ignore_ascii_case(wanted))
    };
    let preloads_script = is("preload") && destination.eq_ignore_ascii_case("script");
    if is("modulepreload") || preloads_script {
        Purpose::Script
    } else {
        Purpose::Style
    }
}

/// Returns the source expressions of that directive of a policy which decides. Returns none if the
/// policy does not restrict such elements.
pub(crate) fn sources(policy: &str, purpose: Purpose) -> impl Iterator<Item = &str> {
    let directive = |wanted: &str| {
        // Of directives with one name the first counts (CSP3 §2.2.1).
        policy.split(';').find_map(|directive| {
            let mut tokens = directive.split_ascii_whitespace();
            let name = tokens.next()?;
            name.eq_ignore_ascii_case(wanted).then_some(tokens)
        })
    };
    let deciding = purpose.directives().into_iter().find_map(directive);
    deciding.into_iter().flatten()
}

/// Returns the value of a nonce source (CSP3 §2.3.1). Returns `None` if the source is another one.
pub(crate) fn nonce(source: &str) -> Option<&str> {
    let value = quoted(source, "nonce-")?;
    let digits = value
        .strip_suffix("==")
        .or_else(|| value.strip_suffix('='))
        .unwrap_or(value);
    let valid = !digits.is_empty()
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte));
    valid.then_some(value)
}

/// Returns what follows a keyword in a source between quotes.
fn quoted<'s>(source: &'s str, keyword: &str) -> Option<&'s str> {
    let source = source.strip_prefix('\'')?.strip_suffix('\'')?;
    let (start, value) = source.split_at_checked(keyword.len())?;
    start.eq_ignore_ascii_case(keyword).then_some(value)
}

/// Returns a hash of integrity metadata or of a hash source as all of them are compared: algorithm
/// and base64 (CSP3 §6.7.3.2). Returns `None` if it has no algorithm that browsers know.
fn hash(text: &str) -> Option<String> {
    let (algorithm, digest) = text.split_once('-')?;
    let algorithm = algorithm.to_ascii_lowercase();
    let known = matches!(algorithm.as_str(), "sha256" | "sha384" | "sha512");
    let digest = digest.replace('-', "+").replace('_', "/");
    known.then(|| format!("{algorithm}-{digest}"))
}

/// The policies that a page is under and that list hashes. No other policy matters here: without
/// hashes in it, nothing depends on the bytes of a script.
#[derive(Debug, Clone, Default)]
pub(crate) struct Policies(Vec<Policy>);

#[derive(Debug, Clone)]
struct Policy {
    script: Sources,
    style: Sources,
}

/// The sources in the deciding directive of a policy, sorted.
#[derive(Debug, Clone, Default)]
struct Sources {
    nonces: Vec<String>,
    hashes: Vec<String>,
    /// All others, among them those that stand for URLs.
    others: Vec<String>,
    strict_dynamic: bool,
}

impl Policies {
    /// Adds the policies in the value of a `Content-Security-Policy` field, which commas separate.
    pub(crate) fn add_field(&mut self, value: &str) {
        for policy in value.split(',') {
            self.add(policy);
        }
    }

    /// Adds the policy in the `content` of a `meta` element, as it is written.
    pub(crate) fn add_meta(&mut self, content: &str) {
        self.add(&reference::decode(content));
    }

    fn add(&mut self, policy: &str) {
        let policy = Policy {
            script: Sources::of(policy, Purpose::Script),
            style: Sources::of(policy, Purpose::Style),
        };
        if !policy.script.hashes.is_empty() || !policy.style.hashes.is_empty() {
            self.0.push(policy);
        }
    }

    /// Returns whether no policy lists a hash.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether the text of an element with this nonce is allowed, if at all, by its hash: a
    /// policy lists hashes, which makes `'unsafe-inline'` count for nothing (CSP3 §6.7.3.2), and
    /// not the nonce.
    pub(crate) fn ask_for_hash(&self, purpose: Purpose, nonce: Option<&str>) -> bool {
        let mut sources = self.sources(purpose);
        sources.any(|sources| !sources.hashes.is_empty() && !sources.has_nonce(nonce))
    }

    /// Returns whether a script may be fetched only because of its integrity metadata: a policy
    /// lists all hashes of these, and neither the nonce nor the URL (CSP3 §6.7.1.1). `page` is the
    /// page's own scheme and host.
    pub(crate) fn ask_for_integrity(
        &self,
        url: &SiteUrl,
        page: &BaseUrl,
        nonce: Option<&str>,
        metadata: &str,
    ) -> bool {
        let expected: Vec<String> = metadata
            .split_ascii_whitespace()
            .filter_map(|hash_and_options| hash(hash_and_options.split('?').next()?))
            .collect();
        let is_listed = |sources: &Sources| expected.iter().all(|it| sources.hashes.contains(it));
        !expected.is_empty()
            && self.sources(Purpose::Script).any(|sources| {
                is_listed(sources) && !sources.has_nonce(nonce) && !sources.has_url(url, page)
            })
    }

    fn sources(&self, purpose: Purpose) -> impl Iterator<Item = &Sources> {
        self.0.iter().map(move |policy| match purpose {
            Purpose::Script => &policy.script,
            Purpose::Style => &policy.style,
        })
    }
}

impl Sources {
    fn of(policy: &str, purpose: Purpose) -> Self {
        let mut sorted = Self::default();
        for source in sources(policy, purpose) {
            let inner = quoted(source, "");
            if let Some(nonce) = nonce(source) {
                sorted.nonces.push(nonce.to_owned());
            } else if let Some(hash) = inner.and_then(hash) {
                sorted.hashes.push(hash);
            } else if inner.is_some_and(|it| it.eq_ignore_ascii_case("strict-dynamic")) {
                sorted.strict_dynamic = true;
            } else {
                sorted.others.push(source.to_owned());
            }
        }
        sorted
    }

    fn has_nonce(&self, nonce: Option<&str>) -> bool {
        nonce.is_some_and(|nonce| self.nonces.iter().any(|one| one == nonce))
    }

    /// Returns whether a source stands for a URL. With `'strict-dynamic'` none counts that does
    /// (CSP3 §6.7.1.1).
    fn has_url(&self, url: &SiteUrl, page: &BaseUrl) -> bool {
        let mut others = self.others.iter();
        !self.strict_dynamic && others.any(|source| source::matches(source, url, page))
    }
}
