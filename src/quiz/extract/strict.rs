//! Reading JSON more strictly than serde_json does: no field twice, and not deep.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use serde_json::{Map, Number, Value};

use super::NoJson;

/// Levels of lists and objects; the replies asked for have five.
const DEEPEST: usize = 16;

/// The value that `text` begins with, whatever follows it; or why there is none, and how many bytes were read to find
/// out.
pub fn value(text: &str) -> Result<Value, (NoJson, usize)> {
    let broken = Cell::new(None);
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let node = Node { left: DEEPEST, broken: &broken };
    node.deserialize(&mut deserializer).map_err(|error| (why(&error, broken.get()), bytes_read(text, &error)))
}

fn why(error: &serde_json::Error, broken: Option<NoJson>) -> NoJson {
    match error.classify() {
        Category::Eof => NoJson::Truncated,
        _ => broken.unwrap_or(NoJson::Invalid),
    }
}

fn bytes_read(text: &str, error: &serde_json::Error) -> usize {
    let lines_before = error.line().saturating_sub(1);
    text.split_inclusive('\n').take(lines_before).map(str::len).sum::<usize>() + error.column()
}

#[derive(Clone, Copy)]
struct Node<'a> {
    /// Levels that may still follow.
    left: usize,
    /// The rule of ours that was broken: serde's errors carry nothing but text.
    broken: &'a Cell<Option<NoJson>>,
}

impl Node<'_> {
    fn deeper<E: Error>(self) -> Result<Self, E> {
        match self.left.checked_sub(1) {
            Some(left) => Ok(Self { left, ..self }),
            None => Err(self.fail(NoJson::TooDeep)),
        }
    }

    fn fail<E: Error>(self, why: NoJson) -> E {
        self.broken.set(Some(why));
        E::custom(why)
    }
}

impl<'de> DeserializeSeed<'de> for Node<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let node = self.deeper()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(node)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Value, A::Error> {
        let node = self.deeper()?;
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            let value = fields.next_value_seed(node)?;
            if object.insert(name, value).is_some() {
                return Err(self.fail(NoJson::Twice));
            }
        }
        Ok(Value::Object(object))
    }
}
