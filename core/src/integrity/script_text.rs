//! The text of a script, read up to its end tag.

/// What ends the text. An import map is JSON, which has no `<` but in strings.
const END: &[u8] = b"</script";

/// The text of a script, however it is cut.
pub(super) struct ScriptText {
    /// The number of bytes that are held at most.
    limit: usize,
    text: Vec<u8>,
    /// The start of the end tag, as far as it came before the piece that the text ended in.
    end: Vec<u8>,
    is_over_limit: bool,
}

impl ScriptText {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            limit,
            text: Vec::new(),
            end: Vec::new(),
            is_over_limit: false,
        }
    }

    /// Reads a piece. Returns how much of it belongs to the text, and whether the text ends there.
    /// Appends what cannot be held.
    pub(super) fn read(&mut self, piece: &[u8], out: &mut Vec<u8>) -> (usize, bool) {
        let before = self.text.len();
        self.text.extend_from_slice(piece);
        let from = before.saturating_sub(END.len() - 1);
        let is_end = |end: &[u8]| end.eq_ignore_ascii_case(END);
        let unread = self.text.get(from..).unwrap_or_default();
        if let Some(end) = unread.windows(END.len()).position(is_end) {
            let end = from + end;
            let known = self.text.get(end..before).unwrap_or_default();
            self.end = known.to_vec();
            self.text.truncate(end);
            self.is_over_limit |= end > self.limit;
            return (end.saturating_sub(before), true);
        }
        if self.is_over_limit || self.text.len() >= self.limit + END.len() {
            self.is_over_limit = true;
            let known = self.text.len().saturating_sub(END.len() - 1);
            out.extend(self.text.drain(..known));
        }
        (piece.len(), false)
    }

    /// Returns the text, or the rest of it, with the start of the end tag. `edit` edits a text that
    /// is not over the limit.
    pub(super) fn finish(self, edit: impl Fn(&[u8]) -> Option<Vec<u8>>) -> (Vec<u8>, Vec<u8>) {
        let edited = match self.is_over_limit {
            false => edit(&self.text),
            true => {
                let limit = self.limit;
                tracing::warn!(
                    limit,
                    "an import map is over the limit: its integrity stays"
                );
                None
            }
        };
        (edited.unwrap_or(self.text), self.end)
    }

    /// Returns what is held of a text that has no end.
    pub(super) fn cut_off(self) -> Vec<u8> {
        self.text
    }
}
