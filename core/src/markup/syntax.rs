//! Classes of bytes.

/// UTF-8's byte order mark.
pub(super) const BYTE_ORDER_MARK: [u8; 3] = [0xEF, 0xBB, 0xBF];

/// Returns whether a byte is white space (HTML standard §13.1.2; Infra standard, "ASCII
/// whitespace").
pub(crate) const fn is_whitespace(byte: u8) -> bool {
    matches!(byte, b'\t' | b'\n' | b'\x0C' | b'\r' | b' ')
}

/// Returns whether a byte ends the name of a tag (HTML standard §13.2.5.8).
pub(crate) const fn ends_tag_name(byte: u8) -> bool {
    is_whitespace(byte) || matches!(byte, b'/' | b'>')
}
