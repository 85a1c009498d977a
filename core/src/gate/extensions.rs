//! What code adds to a gate, and its part of the gate's fingerprint.

use std::hash::Hasher;
use std::sync::Arc;

use fnv::FnvHasher;
use http::HeaderMap;

use crate::document::DocumentPostProcessor;
use crate::html::StartTagHandler;
use crate::pipeline::Transform;

/// Makes a stage for a response, given the path of the client's request and the fields of the
/// origin's response as they came.
type MakeTransform = dyn Fn(&str, &HeaderMap) -> Option<Box<dyn Transform>> + Send + Sync;

/// What a gate does besides what its configuration says.
#[derive(Clone, Default)]
pub(super) struct Extensions {
    pub(super) start_tags: Vec<StartTagHandler>,
    pub(super) transforms: Vec<Arc<MakeTransform>>,
    pub(super) post_processors: Vec<Arc<dyn DocumentPostProcessor>>,
    /// What becomes part of the gate's fingerprint, in the order of the extensions.
    pub(super) marks: Vec<Vec<u8>>,
}

impl Extensions {
    /// Returns the fingerprint of a configuration and these extensions.
    pub(super) fn fingerprint(&self, config: u64) -> u64 {
        self.marks.iter().fold(config, |fingerprint, mark| {
            let mut hasher = FnvHasher::with_key(fingerprint);
            hasher.write(mark);
            hasher.finish()
        })
    }
}
