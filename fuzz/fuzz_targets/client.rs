#![no_main]

#[path = "../checks/client.rs"]
mod check;

libfuzzer_sys::fuzz_target!(|data: &[u8]| check::client(data));
