//! Finds the origin that a URL belongs to among those of one host: by its port, and by the base
//! path that an origin may be limited to.

use super::authority::Authority;
use super::escape::{OTHER, Spelling, UNIT};
use super::origin::{Origin, Scheme};
use super::stretch::{Stop, Stretch};

/// The origins of one host.
#[derive(Debug, Default)]
pub(super) struct Areas(Vec<Area>);

/// The URLs of a host that belong to one origin.
#[derive(Debug)]
struct Area {
    /// `None` for the default port of the scheme.
    port: Option<u16>,
    /// Empty, or segments with a slash before each.
    base: String,
    /// Whether the base stays as it is, so that a URL without a path can be mapped too.
    keeps: bool,
    /// The index of the origin.
    origin: usize,
}

/// The area that a URL belongs to.
pub(super) struct Found {
    /// The index of the origin.
    pub(super) origin: usize,
    /// The position behind authority and base.
    pub(super) end: usize,
    /// Whether the path of the origin follows the public authority.
    pub(super) path: bool,
}

impl Areas {
    /// Adds the origin with this index. Of two origins with the same port and base, the first one
    /// counts.
    pub(super) fn add(&mut self, index: usize, origin: &Origin) {
        let is_known = |area: &Area| area.port == origin.port && area.base == origin.base;
        if self.0.iter().any(is_known) {
            return;
        }
        self.0.push(Area {
            port: origin.port,
            base: origin.base.clone(),
            keeps: origin.base == origin.path && !origin.base.is_empty(),
            origin: index,
        });
        self.0
            .sort_by_key(|area| std::cmp::Reverse(area.base.len()));
    }

    /// Returns the index of the origin that every URL without a port belongs to, if there is one.
    pub(super) fn only(&self) -> Option<usize> {
        let mut areas = self.0.iter().filter(|area| area.port.is_none());
        let area = areas.next().filter(|area| area.base.is_empty())?;
        areas.next().is_none().then_some(area.origin)
    }

    /// Returns the most bytes behind an authority that decide.
    pub(super) fn longest(&self) -> usize {
        let bases = self.0.iter().map(|area| area.base.len());
        bases.max().unwrap_or(0) * UNIT + 2 * UNIT
    }

    /// Finds the area of a URL by its scheme, if it has one, and its authority. The longest base
    /// wins.
    pub(super) fn find(
        &self,
        stretch: &Stretch<'_>,
        scheme: Option<Scheme>,
        authority: &Authority,
    ) -> Result<Found, Stop> {
        let is_default = match (scheme, authority.port) {
            (_, None) => true,
            (Some(scheme), Some(port)) => port == scheme.default_port(),
            (None, Some(port)) => [Scheme::Http, Scheme::Https]
                .iter()
                .any(|scheme| port == scheme.default_port()),
        };
        if authority.port.is_some() {
            let found = self.with_port(stretch, authority.port, authority);
            if !matches!(found, Err(Stop::No)) {
                return found;
            }
        }
        if is_default {
            self.with_port(stretch, None, authority)
        } else {
            Err(Stop::No)
        }
    }

    fn with_port(
        &self,
        stretch: &Stretch<'_>,
        port: Option<u16>,
        authority: &Authority,
    ) -> Result<Found, Stop> {
        let areas = || self.0.iter().filter(|area| area.port == port);
        for area in areas() {
            match behind_base(stretch, authority.end, &area.base) {
                Ok(end) => {
                    return Ok(Found {
                        origin: area.origin,
                        end,
                        path: true,
                    });
                }
                Err(Stop::No) => {}
                Err(Stop::More) => return Err(Stop::More),
            }
        }
        let goes_on = authority
            .next
            .is_some_and(|next| matches!(next.code(), b'/' | b'?' | b'#'));
        let mut keeping = areas().filter(|area| area.keeps && !goes_on);
        let area = keeping.next().ok_or(Stop::No)?;
        Ok(Found {
            origin: area.origin,
            end: authority.end,
            path: false,
        })
    }
}

/// Returns the position behind the base at `start`, where the path of a URL starts.
fn behind_base(stretch: &Stretch<'_>, start: usize, base: &str) -> Result<usize, Stop> {
    let mut at = start;
    let mut slash = None;
    for byte in base.bytes() {
        let end = stretch.expect(at, byte)?;
        slash.get_or_insert_with(|| stretch.spelling(at..end));
        at = end;
    }
    match slash {
        Some(slash) if segment_goes_on(stretch, at, slash)? => Err(Stop::No),
        _ => Ok(at),
    }
}

/// Returns whether the segment of a path goes on at `at`. The slashes of the path are written like
/// `slash`.
fn segment_goes_on(stretch: &Stretch<'_>, at: usize, slash: Spelling) -> Result<bool, Stop> {
    let Some(unit) = stretch.unit(at)? else {
        return Ok(false);
    };
    // A character that is percent-encoded once more than the URL belongs to a segment, whatever it
    // is.
    let level = stretch.spelling(at..unit.end).percent_level();
    if level > slash.percent_level() {
        return Ok(true);
    }
    match unit.code() {
        // At the end of a sentence, nothing of the path follows.
        b'.' | b':' => Ok(stretch
            .unit(unit.end)?
            .is_some_and(|unit| unit.code() == b'/' || is_segment(unit.code()))),
        code => Ok(is_segment(code)),
    }
}

/// Returns whether a segment can contain a character: those of RFC 3986 §3.3, without those that
/// end a URL in markup, scripts, lists and sentences.
fn is_segment(code: u8) -> bool {
    code.is_ascii_alphanumeric() || code == OTHER || b"-_~%+=@*".contains(&code)
}
