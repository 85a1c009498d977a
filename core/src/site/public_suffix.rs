//! Public suffixes, such as `co.uk` and `github.io`: domains below which anybody can have a host,
//! and for which no browser takes a cookie (RFC 6265 §5.3).
//!
//! The Public Suffix List is kept as a set of hashes, `public_suffixes.bin`, because its rules as
//! text, however packed, are several times as large. So a domain that is none, one in 128, may
//! count as a public suffix; one that the list knows never counts as none.
//!
//! The set has the rules of two labels or more, and what follows `*.` in them: it is their number, in four bytes of which the
//! lowest comes first, and their hashes in order, each as its distance from the one before. Of the
//! distance, what exceeds the lowest eight bits is written as so many ones and a zero, and these
//! bits follow (a Rice code). Zeros end the file. `cargo xtask public-suffixes` writes it.

use std::hash::Hasher;
use std::sync::OnceLock;

use fnv::FnvHasher;

const SET: &[u8] = include_bytes!("public_suffixes.bin");

/// Remembers of the first domain that is asked about whether it is a public suffix. A site mostly
/// asks about one.
#[derive(Debug, Clone, Default)]
pub(super) struct PublicSuffixes(OnceLock<(String, bool)>);

impl PublicSuffixes {
    /// Returns whether a domain, in lower case and in ASCII, is a public suffix. A top-level domain
    /// always is.
    pub(super) fn has(&self, domain: &str) -> bool {
        let (known, is_suffix) = self
            .0
            .get_or_init(|| (domain.to_owned(), is_public_suffix(domain)));
        if known == domain {
            *is_suffix
        } else {
            is_public_suffix(domain)
        }
    }
}

/// Returns whether anybody can have a host below a domain, in lower case and in ASCII, by the
/// [Public Suffix List](https://publicsuffix.org). A top-level domain always is such a suffix. Of
/// the domains that are none, one in 128 is taken for one.
///
/// ```
/// assert!(streamgate::is_public_suffix("co.uk"));
/// assert!(!streamgate::is_public_suffix("example.com"));
/// ```
#[must_use]
pub fn is_public_suffix(domain: &str) -> bool {
    let Some((_, parent)) = domain.split_once('.') else {
        return true;
    };
    // A rule with a wildcard may have exceptions, which count as suffixes here.
    let rules = [domain.to_owned(), format!("*.{parent}")];
    // A set that ends early says nothing about what is missing.
    has_one_of(SET, &rules).unwrap_or(true)
}

/// Returns whether one of these rules is in a set. Returns `None` if the set ends early.
fn has_one_of(set: &[u8], rules: &[String]) -> Option<bool> {
    let (number, coded) = set.split_first_chunk()?;
    let number = u32::from_le_bytes(*number);
    let wanted: Vec<u64> = rules.iter().map(|rule| hash(rule, number)).collect();
    let (mut last, mut bit) = (0, 0);
    for _ in 0..number {
        // The encoder refuses distances that do not fit into the 25 bits which are always there.
        let window = coded.get(bit / 8..)?.first_chunk()?;
        let window = u32::from_be_bytes(*window) << (bit % 8);
        let ones = window.leading_ones();
        let low = window.checked_shl(ones + 1)? >> 24;
        last += u64::from((ones << 8) | low);
        bit += usize::try_from(ones).ok()? + 9;
        if wanted.contains(&last) {
            return Some(true);
        }
    }
    Some(false)
}

/// Returns the hash of a rule in a set of so many: FNV-1a, mixed, as a part of 256 times their
/// number.
fn hash(rule: &str, number: u32) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(rule.as_bytes());
    let hash = hasher.finish();
    let mixed = (hash ^ (hash >> 32)).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let range = u128::from(number) << 8;
    u64::try_from((u128::from(mixed) * range) >> 64).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_tells_suffixes_from_the_domains_below_them() {
        for domain in [
            "com",
            "co.uk",
            "com.au",
            "github.io",
            "workers.dev",
            "pages.dev",
            "edgecompute.app",
            "vercel.app",
            "s3.amazonaws.com",
            "xn--55qx5d.cn",
            // By the rule `*.ck`.
            "co.ck",
            "city.kawasaki.jp",
            "kawasaki.jp",
        ] {
            assert!(is_public_suffix(domain), "{domain}");
        }
        for domain in [
            "example.com",
            "example.co.uk",
            "example.test",
            "internal.test",
            "name.github.io",
            "account.workers.dev",
            "a.b.example.com",
            "xn--bcher-kva.example",
        ] {
            assert!(!is_public_suffix(domain), "{domain}");
        }
    }

    #[test]
    fn few_domains_count_as_suffixes_by_accident() {
        let domains = (0..10_000).map(|number| format!("site-{number}.example"));
        let counted = domains.filter(|domain| is_public_suffix(domain)).count();
        // Two rules are looked for, each of which is there by accident once in 256 times.
        assert!((20..140).contains(&counted), "{counted}");
    }

    #[test]
    fn a_set_that_ends_early_has_every_domain() {
        let rules = ["nowhere.example".to_owned()];
        assert_eq!(has_one_of(SET, &rules), Some(false));
        for length in [0, 3, 4, 100, SET.len() / 2] {
            let cut = SET.get(..length).expect("a part");
            assert_eq!(has_one_of(cut, &rules), None, "{length}");
        }
    }

    #[test]
    fn what_is_remembered_is_that_of_its_domain() {
        let suffixes = PublicSuffixes::default();
        for _ in 0..2 {
            assert!(!suffixes.has("example.com"));
            assert!(suffixes.has("co.uk"));
        }
    }
}
