//! What a page expects of the bytes of others, and of its own: `integrity` attributes, import maps
//! and `Link` fields with hashes, `Integrity-Policy`, and the hashes in a Content Security Policy.
//!
//! The gate changes bytes and the browser compares hashes, so for each of these it is decided here
//! what gives way (`docs/integrity.md`). `resources` knows which resources the gate may change, and
//! so which metadata goes; `remover` takes it out of tags, and with `import_map` and `script_text`
//! out of import maps; `head` takes it out of fields. `page` is the stage around that, which leaves
//! texts as they are that a policy allows by their hash, and `script` says in the log where hashes
//! are that nothing can be done about.

mod head;
mod import_map;
mod link_field;
mod page;
mod remover;
mod resources;
mod script;
mod script_text;
#[cfg(test)]
mod tests;

pub(crate) use head::{edit as edit_head, is_in as is_in_head};
pub(crate) use page::Page;
pub(crate) use resources::Resources;
pub(crate) use script::Script;
