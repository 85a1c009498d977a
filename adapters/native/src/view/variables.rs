//! The variables of the environment that a text from the view may stand values for.

use std::cell::RefCell;
use std::collections::BTreeSet;

use streamgate::Config;

/// The variables that a configuration names. A text from the view gets the values of no others:
/// else whoever reaches the view could read the whole environment of the process.
pub(crate) struct Named(BTreeSet<String>);

impl Named {
    /// Finds the variables in the values of a text.
    pub(crate) fn in_text(text: &str) -> Self {
        let names = RefCell::new(BTreeSet::new());
        // What else may be wrong with the text is no matter here.
        let _ = Config::from_toml_with(text, "", |name| {
            names.borrow_mut().insert(name.to_owned());
            Some(String::new())
        });
        Self(names.into_inner())
    }

    /// Returns what the environment holds under a name, if it is one of these.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        let is_named = self.0.contains(name);
        is_named.then(|| std::env::var(name).ok()).flatten()
    }

    /// Returns the variables that are in a text but not among these.
    pub(super) fn missing(&self, text: &str) -> Vec<String> {
        Self::in_text(text).0.difference(&self.0).cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_the_text_names_has_a_value() {
        let named = Named::in_text(
            "[origin]\nurl = 'http://${PATH}${NONE_OF_THESE:-a}'\nhost = '$${HOME}' # ${USER}\n",
        );
        assert_eq!(named.value("PATH"), std::env::var("PATH").ok());
        for name in ["HOME", "USER", "NONE_OF_THESE", ""] {
            assert_eq!(named.value(name), None, "{name}");
        }
        let missing = named.missing("a = ['${PATH}', '${B:-x}', '${A}${C}']\nwrong =");
        assert_eq!(missing, ["A", "B", "C"]);
    }
}
