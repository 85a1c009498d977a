//! Conditions: what must be true of an exchange for a rule to act in it.
//!
//! [`When`] is what a rule says; [`When::holds`] judges it, and notes what the answer depends on.
//! What a response says by its URL is looked at first, and then what its fields say, so that a
//! condition that cannot decide does not count.

mod judge;
#[cfg(test)]
mod tests;

use std::fmt;

use http::{HeaderName, Method};

use crate::asked::Needs;
pub(crate) use judge::Page;

/// `when`: what must be true, all of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct When {
    /// `path`: patterns of which one must fit the request's path; `*` is any run of characters.
    /// Empty for any path.
    pub(crate) paths: Vec<String>,
    /// `media_type`: essences, or suffixes as `+xml`, of which the response's type must be one.
    /// Empty for `text/html`.
    pub(crate) media_types: Vec<String>,
    /// Every other condition, sorted by [`Condition::cost`].
    pub(crate) conditions: Vec<Condition>,
}

/// One condition.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Condition {
    /// `path`, within `not`, `any` or `all`.
    Path(Vec<String>),
    /// `media_type`, within `not`, `any` or `all`.
    MediaType(Vec<String>),
    /// `method`: the request's method, as which `HEAD` counts as `GET`.
    Method(Vec<Method>),
    /// `host`: patterns, in lower case, of which one must fit the host that is asked for.
    Host(Vec<String>),
    /// `status`: the status of the origin's response.
    Status(Vec<Statuses>),
    /// `query`: a parameter of the query.
    Query(String, Test),
    /// `header`: a field of the request.
    Header(HeaderName, Test),
    /// `cookie`: a cookie of the request.
    Cookie(String, Test),
    /// `device`: the kind of device that asks.
    Device(Device),
    /// `country`: the country where the client is, by two capital letters.
    Country(Vec<String>),
    /// `random`: whether the visitor's bucket is below this number.
    Random(u32),
    /// `not`: that all of this is not true.
    Not(Box<Condition>),
    /// `all`: that each of these is true.
    All(Vec<Condition>),
    /// `any`: that one of these is true.
    Any(Vec<Condition>),
}

/// What a value must be.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Test {
    /// `true` or `false`: it is there, whatever it is, or it is not.
    IsThere(bool),
    /// It fits one of these patterns, in which `*` is any run of characters.
    Fits(Vec<String>),
}

/// Statuses: the first, and how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Statuses {
    pub(crate) first: u16,
    pub(crate) count: u16,
}

/// A kind of device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Device {
    Mobile,
    Desktop,
}

/// How much it takes to judge a condition away from a cache.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cost {
    /// The answer is the same for every request for this URL.
    Nothing,
    /// `Vary` can name what the answer depends on.
    Vary,
    /// The answer is for one client, by its cookies.
    Cookies,
    /// The answer is for one client, and no field of the request says which.
    Client,
    /// The answer may set a cookie.
    Bucket,
}

impl When {
    /// Returns what must be found out to judge it.
    pub(crate) fn needs(&self) -> Needs {
        let conditions = self.conditions.iter();
        conditions.fold(Needs::default(), |needs, it| needs.or(it.needs()))
    }
}

impl Condition {
    /// Makes a condition that each of these is true.
    pub(crate) fn all(mut conditions: Vec<Self>) -> Self {
        conditions.sort_by_key(Self::cost);
        Self::All(conditions)
    }

    /// Makes a condition that one of these is true.
    pub(crate) fn any(mut conditions: Vec<Self>) -> Self {
        conditions.sort_by_key(Self::cost);
        Self::Any(conditions)
    }

    /// Returns how much it takes to judge it: as much as the dearest part takes.
    pub(crate) fn cost(&self) -> Cost {
        match self {
            Self::Path(_)
            | Self::MediaType(_)
            | Self::Method(_)
            | Self::Host(_)
            | Self::Status(_)
            | Self::Query(..) => Cost::Nothing,
            Self::Header(..) | Self::Device(_) => Cost::Vary,
            Self::Cookie(..) => Cost::Cookies,
            Self::Country(_) => Cost::Client,
            Self::Random(_) => Cost::Bucket,
            Self::Not(condition) => condition.cost(),
            Self::All(conditions) | Self::Any(conditions) => {
                let costs = conditions.iter().map(Self::cost);
                costs.max().unwrap_or(Cost::Nothing)
            }
        }
    }

    /// Returns what must be found out to judge it.
    fn needs(&self) -> Needs {
        let request = Needs {
            request: true,
            ..Needs::default()
        };
        match self {
            Self::Country(_) => Needs {
                country: true,
                ..request
            },
            Self::Random(_) => Needs {
                bucket: true,
                ..request
            },
            Self::Not(condition) => condition.needs(),
            Self::All(conditions) | Self::Any(conditions) => {
                let conditions = conditions.iter();
                conditions.fold(request, |needs, it| needs.or(it.needs()))
            }
            _ => request,
        }
    }
}

impl fmt::Display for When {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conditions = self.conditions.iter();
        let mut parts: Vec<String> = conditions.map(ToString::to_string).collect();
        if !self.media_types.is_empty() {
            let types = self.media_types.clone();
            parts.insert(0, Condition::MediaType(types).to_string());
        }
        if !self.paths.is_empty() {
            parts.insert(0, Condition::Path(self.paths.clone()).to_string());
        }
        f.write_str(&parts.join(", "))
    }
}

/// Writes a condition as the configuration has it, more or less.
impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(patterns) => write!(f, "path = {}", list(patterns)),
            Self::MediaType(types) => write!(f, "media_type = {}", list(types)),
            Self::Method(methods) => write!(f, "method = {}", list(methods)),
            Self::Host(hosts) => write!(f, "host = {}", list(hosts)),
            Self::Status(statuses) => write!(f, "status = {}", list(statuses)),
            Self::Query(name, test) => write!(f, "query.{name} = {test}"),
            Self::Header(name, test) => write!(f, "header.{name} = {test}"),
            Self::Cookie(name, test) => write!(f, "cookie.{name} = {test}"),
            Self::Device(device) => write!(f, "device = \"{device}\""),
            Self::Country(countries) => write!(f, "country = {}", list(countries)),
            Self::Random(share) => {
                let share = f64::from(*share) / f64::from(crate::asked::BUCKETS);
                write!(f, "random = {share}")
            }
            Self::Not(condition) => match &**condition {
                Self::All(conditions) => write!(f, "not = {{ {} }}", joined(conditions)),
                condition => write!(f, "not = {{ {condition} }}"),
            },
            Self::All(conditions) => write!(f, "all = [{}]", tables(conditions)),
            Self::Any(conditions) => write!(f, "any = [{}]", tables(conditions)),
        }
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::IsThere(is_there) => write!(f, "{is_there}"),
            Self::Fits(patterns) => f.write_str(&list(patterns)),
        }
    }
}

impl fmt::Display for Statuses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => write!(f, "{}", self.first),
            _ => write!(f, "{}xx", self.first / 100),
        }
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mobile => "mobile",
            Self::Desktop => "desktop",
        })
    }
}

/// Returns one text in quotes, or a list of several.
fn list(items: &[impl fmt::Display]) -> String {
    let quoted: Vec<String> = items.iter().map(|item| format!("\"{item}\"")).collect();
    match quoted.as_slice() {
        [one] => one.clone(),
        _ => format!("[{}]", quoted.join(", ")),
    }
}

fn joined(conditions: &[Condition]) -> String {
    let conditions = conditions.iter().map(ToString::to_string);
    conditions.collect::<Vec<_>>().join(", ")
}

fn tables(conditions: &[Condition]) -> String {
    let table = |condition: &Condition| match condition {
        Condition::All(conditions) => format!("{{ {} }}", joined(conditions)),
        condition => format!("{{ {condition} }}"),
    };
    let tables: Vec<String> = conditions.iter().map(table).collect();
    tables.join(", ")
}
