//! The stage for scripts. It changes no hash, because it cannot know whose the hash is.

use std::sync::LazyLock;

use crate::map::Finder;
use crate::pipeline::{Transform, TransformError};

/// The algorithms of integrity metadata, and the number of characters that a hash of each has.
const HASHES: [(&[u8], usize); 3] = [(b"sha256", 44), (b"sha384", 64), (b"sha512", 88)];

static FINDER: LazyLock<Finder> = LazyLock::new(|| Finder::of(HASHES.map(|(name, _)| name)));

/// Maps the URLs of a script. If the script has integrity metadata in it, as the tables of bundlers
/// have, then the log says so: the metadata is wrong for files that the gate changes.
pub(crate) struct Script {
    mapper: Box<dyn Transform>,
    path: String,
    has_told: bool,
}

impl Script {
    /// Makes the stage for the response to a request for `path`.
    pub(crate) fn new(mapper: Box<dyn Transform>, path: &str) -> Self {
        Self {
            mapper,
            path: path.to_owned(),
            has_told: false,
        }
    }

    /// Looks for metadata in a piece. One that is cut is passed over: tables have many.
    fn look(&mut self, piece: &[u8]) {
        if !self.has_told && has_metadata(piece) {
            self.has_told = true;
            tracing::info!(
                path = self.path,
                "a script has hashes of files in it: browsers refuse those files that the gate changes"
            );
        }
    }
}

impl Transform for Script {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        let before = *input;
        self.mapper.push(input, out)?;
        let read = before.len() - input.len();
        self.look(before.get(..read).unwrap_or_default());
        Ok(())
    }

    fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.mapper.flush(out)
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.mapper.finish(out)
    }
}

/// Returns whether a text has integrity metadata in quotes.
fn has_metadata(text: &[u8]) -> bool {
    let mut search = FINDER.search(text);
    let mut from = 0;
    while let Some(hit) = search.next(from) {
        if is_metadata(text, hit.start) {
            return true;
        }
        from = hit.inside + 1;
    }
    false
}

fn is_metadata(text: &[u8], at: usize) -> bool {
    HASHES.iter().any(|&(name, length)| {
        let hash = text.get(at..).and_then(|rest| rest.strip_prefix(name));
        let hash = hash.and_then(|rest| rest.strip_prefix(b"-"));
        let split = hash.and_then(|rest| rest.split_at_checked(length));
        split.is_some_and(|(hash, rest)| {
            let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
            hash.iter().all(is_base64) && matches!(rest.first(), Some(b'"' | b'\'' | b'`' | b'\\'))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::has_metadata;

    #[test]
    fn metadata_is_a_hash_in_quotes() {
        let hash = |length: usize| "aB1+/".chars().cycle().take(length).collect::<String>();
        for (text, expected) in [
            (format!("{{1:\"sha384-{}\"}}", hash(64)), true),
            (format!("'sha256-{}='", hash(43)), true),
            (
                format!("{}\"sha512-{}\\\"", "x".repeat(500), hash(88)),
                true,
            ),
            (format!("\"sha384-{}\"", hash(63)), false),
            (format!("\"sha384-{}\"", hash(65)), false),
            (format!("\"sha384-{}", hash(64)), false),
            (format!("\"sha384_{}\"", hash(64)), false),
            ("\"sha384-\"+h, sha256, 'sha512'".to_owned(), false),
        ] {
            assert_eq!(has_metadata(text.as_bytes()), expected, "{text}");
        }
    }
}
