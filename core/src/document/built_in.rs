//! The post-processors that the crate brings along, by their names.

use std::sync::Arc;

use super::post_processor::DocumentPostProcessor;
use super::preload_links::PreloadLinks;

/// The names of the built-in post-processors.
pub(crate) const BUILT_IN: &[&str] = &[PreloadLinks::NAME];

/// A name that is not in [`BUILT_IN`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no post-processor")]
pub(crate) struct UnknownPostProcessor(String);

/// Returns the built-in post-processors with these names, in the given order.
///
/// # Errors
/// [`UnknownPostProcessor`] for the first name that is not in [`BUILT_IN`].
pub(crate) fn built_in(
    names: &[String],
) -> Result<Vec<Arc<dyn DocumentPostProcessor>>, UnknownPostProcessor> {
    names
        .iter()
        .map(|name| match name.as_str() {
            PreloadLinks::NAME => Ok(Arc::new(PreloadLinks) as Arc<dyn DocumentPostProcessor>),
            _ => Err(UnknownPostProcessor(name.clone())),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_built_in_name_stands_for_the_post_processor_that_has_it() {
        let names: Vec<String> = BUILT_IN.iter().map(ToString::to_string).collect();
        let found = built_in(&names).expect("all are known");
        assert_eq!(
            found.iter().map(|found| found.name()).collect::<Vec<_>>(),
            BUILT_IN
        );
        let error = built_in(&["no".to_owned()])
            .map(|_| ())
            .expect_err("unknown");
        assert_eq!(error.to_string(), "\"no\" is no post-processor");
    }
}
