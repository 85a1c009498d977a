//! HTML's syntax, read once for all who need it.
//!
//! This is the ground floor: nothing here imports anything else of the crate. `syntax` has the
//! classes of characters, `comment` and `tag` the states of comments and tags, `whole` reads whole
//! tags at once, and `reference` reads character references. `prologue` and `body_start` find the
//! places of a `<head>` and a `<body>` that are not written; `place` has what they share.
//!
//! Trees are left to lol_html and to those who use this.

mod body_start;
mod comment;
mod place;
mod prologue;
pub(crate) mod reference;
pub(crate) mod syntax;
pub(crate) mod tag;
pub(crate) mod whole;

pub(crate) use body_start::{BodyStart, head_end};
pub(crate) use comment::Comment;
pub(crate) use place::Step;
pub(crate) use prologue::Prologue;
