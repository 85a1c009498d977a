//! The scope `attributes`: every value of every attribute goes through a map, whatever the attribute means.

use std::collections::HashSet;

use lol_html::HandlerResult;
use lol_html::send::Element;

/// Maps an attribute's value as it is written (character references and all). `None`: it stays as it is, and so do the
/// bytes of a tag in which every value stays.
pub type AttributeMap = Box<dyn Fn(&str) -> Option<String> + Send>;

/// Maps the values of one element.
pub(super) fn map(map: &AttributeMap, element: &mut Element<'_, '_>) -> HandlerResult {
    let mut changed: Vec<(String, String)> = Vec::new();
    let mut names = HashSet::new();
    for attribute in element.attributes() {
        let (name, value) = (attribute.name(), attribute.value());
        // Of attributes with one name only the first counts (HTML standard §13.2.5.33), and lol_html finds only the first.
        // It finds no name that does not survive recoding, nor one that starts with "=". Neither may a value be written
        // that did not survive it.
        if names.insert(name.clone())
            && name.is_ascii()
            && !name.contains('=')
            && !value.contains(char::REPLACEMENT_CHARACTER)
            && let Some(value) = map(&value)
        {
            changed.push((name, value));
        }
    }
    for (name, value) in changed {
        element.set_attribute(&name, &value)?;
    }
    Ok(())
}
