//! Values of the request in what rules insert: `{cookie.name|guest}`.
//!
//! A [`Template`] is made of a rule's text when the configuration is read. `parse` finds the values
//! in the text, `place` and `attribute` find out of which kind the place is that each of them
//! stands in, `script` and `url` look closer where that is a script or a URL, and `selected` says
//! which elements a rule can meet. A place that nothing makes safe is refused. [`Template::fill`]
//! puts in what a request says; `escape` writes it so that it cannot leave its place.

mod attribute;
mod escape;
mod name;
mod parse;
mod place;
mod script;
mod selected;
mod template;
#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests;
mod url;

pub(crate) use parse::written_value;
pub(crate) use selected::selected;
pub(crate) use template::{Filled, NonceAt, Template};
