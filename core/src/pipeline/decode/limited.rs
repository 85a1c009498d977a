//! Limits what a coded body may decode to: some bodies of a kilobyte decode to a terabyte.

use crate::pipeline::{BLOCK, Transform, TransformError};

/// A decoder whose whole output may not exceed a number of bytes.
pub(crate) struct Limited {
    decoder: Box<dyn Transform>,
    limit: usize,
    /// How many bytes are allowed yet.
    left: usize,
}

impl Limited {
    /// Limits a decoder. Without a limit, returns the decoder itself.
    pub(crate) fn to(limit: Option<usize>, decoder: Box<dyn Transform>) -> Box<dyn Transform> {
        match limit {
            Some(limit) => Box::new(Self {
                decoder,
                limit,
                left: limit,
            }),
            None => decoder,
        }
    }

    /// Counts what a step has put out behind the first `before` bytes, and takes back what exceeds
    /// the limit.
    fn count(&mut self, before: usize, out: &mut Vec<u8>) -> Result<(), TransformError> {
        let added = out.len().saturating_sub(before);
        match self.left.checked_sub(added) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                out.truncate(before + self.left);
                self.left = 0;
                Err(TransformError::TooLong { limit: self.limit })
            }
        }
    }
}

impl Transform for Limited {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        let before = out.len();
        let result = self.decoder.push(input, out);
        self.count(before, out)?;
        result
    }

    fn flush(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        let before = out.len();
        let result = self.decoder.flush(out);
        self.count(before, out)?;
        result
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        let before = out.len();
        let result = self.decoder.finish(out);
        self.count(before, out)?;
        result
    }
}

/// Stands for a decoder where the platform has decoded the body already.
pub(crate) struct Decoded;

impl Transform for Decoded {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        let room = BLOCK.saturating_sub(out.len());
        let (piece, rest) = input.split_at_checked(room).unwrap_or((input, &[]));
        out.extend_from_slice(piece);
        *input = rest;
        Ok(())
    }

    fn finish(&mut self, _: &mut Vec<u8>) -> Result<(), TransformError> {
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A panic is how a test fails.
mod tests {
    use super::*;
    use crate::pipeline::Pipeline;

    #[test]
    fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
        let body = vec![b'x'; 3 * BLOCK];
        for (limit, fits) in [
            (None, true),
            (Some(body.len()), true),
            (Some(body.len() - 1), false),
            (Some(0), false),
        ] {
            let stages = vec![Limited::to(limit, Box::new(Decoded))];
            let result = Pipeline::new(stages).run_to_vec(&body);
            assert_eq!(result.is_ok(), fits, "{limit:?}");
            if fits {
                assert_eq!(result.unwrap(), body);
            }
        }
    }
}
