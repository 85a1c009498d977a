//! The scope `attributes`: every value of every attribute goes through a map, whatever the
//! attribute means.

use std::collections::HashSet;

use lol_html::HandlerResult;
use lol_html::send::Element;

use super::charset;

/// Maps an attribute's value as it is written (character references and all). `None`: it stays as
/// it is, and so do the bytes of a tag in which every value stays.
pub(crate) type AttributeMap = Box<dyn Fn(&[u8]) -> Option<Vec<u8>> + Send>;

/// Maps the values of one element.
pub(super) fn map(map: &AttributeMap, element: &mut Element<'_, '_>) -> HandlerResult {
    let mut changed: Vec<(String, String)> = Vec::new();
    let mut names = HashSet::new();
    for attribute in element.attributes() {
        let name = attribute.name();
        // Of attributes with one name only the first counts (HTML standard §13.2.5.33), and
        // lol_html finds only the first. It finds no name that starts with "=".
        if names.insert(name.clone())
            && !name.contains('=')
            && let Some(value) = map(&charset::bytes(&attribute.value()))
        {
            changed.push((name, charset::text(&value).into_owned()));
        }
    }
    for (name, value) in changed {
        element.set_attribute(&name, &value)?;
    }
    Ok(())
}
