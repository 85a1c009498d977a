//! One table of scenarios, run against every runtime.
fn main() {}
