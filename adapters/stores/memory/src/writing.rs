//! A body on its way into the memory.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::{Bytes, BytesMut};
use streamgate::{Insertion, Record};

use crate::memory::{Memory, Object, locked};

/// How much of a body is stored in one piece.
const BLOCK: usize = 64 * 1024;

/// A body that is being stored. It is copied: its chunks may be small parts of large buffers.
pub(crate) struct Writing {
    memory: Arc<Memory>,
    key: String,
    record: Option<Record>,
    blocks: Vec<Bytes>,
    open: BytesMut,
    length: usize,
    is_wanted: Arc<AtomicBool>,
    purges: u64,
}

impl Writing {
    /// Begins to store something.
    pub(crate) fn begin(memory: Arc<Memory>, key: &str, record: Record) -> Self {
        let is_wanted = Arc::new(AtomicBool::new(true));
        let mut insertions = locked(&memory.insertions);
        let under_key = insertions.entry(key.to_owned()).or_default();
        under_key.push(is_wanted.clone());
        drop(insertions);
        let purges = memory.purges.load(Ordering::SeqCst);
        Self {
            memory,
            key: key.to_owned(),
            record: Some(record),
            blocks: Vec::new(),
            open: BytesMut::new(),
            length: 0,
            is_wanted,
            purges,
        }
    }
}

impl Insertion for Writing {
    fn write(&mut self, chunk: &Bytes) -> bool {
        let before = self
            .memory
            .under_way
            .fetch_add(chunk.len(), Ordering::SeqCst);
        self.length += chunk.len();
        if before.saturating_add(chunk.len()) > self.memory.size {
            return false;
        }
        let mut rest = &chunk[..];
        while !rest.is_empty() {
            let (now, later) = rest.split_at(rest.len().min(BLOCK - self.open.len()));
            self.open.extend_from_slice(now);
            if self.open.len() == BLOCK {
                let block = std::mem::take(&mut self.open);
                self.blocks.push(block.freeze());
            }
            rest = later;
        }
        true
    }

    fn finish(mut self: Box<Self>) {
        if !self.open.is_empty() {
            // No larger than it must be.
            self.blocks.push(Bytes::copy_from_slice(&self.open));
        }
        let Some(record) = self.record.take() else {
            return;
        };
        let object = Object {
            record: Arc::new(record),
            body: std::mem::take(&mut self.blocks).into(),
            length: self.length as u64,
        };
        // Whoever forgets it does so under the same lock, before or after.
        let _insertions = locked(&self.memory.insertions);
        let is_purged = self.memory.purges.load(Ordering::SeqCst) != self.purges;
        if self.is_wanted.load(Ordering::SeqCst) && !is_purged {
            self.memory
                .objects
                .insert(self.key.clone(), Arc::new(object));
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        self.memory
            .under_way
            .fetch_sub(self.length, Ordering::SeqCst);
        let mut insertions = locked(&self.memory.insertions);
        if let Some(under_key) = insertions.get_mut(&self.key) {
            under_key.retain(|other| !Arc::ptr_eq(other, &self.is_wanted));
            if under_key.is_empty() {
                insertions.remove(&self.key);
            }
        }
    }
}
