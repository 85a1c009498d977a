//! Bodies that are too big to write down: a start, a unit that repeats, and an end.

use crate::failure::{Verdict, ensure, same_bytes};

/// A body that consists of `before`, `count` times `unit`, and `after`.
#[derive(Clone)]
pub(crate) struct Blocks {
    /// The start of the body.
    pub(crate) before: Vec<u8>,
    /// The part that repeats.
    pub(crate) unit: Vec<u8>,
    /// How many times `unit` occurs.
    pub(crate) count: usize,
    /// The end of the body.
    pub(crate) after: Vec<u8>,
}

impl Blocks {
    /// Makes bytes that compress badly, `length` of them or a few more. They are made of units
    /// whose length is a prime, so that a lost or doubled buffer of any usual size is noticed.
    pub(crate) fn noise(length: usize) -> Self {
        const UNIT: usize = 65_521;
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let unit = (0..UNIT)
            .map(|_| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                (state >> 24) as u8
            })
            .collect();
        Self {
            before: Vec::new(),
            unit,
            count: length.div_ceil(UNIT),
            after: Vec::new(),
        }
    }

    /// Returns the length of the body in bytes.
    pub(crate) fn len(&self) -> usize {
        self.before.len() + self.unit.len() * self.count + self.after.len()
    }

    /// Returns the pieces of the body, in order.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = &[u8]> {
        let units = std::iter::repeat_n(self.unit.as_slice(), self.count);
        std::iter::once(self.before.as_slice())
            .chain(units)
            .chain(std::iter::once(self.after.as_slice()))
            .filter(|piece| !piece.is_empty())
    }

    /// Checks that `body` is this body.
    pub(crate) fn check(&self, body: &[u8]) -> Verdict {
        ensure!(
            self.len() == body.len(),
            "expected a body of {} bytes, got {}",
            self.len(),
            body.len()
        );
        let mut rest = body;
        for (number, piece) in self.pieces().enumerate() {
            let (here, after) = rest.split_at(piece.len());
            same_bytes(&format!("piece {number} of the body"), piece, here)?;
            rest = after;
        }
        Ok(())
    }
}
