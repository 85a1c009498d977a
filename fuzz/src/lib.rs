//! The fuzz targets, whose bodies are beside core's tests: those replay the seeds, too.

#[path = "../../core/tests/fuzz/targets/mod.rs"]
mod targets;

/// Runs the target of a name.
///
/// # Panics
/// Panics if there is no such target, or if a property does not hold.
pub fn run(name: &str, bytes: &[u8]) {
    let mut all = targets::TARGETS.iter();
    let (_, target) = all.find(|(known, _)| *known == name).expect("a target");
    target(bytes);
}
