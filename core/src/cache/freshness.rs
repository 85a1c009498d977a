//! How old a response is, and for how long it is fresh (RFC 9111 §4.2).

use std::time::{Duration, SystemTime};

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};

use super::directives::{self, Directives};

/// The longest time for which a response is fresh by a guess: a day (RFC 9111 §4.2.2 leaves it to
/// the cache).
const LONGEST_GUESS: Duration = Duration::from_secs(24 * 60 * 60);

/// A response's age when it was received if its `Age` cannot be read. RFC 9111 §5.1 would have the
/// field ignored; but it says that another cache had the response, and taking it for stale is
/// safe.
const UNREADABLE_AGE: Duration = Duration::from_secs(1 << 31);

/// The times of a response that are counted from when it was received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Freshness {
    /// How long the response is fresh, counted from its generation.
    pub(super) lifetime: Duration,
    /// How old the response was when it was received: `corrected_initial_age`.
    pub(super) initial_age: Duration,
    /// Whether the response itself says how long it is fresh.
    pub(super) is_explicit: bool,
}

impl Freshness {
    /// Returns the freshness of a response that the gate asked for at `asked` and has received at
    /// `received`, both since the Unix epoch. `guesses` says whether the lifetime may be guessed
    /// by `Last-Modified`.
    pub(super) fn of(
        status: StatusCode,
        head: &HeaderMap,
        directives: &Directives,
        (asked, received): (Duration, Duration),
        guesses: bool,
    ) -> Self {
        let date = date(head, &header::DATE).unwrap_or(received);
        let explicit = explicit(head, directives, date);
        let guess = || {
            let is_cacheable = directives.has("public") || is_heuristically_cacheable(status);
            let may = guesses && is_cacheable;
            let modified = self::date(head, &header::LAST_MODIFIED).filter(|_| may)?;
            let tenth = date.saturating_sub(modified).checked_div(10)?;
            Some(tenth.min(LONGEST_GUESS))
        };
        // RFC 9111 §4.2.3, in its words.
        let apparent_age = received.saturating_sub(date);
        let response_delay = received.saturating_sub(asked);
        let corrected_age_value = age(head).saturating_add(response_delay);
        Self {
            lifetime: explicit.or_else(guess).unwrap_or_default(),
            initial_age: apparent_age.max(corrected_age_value),
            is_explicit: explicit.is_some(),
        }
    }
}

/// Returns how long a response says that it is fresh.
fn explicit(head: &HeaderMap, directives: &Directives, date: Duration) -> Option<Duration> {
    for name in ["s-maxage", "max-age"] {
        match directives.seconds(name) {
            Ok(None) => {}
            Ok(Some(lifetime)) => return Some(lifetime),
            // It means to say something about it, so that nothing is guessed.
            Err(directives::Malformed) => return Some(Duration::ZERO),
        }
    }
    if directives.is_targeted() || !head.contains_key(header::EXPIRES) {
        return None;
    }
    // An invalid date, and `0` above all, is in the past (RFC 9111 §5.3).
    let expires = self::date(head, &header::EXPIRES).unwrap_or_default();
    Some(expires.saturating_sub(date))
}

/// Returns whether a response with this status may be stored that does not say how long it is fresh
/// (RFC 9110 §15.1).
pub(super) fn is_heuristically_cacheable(status: StatusCode) -> bool {
    matches!(
        status.as_u16(),
        200 | 203 | 204 | 300 | 301 | 308 | 404 | 405 | 410 | 414 | 501
    )
}

/// Returns a response's `Age`. Of a list, the first member counts (RFC 9111 §5.1).
fn age(head: &HeaderMap) -> Duration {
    let Some(line) = head.get(header::AGE) else {
        return Duration::ZERO;
    };
    let first = line.to_str().ok().and_then(|line| line.split(',').next());
    let age = first.and_then(|first| directives::seconds(first.trim()));
    age.unwrap_or(UNREADABLE_AGE)
}

/// Returns the date in a field, since the Unix epoch. Returns `None` for one that is missing, there
/// more than once, or no date in one of the forms of RFC 9110 §5.6.7.
pub(super) fn date(head: &HeaderMap, name: &HeaderName) -> Option<Duration> {
    let mut lines = head.get_all(name).into_iter();
    let line = lines.next()?;
    match lines.next() {
        None => read_date(line),
        Some(_) => None,
    }
}

/// Reads a date, as [`date`] does.
pub(super) fn read_date(line: &HeaderValue) -> Option<Duration> {
    let text = line.to_str().ok()?.trim();
    let date = httpdate::parse_http_date(text).ok()?;
    date.duration_since(SystemTime::UNIX_EPOCH).ok()
}

/// Writes a time since the Unix epoch as a date (RFC 9110 §5.6.7).
pub(super) fn write_date(since_epoch: Duration) -> Option<HeaderValue> {
    // Beyond this, years have five digits, and the crate panics.
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let time = SystemTime::UNIX_EPOCH.checked_add(since_epoch.min(LAST))?;
    HeaderValue::try_from(httpdate::fmt_http_date(time)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECEIVED: Duration = Duration::from_secs(1_800_000_000);

    fn head(fields: &[(&'static str, &str)]) -> HeaderMap {
        let mut head = HeaderMap::new();
        for (name, value) in fields {
            head.append(*name, HeaderValue::try_from(*value).unwrap());
        }
        head
    }

    fn at(seconds_from_received: i64) -> String {
        let seconds = RECEIVED
            .as_secs()
            .saturating_add_signed(seconds_from_received);
        let date = write_date(Duration::from_secs(seconds)).unwrap();
        date.to_str().unwrap().to_owned()
    }

    fn freshness(status: u16, fields: &[(&'static str, &str)], guesses: bool) -> Freshness {
        let head = head(fields);
        let directives = Directives::of_response(&head);
        let status = StatusCode::from_u16(status).unwrap();
        let asked = RECEIVED - Duration::from_secs(2);
        Freshness::of(status, &head, &directives, (asked, RECEIVED), guesses)
    }

    #[test]
    fn a_lifetime_is_the_first_that_the_response_gives() {
        let (now, later) = (at(0), at(60));
        let cases: [(&[(&'static str, &str)], u64); 9] = [
            (&[("cache-control", "max-age=5, s-maxage=9")], 9),
            (&[("cache-control", "max-age=5"), ("expires", &later)], 5),
            (&[("expires", &later), ("date", &now)], 60),
            (&[("expires", &later)], 60),
            (&[("expires", "0")], 0),
            (&[("expires", &later), ("expires", &later)], 0),
            (&[("cache-control", "max-age=x"), ("expires", &later)], 0),
            (
                &[
                    ("cdn-cache-control", "max-age=7"),
                    ("cache-control", "max-age=5"),
                ],
                7,
            ),
            (&[], 0),
        ];
        for (fields, expected) in cases {
            let lifetime = freshness(200, fields, false).lifetime;
            assert_eq!(lifetime, Duration::from_secs(expected), "{fields:?}");
        }
    }

    #[test]
    fn a_guess_is_a_tenth_of_the_time_since_the_last_change_and_no_more_than_a_day() {
        let (day, year) = (at(-86_400), at(-31_536_000));
        let modified = |status, when: &str, guesses| {
            freshness(status, &[("last-modified", when)], guesses)
                .lifetime
                .as_secs()
        };
        assert_eq!(modified(200, &day, true), 8640);
        assert_eq!(modified(200, &year, true), 86_400);
        assert_eq!(modified(200, &day, false), 0);
        assert_eq!(modified(503, &day, true), 0);
        assert_eq!(modified(206, &day, true), 0);
    }

    #[test]
    fn an_age_counts_from_the_date_or_from_the_field_whichever_is_more() {
        let (earlier, later) = (at(-50), at(50));
        let cases: [(&[(&'static str, &str)], u64); 7] = [
            (&[], 2),
            (&[("age", "30")], 32),
            (&[("date", &earlier), ("age", "30")], 50),
            (&[("date", &later)], 2),
            (&[("age", "7, 9")], 9),
            (&[("age", "x")], (1 << 31) + 2),
            (&[("age", "-1")], (1 << 31) + 2),
        ];
        for (fields, expected) in cases {
            let age = freshness(200, fields, false).initial_age;
            assert_eq!(age, Duration::from_secs(expected), "{fields:?}");
        }
    }

    #[test]
    fn a_date_of_any_time_can_be_written() {
        for since_epoch in [Duration::ZERO, Duration::MAX] {
            assert!(write_date(since_epoch).is_some());
        }
    }
}
