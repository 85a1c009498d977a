//! Processes whole documents after they have been rewritten, with built-in post-processors and
//! users' own.
//!
//! A post-processor makes the gate buffer HTML (truth table, row 11), so that the post-processor
//! can still change the head.

mod built_in;
mod post_processor;
mod preload_links;

use std::sync::Arc;

use bytes::Bytes;
use http::HeaderMap;

pub(crate) use built_in::{BUILT_IN, built_in};
pub use post_processor::{Document, DocumentPostProcessor, PostProcessError};

/// Passes a document to each post-processor in turn and returns its body. A post-processor that
/// fails leaves head and body unchanged, and the log says so.
pub(crate) fn post_process(
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
                let post_processor = post_processor.name();
                tracing::warn!(post_processor, path, %error, "document sent without it");
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
}
