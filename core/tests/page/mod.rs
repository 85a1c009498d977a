//! Pages that are too long to be written down or held in memory.

use bytes::Bytes;

/// A sequence of texts, each with its number of repetitions.
///
/// In a text, `{o}` stands for an origin, and `{c}` for a character `c` that rules insert there.
#[derive(Clone, Default)]
pub(crate) struct Page(Vec<(String, usize)>);

impl Page {
    /// Makes a page of a text.
    pub(crate) fn of(text: &str) -> Self {
        Self::default().then(text)
    }

    /// Appends a text.
    pub(crate) fn then(self, text: &str) -> Self {
        self.times(text, 1)
    }

    /// Appends a text a number of times.
    pub(crate) fn times(mut self, text: &str, count: usize) -> Self {
        // Pieces of a size that is quick to copy and to compare.
        let at_once = (4096 / text.len().max(1)).clamp(1, count.max(1));
        self.0.push((text.repeat(at_once), count / at_once));
        self.0.push((text.repeat(count % at_once), 1));
        self
    }

    /// Appends a text repeatedly, up to a number of bytes or slightly more.
    pub(crate) fn bytes(self, text: &str, length: usize) -> Self {
        self.times(text, length.div_ceil(text.len()))
    }

    /// Returns the page for an origin, with those of the marked characters that are in `inserted`.
    pub(crate) fn fill(&self, origin: &str, inserted: &str) -> Self {
        let fill = |text: &String| {
            let text = text.replace("{o}", origin);
            ['+', '-', '!', '^'].iter().fold(text, |text, mark| {
                let mark = mark.to_string();
                let with = if inserted.contains(&mark) {
                    mark.as_str()
                } else {
                    ""
                };
                text.replace(&format!("{{{mark}}}"), with)
            })
        };
        let texts = self.0.iter().map(|(text, count)| (fill(text), *count));
        Self(texts.collect())
    }

    fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        self.0
            .iter()
            .flat_map(|(text, count)| std::iter::repeat_n(text.as_bytes(), *count))
            .filter(|piece| !piece.is_empty())
    }

    /// Returns the page in chunks of a given length, which are made one by one.
    pub(crate) fn chunks(&self, length: usize) -> impl Iterator<Item = Bytes> {
        let mut pieces = self.pieces();
        let mut rest: &[u8] = &[];
        std::iter::from_fn(move || {
            let mut chunk = Vec::with_capacity(length);
            while chunk.len() < length {
                if rest.is_empty() {
                    match pieces.next() {
                        Some(piece) => rest = piece,
                        None => break,
                    }
                }
                let (now, later) = rest.split_at(rest.len().min(length - chunk.len()));
                chunk.extend_from_slice(now);
                rest = later;
            }
            (!chunk.is_empty()).then(|| chunk.into())
        })
    }

    /// Returns a checker that compares a body with the page, piece by piece.
    pub(crate) fn expected(&self) -> Expected<'_> {
        Expected {
            pieces: Box::new(self.pieces()),
            rest: &[],
            at: 0,
        }
    }
}

/// The part of a page that is still to come.
pub(crate) struct Expected<'a> {
    pieces: Box<dyn Iterator<Item = &'a [u8]> + 'a>,
    rest: &'a [u8],
    at: usize,
}

impl Expected<'_> {
    /// Takes some bytes, which must be the next ones of the page.
    pub(crate) fn take(&mut self, mut bytes: &[u8], context: &str) {
        while !bytes.is_empty() {
            if self.rest.is_empty() {
                self.rest = self.pieces.next().unwrap_or_default();
            }
            let length = bytes.len().min(self.rest.len());
            assert!(length > 0, "{context}: {} bytes too much", bytes.len());
            let (now, later) = bytes.split_at(length);
            let (expected, rest) = self.rest.split_at(length);
            if now != expected {
                let show = |bytes| String::from_utf8_lossy(bytes).into_owned();
                let same = now.iter().zip(expected).take_while(|(a, b)| a == b).count();
                let near = same.saturating_sub(40)..(same + 80).min(length);
                panic!(
                    "{context}: differs at byte {}\n{}\n{}",
                    self.at + same,
                    show(&now[near.clone()]),
                    show(&expected[near])
                );
            }
            self.at += length;
            (bytes, self.rest) = (later, rest);
        }
    }

    /// Checks that the page is complete.
    pub(crate) fn end(self, context: &str) {
        let missing = self.rest.len() + self.pieces.map(<[u8]>::len).sum::<usize>();
        assert_eq!(
            missing, 0,
            "{context}: bytes are missing behind {}",
            self.at
        );
    }
}
