//! What a post-processor is, and what it is given.

use std::error::Error;
use std::fmt;

use http::HeaderMap;

/// Processes an HTML document in a way that requires the whole of it.
///
/// ```
/// use streamgate::{Document, DocumentPostProcessor, PostProcessError};
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
