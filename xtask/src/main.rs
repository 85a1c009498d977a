//! The project's own commands: set up, build, test, package.
fn main() {}
