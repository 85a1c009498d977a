//! The judging of conditions.

use std::hash::{Hash, Hasher};

use http::{HeaderName, StatusCode, header};

use super::{Condition, Cost, Device, Statuses, Test, When};
use crate::asked::{Asked, Depends};
use crate::config::{fits, host_and_port};
use crate::media_type::MediaType;

/// Says whether a browser prefers pages for mobile devices (User-Agent Client Hints §3.5).
const SEC_CH_UA_MOBILE: HeaderName = HeaderName::from_static("sec-ch-ua-mobile");

/// What is known of a response.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Page<'a> {
    /// Its type. `None`: it is not known, as in a `304`.
    pub(crate) media_type: Option<&'a MediaType>,
    /// The status of the origin's response. `None`: it is not known.
    pub(crate) status: Option<StatusCode>,
}

impl When {
    /// Returns whether the conditions on path and type are true. `None` for a type that is not
    /// known is taken for the right one.
    pub(crate) fn is_about(&self, path: &str, media_type: Option<&MediaType>) -> bool {
        let is_of_type = media_type.is_none_or(|media_type| match self.media_types.as_slice() {
            [] => media_type.is_html(),
            types => media_type.is_in(types),
        });
        is_of_type && fits_any(&self.paths, path)
    }

    /// Returns whether every condition is true, and notes in `depends` what that depends on.
    /// Returns `None` if it depends on what is not known of the response.
    pub(crate) fn holds(
        &self,
        asked: &Asked,
        page: Page<'_>,
        depends: &mut Depends,
    ) -> Option<bool> {
        if !self.is_about(asked.path(), page.media_type) {
            return Some(false);
        }
        all(&self.conditions, asked, page, depends)
    }

    /// Adds to a fingerprint how each condition is judged that depends on the request.
    pub(crate) fn fingerprint(&self, asked: &Asked, hasher: &mut impl Hasher) {
        let conditions = self.conditions.iter();
        conditions.for_each(|condition| condition.fingerprint(asked, hasher));
    }
}

impl Condition {
    fn holds(&self, asked: &Asked, page: Page<'_>, depends: &mut Depends) -> Option<bool> {
        Some(match self {
            Self::Path(patterns) => fits_any(patterns, asked.path()),
            Self::MediaType(types) => page.media_type?.is_in(types),
            Self::Method(methods) => methods.contains(asked.method()),
            Self::Host(hosts) => asked.host().is_some_and(|host| is_one_of(hosts, host)),
            Self::Status(statuses) => {
                let status = page.status?;
                statuses.iter().any(|it| it.has(status))
            }
            Self::Query(name, test) => test.holds(asked.query(name).as_deref()),
            Self::Header(name, test) => test.holds(asked.field(name, depends).as_deref()),
            Self::Cookie(name, test) => test.holds(asked.cookie(name, depends).as_deref()),
            Self::Device(device) => *device == Device::of(asked, depends),
            Self::Country(countries) => asked
                .country(depends)
                .is_some_and(|country| countries.iter().any(|it| it == country)),
            Self::Random(share) => asked.bucket(depends).is_some_and(|bucket| bucket < *share),
            Self::Not(condition) => !condition.holds(asked, page, depends)?,
            Self::All(conditions) => return all(conditions, asked, page, depends),
            Self::Any(conditions) => return any(conditions, asked, page, depends),
        })
    }

    fn fingerprint(&self, asked: &Asked, hasher: &mut impl Hasher) {
        match self {
            Self::Not(condition) => condition.fingerprint(asked, hasher),
            Self::All(conditions) | Self::Any(conditions) => {
                let conditions = conditions.iter();
                conditions.for_each(|condition| condition.fingerprint(asked, hasher));
            }
            condition if condition.cost() == Cost::Nothing => {}
            condition => {
                let page = Page::default();
                let holds = condition.holds(asked, page, &mut Depends::default());
                holds.hash(hasher);
            }
        }
    }
}

/// Returns whether all conditions are true. Once one of them is known to be false, none after it is
/// looked at.
fn all(
    conditions: &[Condition],
    asked: &Asked,
    page: Page<'_>,
    depends: &mut Depends,
) -> Option<bool> {
    let mut all = Some(true);
    for condition in conditions {
        match condition.holds(asked, page, depends) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

/// Returns whether one of the conditions is true. Once one of them is known to be, none after it is
/// looked at.
fn any(
    conditions: &[Condition],
    asked: &Asked,
    page: Page<'_>,
    depends: &mut Depends,
) -> Option<bool> {
    let mut any = Some(false);
    for condition in conditions {
        match condition.holds(asked, page, depends) {
            Some(true) => return Some(true),
            Some(false) => {}
            None => any = None,
        }
    }
    any
}

impl Test {
    fn holds(&self, value: Option<&str>) -> bool {
        match (self, value) {
            (Self::IsThere(is_there), value) => *is_there == value.is_some(),
            (Self::Fits(patterns), Some(value)) => patterns.iter().any(|it| fits(it, value)),
            (Self::Fits(_), None) => false,
        }
    }
}

impl Statuses {
    fn has(self, status: StatusCode) -> bool {
        let above = status.as_u16().checked_sub(self.first);
        above.is_some_and(|above| above < self.count)
    }
}

impl Device {
    /// Returns the device that asks, by the client hint, or where there is none by the
    /// `User-Agent`, in which those that are for mobile devices have "Mobi" (RFC 9110 §10.1.5
    /// leaves its form open; the word is what browsers agree on).
    fn of(asked: &Asked, depends: &mut Depends) -> Self {
        let hint = asked.field(&SEC_CH_UA_MOBILE, depends);
        let is_mobile = match hint.as_deref().map(str::trim) {
            Some("?1") => true,
            Some("?0") => false,
            _ => {
                let agent = asked.field(&header::USER_AGENT, depends);
                agent.is_some_and(|agent| agent.contains("Mobi"))
            }
        };
        if is_mobile {
            Self::Mobile
        } else {
            Self::Desktop
        }
    }
}

fn fits_any(patterns: &[String], text: &str) -> bool {
    patterns.is_empty() || patterns.iter().any(|pattern| fits(pattern, text))
}

/// Returns whether a host that is asked for is one of these. One without a port stands for every
/// port.
fn is_one_of(hosts: &[String], asked: &str) -> bool {
    let (name, _) = host_and_port(asked);
    let name = name.trim_end_matches('.');
    hosts
        .iter()
        .any(|host| fits(host, asked) || fits(host, name))
}
