//! Places of which only so many are taken at a time: by connections, by requests to one origin.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::shared_by::SharedBy;

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
pub(crate) type PlacesOf<K> = SharedBy<K, Places>;

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
}
