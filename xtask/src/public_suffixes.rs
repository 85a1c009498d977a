//! The set of public suffixes that core is built with.

use std::collections::BTreeSet;
use std::fs;
use std::hash::Hasher;
use std::path::Path;

use anyhow::{Context, Result, anyhow, ensure};
use fnv::FnvHasher;

use crate::paths;

/// The most ones of a distance's code: together with the bit that ends them, the eight bits behind
/// them, and up to seven before them, core reads them at once.
const ONES: u64 = 15;

/// Writes core's set anew, of the list in a file.
///
/// # Errors
/// Returns an error if the file is not the Public Suffix List, or the set cannot be written.
pub(crate) fn run(list: &Path) -> Result<()> {
    let text = fs::read_to_string(list).with_context(|| format!("reading {}", list.display()))?;
    ensure!(
        text.contains("===BEGIN ICANN DOMAINS==="),
        "{} is not the Public Suffix List",
        list.display()
    );
    let rules = rules(&text)?;
    let set = coded(&rules)?;
    let path = paths::root().join("core/src/site/public_suffixes.bin");
    fs::write(&path, &set).with_context(|| format!("writing {}", path.display()))?;
    println!("{} rules, {} bytes", rules.len(), set.len());
    Ok(())
}

/// Returns the rules of two labels or more, in ASCII and without the exceptions. Whether the domain
/// of a wildcard is itself a suffix, browsers do not agree about: it counts as one.
fn rules(list: &str) -> Result<BTreeSet<String>> {
    let lines = list
        .lines()
        .map(|line| line.split_whitespace().next().unwrap_or_default())
        .filter(|rule| rule.contains('.') && !rule.starts_with("//") && !rule.starts_with('!'));
    let mut rules = BTreeSet::new();
    for rule in lines {
        let domain = rule.strip_prefix("*.").unwrap_or(rule);
        let ascii = idna::domain_to_ascii(domain)
            .map_err(|error| anyhow!("{rule:?} is no rule: {error}"))?;
        if domain != rule {
            rules.insert(format!("*.{ascii}"));
        }
        if ascii.contains('.') {
            rules.insert(ascii);
        }
    }
    Ok(rules)
}

/// Returns the set in the form that core's `site/public_suffix.rs` describes and reads.
fn coded(rules: &BTreeSet<String>) -> Result<Vec<u8>> {
    let number = u32::try_from(rules.len())?;
    let hashes: BTreeSet<u64> = rules.iter().map(|rule| hash(rule, number)).collect();
    let mut bits = Vec::new();
    let mut last = 0;
    for hash in &hashes {
        let distance = hash - last;
        ensure!(distance >> 8 <= ONES, "two hashes are too far apart");
        bits.extend((0..distance >> 8).map(|_| true));
        bits.push(false);
        bits.extend((0..8).rev().map(|bit| (distance >> bit) & 1 == 1));
        last = *hash;
    }
    let bytes = bits.chunks(8).map(|bits| {
        let set = bits.iter().enumerate().filter(|(_, is_set)| **is_set);
        set.fold(0, |byte, (at, _)| byte | 0x80 >> at)
    });
    // Rules with the same hash leave zeros at the end, each as a distance of none.
    let missing = (rules.len() - hashes.len()) * 9 / 8 + 1;
    let mut set = number.to_le_bytes().to_vec();
    set.extend(bytes);
    set.extend(std::iter::repeat_n(0, missing + 4));
    Ok(set)
}

/// Returns the hash of a rule in a set of so many.
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
    fn the_rules_are_those_of_two_labels_or_more() {
        let list =
            "// ===BEGIN ICANN DOMAINS===\ncom\nco.uk\n*.ck\n!www.ck\n\n公司.cn\n*.x.jp\n// a.b\n";
        let rules = rules(list).expect("a list");
        let expected = ["*.ck", "*.x.jp", "co.uk", "x.jp", "xn--55qx5d.cn"].map(str::to_owned);
        assert_eq!(rules, BTreeSet::from(expected));
    }

    #[test]
    fn distances_are_written_as_ones_and_eight_bits() {
        let rules = BTreeSet::from(["co.uk".to_owned()]);
        let at = hash("co.uk", 1);
        assert!(at < 256);
        let set = coded(&rules).expect("a set");
        let byte = |byte: u64| u8::try_from(byte).expect("a byte");
        assert_eq!(set.first_chunk(), Some(&[1, 0, 0, 0]));
        assert_eq!(
            set.get(4..6),
            Some(&[byte(at >> 1), byte((at & 1) << 7)][..])
        );
        assert!(set.ends_with(&[0; 4]));
    }
}
