//! Processes whole documents after they have been rewritten, with built-in post-processors and
//! users' own.
//!
//! A post-processor makes the gate buffer HTML (truth table, row 11), so that the post-processor
//! can still change the head.

mod preload_links;

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;

pub use preload_links::PreloadLinks;

/// The names of the built-in post-processors.
pub const BUILT_IN: &[&str] = &[PreloadLinks::NAME];

/// Processes an HTML document in a way that requires the whole of it.
///
/// ```
/// use streamgate::document::{Document, DocumentPostProcessor, PostProcessError};
///
/// /// Announces how many words a page has.
/// struct WordCount;
///
/// impl DocumentPostProcessor for WordCount {
///     fn name(&self) -> &str {
///         "word-count"
///     }
///
///     fn fingerprint(&self) -> u64 {
///         1
///     }
///
///     fn process(&self, document: &mut Document<'_>) -> Result<(), PostProcessError> {
///         let text = std::str::from_utf8(&document.body).map_err(PostProcessError::new)?;
///         let words = text.split_whitespace().count();
///         document.head.insert("words", words.into());
///         Ok(())
///     }
/// }
///
/// let mut document = Document {
///     path: "/",
///     head: Default::default(),
///     body: b"<p>two words".to_vec(),
/// };
/// WordCount.process(&mut document)?;
/// assert_eq!(document.head["words"], "2");
/// # Ok::<(), PostProcessError>(())
/// ```
pub trait DocumentPostProcessor: Send + Sync {
    /// Returns the name of the post-processor, for log lines.
    fn name(&self) -> &str;

    /// Returns a number that changes whenever the result for the same document would change: a
    /// version, or a hash of the settings. The number is part of each document's `ETag`.
    fn fingerprint(&self) -> u64;

    /// Changes the document in place.
    ///
    /// # Errors
    /// Returns an error if the post-processor fails. The document is then sent as it was before,
    /// and the log says so.
    fn process(&self, document: &mut Document<'_>) -> Result<(), PostProcessError>;
}

/// A document as a post-processor receives it.
#[derive(Debug)]
pub struct Document<'request> {
    /// The path and query of the request.
    pub path: &'request str,
    /// The fields of the response. Those for the framing and coding of the body are set afterwards.
    pub head: HeaderMap,
    /// The body: decoded and rewritten, in the charset that the head declares.
    pub body: Vec<u8>,
}

/// Why a post-processor could not process a document.
#[derive(Debug)]
pub struct PostProcessError(Box<dyn Error + Send + Sync>);

impl PostProcessError {
    /// Makes an error from any error, or from a plain sentence.
    pub fn new(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(source.into())
    }
}

impl fmt::Display for PostProcessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for PostProcessError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}

/// A name that is not in [`BUILT_IN`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no post-processor")]
pub struct UnknownPostProcessor(String);

/// Returns the built-in post-processors with these names, in the given order.
///
/// # Errors
/// [`UnknownPostProcessor`] for the first name that is not in [`BUILT_IN`].
pub fn built_in(
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

/// Passes a document to each post-processor in turn and returns its body. A post-processor that
/// fails leaves head and body unchanged, and the log says so.
pub fn post_process(
    post_processors: &[Arc<dyn DocumentPostProcessor>],
    path: &str,
    head: &mut HeaderMap,
    mut body: Bytes,
) -> Bytes {
    for post_processor in post_processors {
        let mut document = Document {
            path,
            head: head.clone(),
            body: body.to_vec(),
        };
        match post_processor.process(&mut document) {
            Ok(()) => {
                *head = document.head;
                body = document.body.into();
            }
            Err(error) => {
                tracing::warn!(post_processor = post_processor.name(), path, %error, "document sent without it");
            }
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    /// Appends a letter to body and head, and then fails if the flag is set.
    struct Letter(char, bool);

    impl DocumentPostProcessor for Letter {
        fn name(&self) -> &'static str {
            "letter"
        }

        fn fingerprint(&self) -> u64 {
            0
        }

        fn process(&self, document: &mut Document<'_>) -> Result<(), PostProcessError> {
            document.body.extend(self.0.to_string().bytes());
            document
                .head
                .append("letter", HeaderValue::from(self.0 as u32));
            if self.1 {
                Err(PostProcessError::new("out of ink"))
            } else {
                Ok(())
            }
        }
    }

    #[test]
    fn a_post_processor_that_fails_leaves_no_trace_and_stops_no_other() {
        let letters: Vec<Arc<dyn DocumentPostProcessor>> = vec![
            Arc::new(Letter('a', false)),
            Arc::new(Letter('b', true)),
            Arc::new(Letter('c', false)),
        ];
        let mut head = HeaderMap::new();
        let body = post_process(&letters, "/", &mut head, Bytes::from_static(b"-"));
        assert_eq!(body, "-ac");
        let values: Vec<&HeaderValue> = head.get_all("letter").iter().collect();
        assert_eq!(values, ["97", "99"]);
    }

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
