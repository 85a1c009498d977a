//! The digits of an escape.

use super::unit::Miss;

/// Returns the value of exactly `digits` hexadecimal digits.
pub(super) fn hex(text: &[u8], at: usize, digits: usize) -> Result<u32, Miss> {
    let mut value = 0;
    for position in at..at + digits {
        let &byte = text.get(position).ok_or(Miss::Cut)?;
        value = value * 16 + char::from(byte).to_digit(16).ok_or(Miss::Not)?;
    }
    Ok(value)
}

/// Returns the value of one digit and all that follow, and where they end.
///
/// # Errors
/// [`Miss::Not`] if there is no digit or there are more than `most`, [`Miss::Cut`] if more may
/// follow the text.
pub(super) fn number(
    text: &[u8],
    start: usize,
    radix: u32,
    most: usize,
    last: bool,
) -> Result<(u32, usize), Miss> {
    let mut value = 0;
    let mut end = start;
    loop {
        match text.get(end) {
            None if !last => return Err(Miss::Cut),
            byte => match byte.and_then(|&byte| char::from(byte).to_digit(radix)) {
                Some(_) if end - start == most => return Err(Miss::Not),
                Some(digit) => (value, end) = (value * radix + digit, end + 1),
                None if end == start => return Err(Miss::Not),
                None => return Ok((value, end)),
            },
        }
    }
}
