//! The comparison of a page before and after, side by side: did anything change that should not
//! have?

use std::ops::Range;

use crate::flight;
use streamgate_sight::Origin;
use streamgate_sight::Reader;
use streamgate_sight::{Place, Sighting};

/// How many equal bytes show that both walks are at the same place again.
const SAME: usize = 16;
/// How far behind a difference such a place is looked for, in bytes.
const NEAR: usize = 4096;

/// Bytes that should have stayed, and the bytes that took their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stray {
    pub(crate) before: Range<usize>,
    pub(crate) after: Range<usize>,
}

/// The rules that say what may change.
#[derive(Clone, Copy)]
pub(crate) struct Rules<'a> {
    /// The origin that takes the place of the others.
    pub(crate) public: &'a Origin,
    /// Whether places that are left on purpose may be mapped all the same, because the text has
    /// lost its surroundings.
    pub(crate) lenient: bool,
    /// Whether the lengths of rows may change (React server components).
    pub(crate) rows: bool,
}

/// Returns what changed and should not have. `sightings` are the places in `before`, in order. A
/// place that is unchanged is not a stray.
pub(crate) fn strays(
    before: &[u8],
    after: &[u8],
    sightings: &[Sighting],
    rules: Rules<'_>,
) -> Vec<Stray> {
    let walk = Walk {
        reader: Reader::new(before),
        before,
        after,
        rules,
    };
    let mut strays = Vec::new();
    let (mut i, mut o) = (0, 0);
    let places = sightings
        .iter()
        .filter(|sighting| rules.lenient || !sighting.place.is_kept());
    for sighting in places {
        if sighting.span.start < i {
            continue;
        }
        walk.same(&mut i, &mut o, Some(sighting), &mut strays);
        if i != sighting.span.start {
            continue;
        }
        // A place that is neither mapped nor left is a difference, and is found as one.
        if let Some(end) = walk.mapped_or_left(o, sighting) {
            (i, o) = (sighting.span.end, end);
        }
    }
    walk.same(&mut i, &mut o, None, &mut strays);
    if o < after.len() {
        strays.push(Stray {
            before: i..i,
            after: o..after.len(),
        });
    }
    strays
}

struct Walk<'a> {
    reader: Reader<'a>,
    before: &'a [u8],
    after: &'a [u8],
    rules: Rules<'a>,
}

impl Walk<'_> {
    /// Walks over equal bytes up to the next sighting or the end, or beyond it if a difference ends
    /// there.
    fn same(&self, i: &mut usize, o: &mut usize, next: Option<&Sighting>, strays: &mut Vec<Stray>) {
        let to = next.map_or(self.before.len(), |next| next.span.start);
        while *i < to {
            let equal = equal(&self.before[*i..to], &self.after[*o..]);
            *i += equal;
            *o += equal;
            if *i == to {
                return;
            }
            if self.rules.rows
                && let Some((row, changed)) = flight::behind_length(self.before, *i, self.after, *o)
            {
                (*i, *o) = (row, changed);
                continue;
            }
            let (end, changed) = self.meet(*i, *o, next);
            strays.push(Stray {
                before: *i..end,
                after: *o..changed,
            });
            (*i, *o) = (end, changed);
        }
    }

    /// Returns the nearest positions behind a difference where both texts are the same again, or
    /// else their ends.
    fn meet(&self, i: usize, o: usize, next: Option<&Sighting>) -> (usize, usize) {
        let rest = (self.before.len() - i).max(self.after.len() - o);
        for far in 1..=NEAR.min(rest) {
            for near in 0..=far {
                for (a, b) in [(near, far), (far, near)] {
                    if self.are_same(i + a, o + b, next) {
                        return (i + a, o + b);
                    }
                }
            }
        }
        (self.before.len(), self.after.len())
    }

    /// Returns whether both texts are the same from here on, as far as that can be told: for many
    /// bytes, or up to the next sighting or the end.
    fn are_same(&self, i: usize, o: usize, next: Option<&Sighting>) -> bool {
        let (Some(before), Some(after)) = (self.before.get(i..), self.after.get(o..)) else {
            return false;
        };
        let equal = equal(before, &after[..after.len().min(SAME)]);
        let rest = before.len().max(after.len());
        equal == SAME
            || equal == rest
            || next.is_some_and(|next| {
                next.span.start >= i
                    && next.span.start <= i + equal
                    && self.mapped_or_left(o + next.span.start - i, next).is_some()
            })
    }

    fn mapped_or_left(&self, o: usize, sighting: &Sighting) -> Option<usize> {
        let span = &self.before[sighting.span.clone()];
        let left = self.after[o..].starts_with(span);
        self.public(o, sighting)
            .or_else(|| left.then_some(o + span.len()))
    }

    /// Returns the end of the public URL at `o`, if it is written as the sighting is.
    fn public(&self, o: usize, sighting: &Sighting) -> Option<usize> {
        let mut rest = &self.after[o..];
        if let Some(end) = sighting.scheme_end {
            let scheme = match (sighting.place, self.rules.public.scheme) {
                (Place::Socket, "http") => "ws",
                (Place::Socket, _) => "wss",
                (_, scheme) => scheme,
            };
            rest = rest.strip_prefix(scheme.as_bytes())?;
            rest = rest.strip_prefix(&self.before[end..sighting.host.start])?;
        }
        let dots = self.spellings('.', sighting.host.clone());
        let hyphens = self.spellings('-', sighting.host.clone());
        let colons = self.spellings(':', sighting.span.start..sighting.host.start);
        for character in self.rules.public.authority().chars() {
            let mut buffer = [0; 4];
            let plain: &[u8] = character.encode_utf8(&mut buffer).as_bytes();
            let behind = |spellings: &[&[u8]]| {
                spellings
                    .iter()
                    .find_map(|spelling| rest.strip_prefix(*spelling))
            };
            rest = match character {
                '.' if !dots.is_empty() => behind(&dots),
                ':' if !colons.is_empty() => behind(&colons),
                // The place does not show how a colon is written.
                ':' => {
                    let ends = Reader::new(rest).ends(0, ':');
                    rest.get(ends.into_iter().max()?..)
                }
                '-' => behind(&[plain]).or_else(|| behind(&hyphens)),
                _ => behind(&[plain]),
            }?;
        }
        Some(self.after.len() - rest.len())
    }

    /// Returns how a character is written in a stretch of the original page.
    fn spellings(&self, character: char, stretch: Range<usize>) -> Vec<&[u8]> {
        let mut all = Vec::new();
        let mut at = stretch.start;
        while at < stretch.end {
            let Some(reading) = self.reader.longest(at) else {
                break;
            };
            if reading.character == character {
                all.push(&self.before[at..reading.end]);
            }
            at = reading.end;
        }
        all
    }
}

/// Returns how many bytes are equal from the start.
fn equal(a: &[u8], b: &[u8]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests;
