//! Standard output of the commands.

use std::fmt::Arguments;
use std::io::{ErrorKind, Write as _, stdout};
use std::process::exit;

/// As `println!`, but no panic when nobody takes the line.
#[macro_export]
macro_rules! outln {
    ($($words:tt)*) => { $crate::output::line(format_args!($($words)*)) };
}

/// Writes a line. A reader that has seen enough, as `head`, ends the program quietly; a disk that is full, with a sentence.
pub fn line(words: Arguments<'_>) {
    match writeln!(stdout(), "{words}") {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::BrokenPipe => exit(0),
        Err(error) => {
            eprintln!("loa: standard output cannot be written: {error}");
            exit(1)
        }
    }
}
