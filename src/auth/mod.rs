//! Who is it? Signed tokens (JWT, HS256), the key they are signed with, and who was signed out before their tokens ran out.

mod hs256;
mod key;
mod signed_out;
mod tokens;

pub use key::KeyError;
pub use signed_out::SignedOut;
pub use tokens::{Access, BadToken, Teacher, Tokens};
