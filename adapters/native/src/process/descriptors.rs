//! How many descriptors the process may open, and so how many connections it can have.

/// How many descriptors are for something else than connections: files, the log, name servers.
const RESERVE: usize = 64;

/// Raises the soft limit of descriptors to the hard one, and returns how many clients there can be
/// at a time: each of them may need a connection to an origin, too. Returns `None` if the system
/// has no such limit.
pub(super) fn raise() -> Option<usize> {
    #[cfg(unix)]
    match rlimit::increase_nofile_limit(u64::MAX) {
        Ok(descriptors) => {
            let descriptors = usize::try_from(descriptors).ok()?;
            return Some((descriptors.saturating_sub(RESERVE) / 2).max(1));
        }
        Err(error) => tracing::warn!(%error, "limit of descriptors not raised"),
    }
    None
}
