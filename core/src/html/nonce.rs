//! The nonces by which a page's Content Security Policy lets scripts and styles run (CSP3).

use http::header::CONTENT_SECURITY_POLICY;
use http::{HeaderMap, HeaderValue};

use crate::csp::{self, Purpose};
use crate::markup::reference;

/// The nonces of a page's policies.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Nonces {
    script: Option<String>,
    style: Option<String>,
}

impl Nonces {
    /// Reads the nonces of a response's head. If it has several policies, each must allow what
    /// runs: a nonce that all of them have is taken before one that only the first has.
    pub(super) fn of_head(head: &HeaderMap) -> Self {
        let policies: Vec<&str> = head
            .get_all(CONTENT_SECURITY_POLICY)
            .iter()
            .map(HeaderValue::as_bytes)
            .filter_map(|value| std::str::from_utf8(value).ok())
            .flat_map(|value| value.split(','))
            .collect();
        Self::of_policies(&policies)
    }

    /// Reads the nonces of one policy.
    pub(super) fn of_policy(policy: &str) -> Self {
        Self::of_policies(&[policy])
    }

    /// Reads the nonces of a policy in the `content` of a `meta` element, as the page writes it.
    pub(super) fn of_meta(content: &str) -> Self {
        Self::of_policy(&reference::decode(content))
    }

    fn of_policies(policies: &[&str]) -> Self {
        let choose = |purpose| {
            let lists: Vec<Vec<&str>> = policies
                .iter()
                .map(|policy| {
                    csp::sources(policy, purpose)
                        .filter_map(csp::nonce)
                        .collect()
                })
                .filter(|nonces: &Vec<_>| !nonces.is_empty())
                .collect();
            let first = lists.first()?;
            let common = first
                .iter()
                .find(|nonce| lists.iter().all(|list| list.contains(nonce)));
            common.or_else(|| first.first()).map(ToString::to_string)
        };
        Self {
            script: choose(Purpose::Script),
            style: choose(Purpose::Style),
        }
    }

    /// Adds those of a policy that came later, where there are none yet.
    pub(super) fn add(&mut self, other: Self) {
        self.script = self.script.take().or(other.script);
        self.style = self.style.take().or(other.style);
    }

    pub(super) fn are_complete(&self) -> bool {
        self.script.is_some() && self.style.is_some()
    }

    pub(super) fn of(&self, purpose: Purpose) -> Option<&str> {
        match purpose {
            Purpose::Script => self.script.as_deref(),
            Purpose::Style => self.style.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_head(policies: &[&str]) -> [Option<String>; 2] {
        let mut head = HeaderMap::new();
        for policy in policies {
            let value = HeaderValue::from_str(policy).expect("a field value");
            head.append(CONTENT_SECURITY_POLICY, value);
        }
        let nonces = Nonces::of_head(&head);
        [nonces.script, nonces.style]
    }

    #[test]
    fn the_directive_that_decides_has_the_nonce() {
        for (policies, script, style) in [
            (&[][..], None, None),
            (
                &["script-src 'self' 'nonce-a+/-_1=='"],
                Some("a+/-_1=="),
                None,
            ),
            (&["default-src 'nonce-a'"], Some("a"), Some("a")),
            (
                &["default-src 'nonce-a'; script-src 'nonce-b' 'nonce-c'"],
                Some("b"),
                Some("a"),
            ),
            (
                &["script-src-elem 'self'; script-src 'nonce-b'"],
                None,
                None,
            ),
            (
                &["style-src 'nonce-a'; STYLE-SRC-ELEM 'NONCE-b'"],
                None,
                Some("b"),
            ),
            (
                &["script-src 'nonce-a'; script-src 'nonce-b'"],
                Some("a"),
                None,
            ),
            (
                &["script-src 'nonce-a\"b' 'nonce-' 'nonce-a===' 'nonce-ok'"],
                Some("ok"),
                None,
            ),
            (&["script-src nonce-a 'nonce-b"], None, None),
            (
                &["script-src 'nonce-a' 'nonce-b'", "script-src 'nonce-b'"],
                Some("b"),
                None,
            ),
            (
                &["img-src *, script-src 'nonce-a', script-src 'nonce-b'"],
                Some("a"),
                None,
            ),
        ] {
            let expected = [script, style].map(|nonce| nonce.map(str::to_owned));
            assert_eq!(of_head(policies), expected, "{policies:?}");
        }
    }

    #[test]
    fn a_policy_in_a_page_is_read_as_an_attribute_is() {
        let nonces =
            Nonces::of_meta("script-src &#39;nonce-a&#x3D;&#x3d;&apos;; style-src 'nonce-b'");
        assert_eq!(nonces.of(Purpose::Script), Some("a=="));
        assert_eq!(nonces.of(Purpose::Style), Some("b"));
        let mut before = Nonces::of_policy("script-src 'nonce-c'");
        before.add(nonces);
        assert_eq!(before.of(Purpose::Script), Some("c"));
        assert!(before.are_complete());
    }
}
