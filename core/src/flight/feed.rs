//! Hands pieces of a body to the mapper.

use crate::map::UrlMapper;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// Maps all of a piece, however much `out` holds. The piece is bounded, and so is what it becomes.
pub(crate) fn feed(
    mapper: &mut UrlMapper,
    mut piece: &[u8],
    out: &mut Vec<u8>,
) -> Result<(), TransformError> {
    if out.len() < BLOCK {
        mapper.push(&mut piece, out)?;
    }
    while !piece.is_empty() {
        let mut more = Vec::new();
        mapper.push(&mut piece, &mut more)?;
        out.append(&mut more);
    }
    Ok(())
}
