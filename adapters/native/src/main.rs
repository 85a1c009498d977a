//! streamgate in one native process.
fn main() {}
