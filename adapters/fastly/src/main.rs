//! streamgate on Fastly Compute.
fn main() {}
