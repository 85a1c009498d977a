//! Values that all threads share, one for each key, as long as somebody holds them.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// One value for each key.
#[derive(Debug)]
pub(crate) struct SharedBy<K, V>(Mutex<Known<K, V>>);

#[derive(Debug)]
struct Known<K, V> {
    values: HashMap<K, Weak<V>>,
    /// How many entries there may be before those are removed whose values nobody holds.
    most: usize,
}

/// How many entries are kept without a look at which of them are in use.
const KEPT: usize = 1024;

impl<K, V> Default for SharedBy<K, V> {
    fn default() -> Self {
        Self(Mutex::new(Known {
            values: HashMap::new(),
            most: KEPT,
        }))
    }
}

impl<K: Eq + Hash, V: Default> SharedBy<K, V> {
    /// Returns the value of a key, a default one if nobody holds it.
    pub(crate) fn of(&self, key: K) -> Arc<V> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known.values.get(&key).and_then(Weak::upgrade) {
            return value;
        }
        if known.values.len() >= known.most {
            known.values.retain(|_, value| value.strong_count() > 0);
            known.most = KEPT.max(2 * known.values.len());
        }
        let value = Arc::<V>::default();
        known.values.insert(key, Arc::downgrade(&value));
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::places::PlacesOf;

    #[test]
    fn each_has_places_of_its_own_and_nobody_is_remembered_for_good() {
        let clients = PlacesOf::default();
        let held = clients.of(0).take(Some(1)).expect("a place");
        assert!(clients.of(0).take(Some(1)).is_none());
        assert!(clients.of(1).take(Some(1)).is_some());
        for client in 0..10 * KEPT {
            let _ = clients.of(client);
        }
        assert!(clients.of(0).take(Some(1)).is_none());
        assert!(clients.0.lock().expect("a lock").values.len() <= KEPT + 1);
        drop(held);
        assert!(clients.of(0).take(Some(1)).is_some());
    }
}
