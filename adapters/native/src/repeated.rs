//! Errors that come again and again, such as those of a system that has no descriptors left.

use std::time::Duration;

use tokio::time::Instant;

/// How often an error that repeats is logged.
const PAUSE: Duration = Duration::from_secs(5);

/// Bounds the rate at which an error is logged.
#[derive(Debug, Default)]
pub(crate) struct Repeated {
    logged: Option<Instant>,
    untold: u64,
}

impl Repeated {
    /// Counts an error. Returns how many there were since the last one that was to be logged, if
    /// this one is to be logged.
    pub(crate) fn count(&mut self) -> Option<u64> {
        self.untold += 1;
        let now = Instant::now();
        if self.logged.is_some_and(|logged| now < logged + PAUSE) {
            return None;
        }
        self.logged = Some(now);
        Some(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_error_is_logged_and_then_one_for_many() {
        let mut repeated = Repeated::default();
        assert_eq!(repeated.count(), Some(1));
        assert_eq!(repeated.count(), None);
        assert_eq!(repeated.count(), None);
        repeated.logged = Instant::now().checked_sub(PAUSE);
        assert_eq!(repeated.count(), Some(3));
        assert_eq!(repeated.count(), None);
    }
}
