//! The cache's memory, which outlives the configurations that are loaded.

use std::sync::{Arc, Mutex, PoisonError};

use streamgate::CacheConfig;
use streamgate_store_memory::Memory;

/// The memory for the newest configuration that has a cache.
#[derive(Default)]
pub(crate) struct Newest(Mutex<Option<Arc<Memory>>>);

impl Newest {
    /// Returns the memory for a configuration: the one that there is, if it is as large.
    pub(crate) fn of(&self, config: &CacheConfig) -> Arc<Memory> {
        let mut newest = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let memory = newest.take().filter(|memory| memory.is_as(config));
        let memory = memory.unwrap_or_else(|| Arc::new(Memory::new(config)));
        newest.insert(memory).clone()
    }

    /// Returns the memory, if there is one.
    pub(crate) fn present(&self) -> Option<Arc<Memory>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}
