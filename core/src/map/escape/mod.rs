//! Reads and writes single characters in the escapings that pages contain.
//!
//! A *unit* is one character, however it is written: plain, behind backslashes (`backslash`),
//! percent-encoded (RFC 3986 §2.1, also several times over), or as a character reference
//! (`reference`). If a character above ASCII is plain or percent-encoded, each of its bytes is a
//! unit. If the character is itself the beginning of an escape, the unit goes on with that escape
//! (`nested`).

mod backslash;
mod digits;
mod nested;
mod previous;
mod reference;
mod simple;
mod spelling;
mod unit;
mod writer;

pub(super) use backslash::is_ended;
pub(super) use nested::read;
pub(super) use previous::{BEHIND, MARK, Previous, ending};
pub(super) use spelling::Spelling;
pub(super) use unit::{Cut, OTHER, UNIT, Unit, starts_escape};
pub(super) use writer::Writer;
