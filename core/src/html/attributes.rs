//! The scope `attributes`: every value of every attribute goes through a map, whatever the attribute means.

use lol_html::HandlerResult;
use lol_html::send::Element;

/// Maps an attribute's value as it is written (character references and all). `None`: it stays as it is, and so do the
/// bytes of a tag in which every value stays.
pub type AttributeMap = Box<dyn Fn(&str) -> Option<String> + Send>;

/// Maps the values of one element.
pub(super) fn map(map: &AttributeMap, element: &mut Element<'_, '_>) -> HandlerResult {
    let mut changed: Vec<(String, String)> = Vec::new();
    for (index, attribute) in element.attributes().iter().enumerate() {
        let Some(value) = map(&attribute.value()) else {
            continue;
        };
        let name = attribute.name();
        // Of attributes with one name only the first counts (HTML standard §13.2.5.33), and lol_html finds only the first.
        // It finds no name that does not survive recoding, nor one that starts with "=".
        let earlier = element.attributes().iter().take(index);
        if name.is_ascii()
            && !name.contains('=')
            && earlier.into_iter().all(|other| other.name() != name)
        {
            changed.push((name, value));
        }
    }
    for (name, value) in changed {
        element.set_attribute(&name, &value)?;
    }
    Ok(())
}
