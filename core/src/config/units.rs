//! Sizes and durations as a person writes them.

use std::time::Duration;

/// The largest size that a configuration may name: what a 32-bit platform could still hold in
/// memory at all.
const MAX_SIZE: u64 = 1 << 30;
/// The longest duration that a configuration may name.
const MAX_DURATION: Duration = Duration::from_secs(3600);

/// Bytes, of a number with one of the units `B`, `KiB`, `MiB`, `GiB`, or without a unit.
pub(super) fn size(text: &str) -> Result<usize, String> {
    let fault =
        || format!("{text:?} is no size: a size is as \"1 MiB\", \"512 KiB\" or \"65536\" (bytes)");
    let (number, unit) = number_and_unit(text).ok_or_else(fault)?;
    let scale = match unit {
        "" | "B" => 1,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        _ => return Err(fault()),
    };
    number
        .checked_mul(scale)
        .filter(|&bytes| bytes <= MAX_SIZE)
        .and_then(|bytes| usize::try_from(bytes).ok())
        .ok_or_else(|| format!("{text:?} is more than 1 GiB"))
}

/// Reads a duration, a number with one of the units `ms`, `s`, `min`. It is never zero.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let fault =
        || format!("{text:?} is no duration: a duration is as \"5 s\", \"300 ms\" or \"1 min\"");
    let (number, unit) = number_and_unit(text).ok_or_else(fault)?;
    let milliseconds = match unit {
        "ms" => Some(number),
        "s" => number.checked_mul(1000),
        "min" => number.checked_mul(60_000),
        _ => return Err(fault()),
    };
    let duration = milliseconds.map_or(Duration::MAX, Duration::from_millis);
    if duration.is_zero() {
        return Err(format!("{text:?} leaves no time"));
    }
    if duration > MAX_DURATION {
        return Err(format!("{text:?} is more than 60 min"));
    }
    Ok(duration)
}

fn number_and_unit(text: &str) -> Option<(u64, &str)> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (digits, unit) = text.split_at_checked(end)?;
    Some((digits.parse().ok()?, unit.trim_start_matches(' ')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_bytes_whatever_their_unit() {
        for (text, bytes) in [
            ("65536", 65_536),
            ("0", 0),
            ("10 B", 10),
            ("512 KiB", 524_288),
            ("1MiB", 1_048_576),
            ("1 GiB", 1_073_741_824),
        ] {
            assert_eq!(size(text), Ok(bytes), "{text}");
        }
        for text in [
            "",
            " ",
            "MiB",
            "-1",
            "1.5 MiB",
            "1 mib",
            "1 MB",
            "1 MiB ",
            "1_000",
            "99999999999999999999",
        ] {
            let expected = format!(
                "{text:?} is no size: a size is as \"1 MiB\", \"512 KiB\" or \"65536\" (bytes)"
            );
            assert_eq!(size(text), Err(expected));
        }
        for text in ["2 GiB", "1073741825", "18446744073709551615 KiB"] {
            assert_eq!(size(text), Err(format!("{text:?} is more than 1 GiB")));
        }
    }

    #[test]
    fn durations_need_a_unit_and_are_neither_zero_nor_endless() {
        for (text, milliseconds) in [
            ("5 s", 5_000),
            ("300ms", 300),
            ("1 min", 60_000),
            ("60 min", 3_600_000),
        ] {
            assert_eq!(
                duration(text),
                Ok(Duration::from_millis(milliseconds)),
                "{text}"
            );
        }
        for text in ["", "5", "s", "5 h", "1.5 s", "-5 s", "5  seconds", "5 S"] {
            let expected = format!(
                "{text:?} is no duration: a duration is as \"5 s\", \"300 ms\" or \"1 min\""
            );
            assert_eq!(duration(text), Err(expected));
        }
        assert_eq!(duration("0 s"), Err("\"0 s\" leaves no time".to_owned()));
        for text in ["61 min", "18446744073709551615 min"] {
            assert_eq!(duration(text), Err(format!("{text:?} is more than 60 min")));
        }
    }
}
