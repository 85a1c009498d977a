//! HTML's syntax, read once for all who need it.
//!
//! This is the ground floor: nothing here imports anything else of the crate. `tokens` is the state
//! machine of the tokenizer; `comment`, `tag` and `text` are its parts, `whole` reads whole tags at
//! once for it, and `skim` passes over those that mean nothing. `tags` reads those tags that
//! somebody wants, and `selector` says which tags somebody means. `syntax` has the classes of
//! characters, `name` the type of a tag's name, `initials` the letters that names begin with,
//! `elements` the names that matter, and `reference` reads character references. `prologue` and
//! `body_start` find the places of a `<head>` and a `<body>` that are not written; `search` has what
//! they share.
//!
//! Trees are left to lol_html and to those who use this.

mod body_start;
mod comment;
mod elements;
mod initials;
mod name;
mod prologue;
pub(crate) mod reference;
mod search;
mod selector;
mod skim;
pub(crate) mod syntax;
pub(crate) mod tag;
mod tags;
#[cfg(test)]
mod tests;
pub(crate) mod text;
mod tokens;
mod whole;

pub(crate) use body_start::{BodyStart, head_end};
pub(crate) use elements::Content;
pub(crate) use initials::Initials;
pub(crate) use prologue::Prologue;
pub(crate) use search::{Search, Step};
pub(crate) use selector::Selector;
pub(crate) use tags::Tags;
pub(crate) use tokens::{State, Tokens};
pub(crate) use whole::whole as whole_tag;
