//! Templates: texts with values in them.

use std::borrow::Cow;
use std::hash::{Hash, Hasher};

use super::escape::Escape;
use super::name::Value;
use super::parse::{Part, parts};
use super::place::{self, Markup, Place};
use super::url;
use crate::asked::{Asked, Depends, Needs};
use crate::csp::Purpose;

/// A text with values, each of which has a place that it cannot leave.
#[derive(Debug, Clone)]
pub(crate) struct Template {
    pieces: Vec<Piece>,
}

#[derive(Debug, Clone)]
enum Piece {
    Text(String),
    Value(Slot),
}

#[derive(Debug, Clone)]
struct Slot {
    value: Value,
    /// What stands there if the request says nothing.
    default: String,
    /// `None`: as it is. What takes the text escapes it.
    place: Option<Place>,
}

/// A template with what a request says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Filled {
    pub(crate) text: String,
    /// The places of nonces, which the page says, in their order.
    pub(crate) nonces: Vec<NonceAt>,
}

/// The place of a nonce in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NonceAt {
    pub(crate) at: usize,
    pub(crate) purpose: Purpose,
    /// What stands there if the page has no nonce.
    pub(crate) default: String,
}

impl Template {
    /// Reads markup.
    ///
    /// # Errors
    /// Returns what is wrong with a value, or where it stands that it must not stand in.
    pub(crate) fn of_markup(text: &str) -> Result<Self, String> {
        let parts = parts(text)?;
        let mut neutral = String::new();
        let mut values = Vec::new();
        for part in &parts {
            match part {
                Part::Text(text) => neutral.push_str(text),
                Part::Value { value, .. } => {
                    values.push((neutral.len(), value));
                    neutral.push('x');
                }
            }
        }
        let mut markup = Markup::new(&neutral);
        let mut places = Vec::new();
        let mut paths = Vec::new();
        for (at, value) in values {
            let place = markup.place(at, value, &paths);
            let place = place.map_err(|place| refused(value, &place))?;
            if place.escape == Escape::Path {
                paths.push(at);
            }
            places.push(place);
        }
        if !places.is_empty() {
            markup
                .finish()
                .map_err(|what| format!("values cannot stand in {what}"))?;
        }
        Self::new(parts, places.into_iter().map(Some))
    }

    /// Reads the content that elements of these names get. `None` stands for any name.
    ///
    /// # Errors
    /// As [`Template::of_markup`], and if the content of such an element is no markup.
    pub(crate) fn of_content(text: &str, elements: Option<&[String]>) -> Result<Self, String> {
        let template = Self::of_markup(text)?;
        let is_markup = |names: &[String]| names.iter().all(|name| place::takes_text(name));
        if template.has_values() && !elements.is_some_and(is_markup) {
            return Err(
                "values cannot stand in the content of elements which may be scripts or \
                        styles: select them by a name, as \"div.offer\""
                    .to_owned(),
            );
        }
        Ok(template)
    }

    /// Reads the value of an attribute that elements of these names get, in quotes. `None` stands
    /// for any name.
    ///
    /// # Errors
    /// As [`Template::of_markup`].
    pub(crate) fn of_attribute(
        text: &str,
        elements: Option<&[String]>,
        name: &str,
    ) -> Result<Self, String> {
        let parts = parts(text)?;
        let elements: Vec<Option<&str>> = match elements {
            Some(names) => names.iter().map(|name| Some(name.as_str())).collect(),
            None => vec![None],
        };
        let mut before = String::new();
        let mut places = Vec::new();
        for part in &parts {
            let value = match part {
                Part::Text(text) => {
                    before.push_str(text);
                    continue;
                }
                Part::Value { value, .. } => value,
            };
            let mut escape = Escape::Markup;
            for element in &elements {
                let found = place::of_attribute(*element, name, &before, value, std::iter::empty());
                escape = found.map_err(|place| refused(value, &place))?;
            }
            before.push_str(if escape == Escape::Path { "/x" } else { "x" });
            places.push(Some(Place {
                escape,
                purpose: Purpose::Script,
            }));
        }
        Self::new(parts, places.into_iter())
    }

    /// Reads the URL of what the gate itself fetches.
    ///
    /// # Errors
    /// As [`Template::of_markup`], and if the URL does not begin with what says where it leads.
    pub(crate) fn of_url(text: &str) -> Result<Self, String> {
        let parts = parts(text)?;
        let mut before = String::new();
        let mut places = Vec::new();
        for part in &parts {
            match part {
                Part::Text(text) => before.push_str(text),
                Part::Value { value, .. } => {
                    if *value == Value::Nonce {
                        return Err(refused(value, "a URL, which would tell the nonce"));
                    }
                    let escape = url::place(&before, value);
                    let escape = escape.map_err(|place| refused(value, &place))?;
                    before.push_str(if escape == Escape::Path { "/x" } else { "x" });
                    places.push(Some(Place {
                        escape,
                        purpose: Purpose::Script,
                    }));
                }
            }
        }
        Self::new(parts, places.into_iter())
    }

    /// Reads a text that is escaped where it is put.
    ///
    /// # Errors
    /// Returns what is wrong with a value.
    pub(crate) fn of_text(text: &str) -> Result<Self, String> {
        let parts = parts(text)?;
        let is_nonce = |part: &Part| {
            matches!(
                part,
                Part::Value {
                    value: Value::Nonce,
                    ..
                }
            )
        };
        if parts.iter().any(is_nonce) {
            return Err(refused(
                &Value::Nonce,
                "a text that takes the place of another one",
            ));
        }
        Self::new(parts, std::iter::repeat(None))
    }

    fn new(
        parts: Vec<Part>,
        mut places: impl Iterator<Item = Option<Place>>,
    ) -> Result<Self, String> {
        let mut pieces = Vec::new();
        for part in parts {
            pieces.push(match part {
                Part::Text(text) => Piece::Text(text),
                Part::Value { value, default } => {
                    let place = places.next().flatten();
                    let takes = place.is_none_or(|place| place.escape.takes(&default));
                    if !takes {
                        return Err(format!(
                            "{{{value}}} needs a default in the path of a URL, which an empty \
                             value would change: write {{{value}|none}}"
                        ));
                    }
                    Piece::Value(Slot {
                        value,
                        default,
                        place,
                    })
                }
            });
        }
        Ok(Self { pieces })
    }

    fn slots(&self) -> impl Iterator<Item = &Slot> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Value(slot) => Some(slot),
        })
    }

    /// Returns whether there is a value.
    pub(crate) fn has_values(&self) -> bool {
        self.slots().next().is_some()
    }

    /// Returns whether there is a nonce.
    pub(crate) fn has_nonces(&self) -> bool {
        self.slots().any(|slot| slot.value == Value::Nonce)
    }

    /// Returns the name of each value, and what a request says.
    pub(crate) fn said(
        &self,
        asked: Option<&Asked>,
    ) -> impl Iterator<Item = (String, Option<String>)> {
        self.slots().map(move |slot| {
            let value = asked.and_then(|asked| slot.value.of(asked, &mut Depends::default()));
            (slot.value.to_string(), value.map(Cow::into_owned))
        })
    }

    /// Returns what must be found out to fill it.
    pub(crate) fn needs(&self) -> Needs {
        let slots = self.slots().map(|slot| slot.value.needs());
        slots.fold(Needs::default(), Needs::or)
    }

    /// Puts in what a request says, and notes in `depends` what was looked at. Of no request, each
    /// value is unset.
    pub(crate) fn fill(&self, asked: Option<&Asked>, depends: &mut Depends) -> Filled {
        let mut filled = Filled::default();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.text.push_str(text),
                Piece::Value(slot) => slot.fill(asked, depends, &mut filled),
            }
        }
        filled
    }

    /// Adds to a fingerprint what a request says, but for what is another one in each request.
    pub(crate) fn fingerprint(&self, asked: &Asked, hasher: &mut impl Hasher) {
        for slot in self.slots().filter(|slot| slot.value != Value::Id) {
            slot.value.of(asked, &mut Depends::default()).hash(hasher);
        }
    }
}

impl Slot {
    fn fill(&self, asked: Option<&Asked>, depends: &mut Depends, filled: &mut Filled) {
        let mut default = String::new();
        let write = |value: &str, out: &mut String| match self.place {
            Some(place) => place.escape.write(value, out),
            None => out.push_str(value),
        };
        if self.value == Value::Nonce {
            write(&self.default, &mut default);
            filled.nonces.push(NonceAt {
                at: filled.text.len(),
                purpose: self.place.map_or(Purpose::Script, |place| place.purpose),
                default,
            });
            return;
        }
        let takes = |value: &str| self.place.is_none_or(|place| place.escape.takes(value));
        let value = asked.and_then(|asked| self.value.of(asked, depends));
        let value = value.filter(|value| takes(value));
        write(value.as_deref().unwrap_or(&self.default), &mut filled.text);
    }
}

/// Says of a value that it cannot stand in a place.
fn refused(value: &Value, place: &str) -> String {
    format!("{{{value}}} cannot stand in {place}")
}
