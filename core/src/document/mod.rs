//! What is done to whole documents, after they were rewritten: post-processors, by their names.

/// The names of the built-in post-processors.
pub const BUILT_IN: &[&str] = &["preload-links"];
pub trait DocumentPostProcessor: Send + Sync {
    fn name(&self) -> &str;
    fn fingerprint(&self) -> u64;
}
pub fn built_in(_n: &[String]) -> Result<Vec<std::sync::Arc<dyn DocumentPostProcessor>>, String> {
    Ok(vec![])
}
