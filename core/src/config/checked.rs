//! Values of the file that are checked while it is read, so that a fault has the place of its
//! value.

use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use http::Uri;
use serde::Deserialize;
use serde::de::{Deserializer, Error, Visitor};

use super::{BackValue, back, origin, pattern, units};

/// Makes a type of a text that a function checks, `fn(&str) -> Result<$value, String>`.
/// Behind the function there may be a keyword of JSON Schema, with what it says of the texts.
macro_rules! checked {
    ($name:ident($value:ty), $check:expr $(, $keyword:literal = $said:expr)?) => {
        #[derive(serde::Deserialize)]
        #[cfg_attr(
            feature = "schema",
            derive(schemars::JsonSchema),
            schemars(with = "String" $(, extend($keyword = $said))?)
        )]
        #[serde(try_from = "String")]
        pub(super) struct $name(pub(super) $value);

        impl TryFrom<String> for $name {
            type Error = String;

            fn try_from(text: String) -> Result<Self, String> {
                $check(&text).map(Self)
            }
        }
    };
}

pub(super) use checked;

checked!(
    Origin(Uri),
    origin::origin,
    "pattern" = "^[Hh][Tt][Tt][Pp][Ss]?://"
);
checked!(Host(String), origin::host);
checked!(TlsName(String), origin::tls_name);
checked!(Address((IpAddr, Option<u16>)), origin::address);
checked!(
    Time(Duration),
    units::duration,
    "pattern" = "^[0-9]+ *(ms|s|min)$"
);
checked!(Value(BackValue), back::value);
checked!(PathPattern(String), pattern::path, "pattern" = "^[/*]");

/// An item of an array. The TOML layer places a fault of an item at the array, unless the item is a
/// newtype.
#[derive(Deserialize)]
pub(super) struct Placed<T>(pub(super) T);

/// Returns the items of an array without their places.
pub(super) fn unplaced<T>(items: Vec<Placed<T>>) -> impl Iterator<Item = T> {
    items.into_iter().map(|Placed(item)| item)
}

/// Returns the values that a key of a body's values names.
pub(super) fn values(items: Vec<Placed<Value>>) -> Vec<BackValue> {
    unplaced(items).map(|value| value.0).collect()
}

/// A number of bytes, or text with a unit.
pub(super) struct Size(pub(super) usize);

impl<'de> Deserialize<'de> for Size {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct SizeVisitor;

        impl Visitor<'_> for SizeVisitor {
            type Value = Size;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a size as \"1 MiB\" or a number of bytes")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Size, E> {
                units::size(text).map(Size).map_err(E::custom)
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<Size, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<Size, E> {
                self.visit_str(&number.to_string())
            }
        }

        deserializer.deserialize_any(SizeVisitor)
    }
}
