//! Heads: what of a message's fields goes on to the other side, and how it changes when the body does.

pub mod fields;
pub mod hop_by_hop;
pub mod request;
pub mod response;
pub mod validators;

use http::{HeaderMap, HeaderName};

/// Removes the fields that `unwanted` names, and leaves the others in their order, which [`HeaderMap::remove`] does not.
pub(crate) fn remove(head: &mut HeaderMap, unwanted: impl Fn(&HeaderName) -> bool) {
    if !head.keys().any(&unwanted) {
        return;
    }
    let mut kept = HeaderMap::with_capacity(head.len());
    for (name, value) in &*head {
        if !unwanted(name) {
            kept.append(name, value.clone());
        }
    }
    *head = kept;
}
