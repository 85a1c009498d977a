//! streamgate on any WASI HTTP host.
