//! Settings that are never shown.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Visitor};

/// A secret that is never shown.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// The secret itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_empty() { "\"\"" } else { "***" })
    }
}

/// Whatever kind of value it looks like: an error about its kind would show it.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Any;
        impl Visitor<'_> for Any {
            type Value = Secret;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a secret")
            }
            fn visit_str<E>(self, text: &str) -> Result<Secret, E> {
                Ok(Secret(text.to_owned()))
            }
            fn visit_bool<E>(self, value: bool) -> Result<Secret, E> {
                Ok(Secret(value.to_string()))
            }
            fn visit_u64<E>(self, value: u64) -> Result<Secret, E> {
                Ok(Secret(value.to_string()))
            }
            fn visit_u128<E>(self, value: u128) -> Result<Secret, E> {
                Ok(Secret(value.to_string()))
            }
            fn visit_i64<E>(self, value: i64) -> Result<Secret, E> {
                Ok(Secret(value.to_string()))
            }
            fn visit_f64<E>(self, value: f64) -> Result<Secret, E> {
                Ok(Secret(value.to_string()))
            }
        }
        deserializer.deserialize_any(Any)
    }
}
