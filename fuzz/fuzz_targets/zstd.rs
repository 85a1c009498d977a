#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| streamgate_fuzz::run("zstd", bytes));
