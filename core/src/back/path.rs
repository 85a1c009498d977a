//! Where in a JSON text a value is, as JSON pointers say it (RFC 6901).

use crate::config::{BackValue, BackValues};

/// The way from the root of a JSON text to a value.
pub(super) struct Path {
    /// How many keys the longest pointer has. Deeper levels are counted only.
    deepest: usize,
    depth: usize,
    /// The keys of the first levels.
    keys: Vec<Key>,
}

enum Key {
    /// The place of an array's element.
    Index(usize),
    /// The name of an object's member. `None` before it has one.
    Name(Option<Vec<u8>>),
}

impl Path {
    /// Makes the way to the root of a text.
    pub(super) fn new(values: &BackValues) -> Self {
        let lists = values.only.iter().flatten().chain(&values.except);
        let lengths = lists.map(|value| match value {
            BackValue::Name(_) => 0,
            BackValue::Pointer(keys) => keys.len(),
        });
        Self {
            deepest: lengths.max().unwrap_or(0),
            depth: 0,
            keys: Vec::new(),
        }
    }

    /// Returns how many arrays and objects the value is in.
    pub(super) fn depth(&self) -> usize {
        self.depth
    }

    /// Goes into an array or an object.
    pub(super) fn open(&mut self, is_array: bool) {
        if self.depth < self.deepest {
            self.keys.push(match is_array {
                true => Key::Index(0),
                false => Key::Name(None),
            });
        }
        self.depth = self.depth.saturating_add(1);
    }

    /// Goes out of an array or an object.
    pub(super) fn close(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        self.keys.truncate(self.depth);
    }

    /// Goes on to the next element, or to the next member, which has no name yet.
    pub(super) fn next(&mut self) {
        match self.key() {
            Some(Key::Index(index)) => *index = index.saturating_add(1),
            Some(Key::Name(name)) => *name = None,
            None => {}
        }
    }

    /// Takes the name of a member.
    pub(super) fn named(&mut self, name: &[u8]) {
        if let Some(Key::Name(known)) = self.key() {
            *known = Some(name.to_owned());
        }
    }

    /// Returns whether a pointer of a list leads to the value.
    pub(super) fn is_in(&self, list: &[BackValue]) -> bool {
        list.iter().any(|value| match value {
            BackValue::Name(_) => false,
            BackValue::Pointer(pointer) => {
                self.depth == pointer.len()
                    && self.keys.len() == pointer.len()
                    && self.keys.iter().zip(pointer).all(|(key, at)| key.is(at))
            }
        })
    }

    /// Returns the key of the value in what it is in, unless that is too deep.
    fn key(&mut self) -> Option<&mut Key> {
        self.keys.last_mut().filter(|_| self.depth <= self.deepest)
    }
}

impl Key {
    /// Returns whether a part of a pointer is this key. `*` is any.
    fn is(&self, at: &str) -> bool {
        match self {
            Self::Name(None) => false,
            Self::Name(Some(name)) => at == "*" || name == at.as_bytes(),
            // No number is written in two ways (RFC 6901 §4).
            Self::Index(_) if at != "0" && at.starts_with(['+', '0']) => false,
            Self::Index(index) => at == "*" || at.parse() == Ok(*index),
        }
    }
}
