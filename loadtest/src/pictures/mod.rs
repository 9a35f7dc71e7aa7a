//! What the learners' cameras see.

mod album;
mod camera;
mod folder;

pub use album::{Album, Stream};
pub use camera::{HEIGHT, QUALITY, Still, View, WIDTH, encode, render};
pub use folder::{Folders, jpegs};
