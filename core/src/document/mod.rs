//! What is done to whole documents, after they were rewritten: post-processors, by their names.

/// The names of the built-in post-processors.
pub const BUILT_IN: &[&str] = &["preload-links"];
