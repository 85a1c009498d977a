//! The bucket of a visitor, by which a share of all visitors is chosen, and the cookie that keeps
//! it.

use http::HeaderValue;

/// The name of the cookie.
pub(super) const COOKIE: &str = "streamgate_bucket";

/// How many buckets there are.
pub(crate) const BUCKETS: u32 = 1_000_000;

/// How long a browser keeps the cookie: a year, in seconds.
const MAX_AGE: u32 = 31_536_000;

/// The bucket of a visitor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Bucket {
    /// The cookie says it.
    Known(u32),
    /// It was drawn for this request, and the response is to set the cookie.
    New(u32),
    /// There is none: no rule has asked for one, or the platform has no random numbers.
    #[default]
    None,
}

impl Bucket {
    /// Reads the cookie's value, and draws a bucket if there is none.
    pub(super) fn of(cookie: Option<&str>, random: impl Fn(&mut [u8]) -> bool) -> Self {
        let is_valid = |value: &&str| value.len() == 6 && value.bytes().all(|b| b.is_ascii_digit());
        if let Some(number) = cookie.filter(is_valid).and_then(|value| value.parse().ok()) {
            return Self::Known(number);
        }
        let mut bytes = [0; 8];
        if !random(&mut bytes) {
            return Self::None;
        }
        // Of 2^64 numbers, no bucket has a share that is noticeably larger than another one's.
        let number = u64::from_be_bytes(bytes) % u64::from(BUCKETS);
        u32::try_from(number).map_or(Self::None, Self::New)
    }

    /// Returns its number, below [`BUCKETS`].
    pub(super) fn number(self) -> Option<u32> {
        match self {
            Self::Known(number) | Self::New(number) => Some(number),
            Self::None => None,
        }
    }

    /// Returns the `Set-Cookie` that a bucket needs which was drawn anew.
    pub(super) fn set_cookie(self) -> Option<HeaderValue> {
        let Self::New(number) = self else { return None };
        let cookie =
            format!("{COOKIE}={number:06}; Path=/; Max-Age={MAX_AGE}; HttpOnly; SameSite=Lax");
        HeaderValue::try_from(cookie).ok()
    }
}
