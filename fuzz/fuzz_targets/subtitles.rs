#![no_main]

#[path = "../checks/subtitles.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check::subtitles(data));
