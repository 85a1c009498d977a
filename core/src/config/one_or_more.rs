//! A text or a list of texts.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use super::checked::{Placed, unplaced};

/// A text or a list of texts, at least one.
pub(super) struct OneOrMore<T>(pub(super) Vec<T>);

impl<'de, T: Deserialize<'de> + TryFrom<String, Error = String>> Deserialize<'de> for OneOrMore<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMoreVisitor<T>(PhantomData<T>);

        impl<'de, T: Deserialize<'de> + TryFrom<String, Error = String>> Visitor<'de>
            for OneOrMoreVisitor<T>
        {
            type Value = OneOrMore<T>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<OneOrMore<T>, E> {
                let one = T::try_from(text.to_owned()).map_err(E::custom)?;
                Ok(OneOrMore(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMore<T>, A::Error> {
                let list = Vec::<Placed<T>>::deserialize(SeqAccessDeserializer::new(seq))?;
                if list.is_empty() {
                    return Err(A::Error::custom("the list is empty"));
                }
                Ok(OneOrMore(unplaced(list).collect()))
            }
        }

        deserializer.deserialize_any(OneOrMoreVisitor(PhantomData))
    }
}
