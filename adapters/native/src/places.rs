//! Places of which only so many are taken at a time: by connections, by requests to one origin.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// Places, counted over all threads. How many there are may change while some are taken.
#[derive(Debug, Default)]
pub(crate) struct Places(AtomicUsize);

/// A place, free again once it is dropped.
#[derive(Debug)]
pub(crate) struct Place(Arc<Places>);

impl Places {
    /// Takes one of `most` places, or of as many as are asked for. Returns `None` if all are taken.
    pub(crate) fn take(self: &Arc<Self>, most: Option<usize>) -> Option<Place> {
        let before = self.0.fetch_add(1, Ordering::Relaxed);
        let place = Place(Arc::clone(self)); // Gives it back where there is none.
        most.is_none_or(|most| before < most).then_some(place)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Places for each of many, such as the addresses of clients.
#[derive(Debug)]
pub(crate) struct PlacesOf<K>(Mutex<Known<K>>);

#[derive(Debug)]
struct Known<K> {
    places: HashMap<K, Weak<Places>>,
    /// How many entries there may be before those are removed whose places are all free.
    most: usize,
}

/// How many entries are kept without a look at which of them are in use.
const KEPT: usize = 1024;

impl<K> Default for PlacesOf<K> {
    fn default() -> Self {
        Self(Mutex::new(Known {
            places: HashMap::new(),
            most: KEPT,
        }))
    }
}

impl<K: Eq + Hash> PlacesOf<K> {
    /// Returns the places of one.
    pub(crate) fn of(&self, key: K) -> Arc<Places> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(places) = known.places.get(&key).and_then(Weak::upgrade) {
            return places;
        }
        if known.places.len() >= known.most {
            known.places.retain(|_, places| places.strong_count() > 0);
            known.most = KEPT.max(2 * known.places.len());
        }
        let places = Arc::<Places>::default();
        known.places.insert(key, Arc::downgrade(&places));
        places
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_free_again_once_it_is_dropped() {
        let places = Arc::<Places>::default();
        let first = places.take(Some(2)).expect("a place");
        let second = places.take(Some(2)).expect("a place");
        assert!(places.take(Some(2)).is_none());
        assert!(places.take(Some(3)).is_some());
        drop(first);
        assert!(places.take(Some(2)).is_some());
        drop(second);
        assert!(places.take(None).is_some());
        assert_eq!(places.0.load(Ordering::Relaxed), 0);
    }

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
        assert!(clients.0.lock().expect("a lock").places.len() <= KEPT + 1);
        drop(held);
        assert!(clients.of(0).take(Some(1)).is_some());
    }
}
