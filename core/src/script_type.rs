//! What browsers take the text of a script element for.

use crate::media_type::JAVASCRIPT;

/// The type of a script element (HTML standard §4.12.1.1, "prepare the script element").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ScriptType {
    /// A classic script or a module.
    JavaScript,
    ImportMap,
    /// Anything else, which does not run.
    Data,
}

impl ScriptType {
    /// Returns the type that the attributes `type` and `language` say.
    pub(crate) fn of(type_attribute: Option<&[u8]>, language: Option<&[u8]>) -> Self {
        let text_of_language;
        let essence = match (type_attribute, language) {
            (Some(b""), _) | (None, None | Some(b"")) => return Self::JavaScript,
            (Some(essence), _) => essence.trim_ascii(),
            (None, Some(language)) => {
                text_of_language = [b"text/", language].concat();
                &text_of_language
            }
        };
        let is = |one: &str| essence.eq_ignore_ascii_case(one.as_bytes());
        if is("module") || JAVASCRIPT.iter().copied().any(is) {
            Self::JavaScript
        } else if is("importmap") {
            Self::ImportMap
        } else {
            Self::Data
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ScriptType;

    #[test]
    fn type_counts_before_language() {
        use ScriptType::{Data, ImportMap, JavaScript};
        for (type_attribute, language, expected) in [
            (None, None, JavaScript),
            (Some(""), Some("vbscript"), JavaScript),
            (Some(" Text/JavaScript\n"), None, JavaScript),
            (Some("module"), None, JavaScript),
            (Some("importMap"), None, ImportMap),
            (Some("text/javascript; charset=utf-8"), None, Data),
            (Some("application/ld+json"), None, Data),
            (Some(" "), None, Data),
            (None, Some(""), JavaScript),
            (None, Some("JavaScript1.5"), JavaScript),
            (None, Some("vbscript"), Data),
        ] {
            let found = ScriptType::of(
                type_attribute.map(str::as_bytes),
                language.map(str::as_bytes),
            );
            assert_eq!(found, expected, "{type_attribute:?} {language:?}");
        }
    }
}
