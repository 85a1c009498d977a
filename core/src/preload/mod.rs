//! Resources that a page needs early, and `Link: <…>; rel=preload` fields for them.
//!
//! `resource` is one of them, and `finder` finds those of a page. The post-processor
//! `preload-links` asks it about a whole document. With `gate.learn_preloads` a stage, `watch`,
//! asks it about a page that streams, [`Learned`] keeps what the last streams of a path have shown,
//! and a [`Visit`] announces that with the head of the next one.

mod finder;
mod learned;
mod resource;
mod visit;
mod watch;

#[cfg(test)]
pub(crate) use finder::MEMORY_LIMIT;
pub(crate) use finder::{Finder, Wanted};
pub(crate) use learned::Learned;
#[cfg(test)]
pub(crate) use resource::{MAX_LINKS, MAX_URL};
pub(crate) use visit::Visit;
