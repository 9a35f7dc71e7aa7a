#![no_main]

#[path = "../checks/skip.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check::skip(data));
