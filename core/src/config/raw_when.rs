//! `when` as it is written: its shape for serde, and the way from there to the conditions.

use std::fmt;
use std::marker::PhantomData;

use http::header::{COOKIE, HOST};
use http::{HeaderName, Method};
use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::checked::{Placed, checked, unplaced};
use super::one_or_more::OneOrMore;
use super::{pattern, rule};
use crate::asked::BUCKETS;
use crate::condition::{Condition, Device, Statuses, Test, When};

/// `when` of a rule.
#[derive(Default)]
pub(super) struct WhenEntry(pub(super) When);

/// `when`, or what stands within its `not`, `any` and `all`.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawWhen {
    /// Gives patterns of which one must match the path of the request; `*` is any run of
    /// characters. Default: every path.
    path: Option<OneOrMore<PathPattern>>,
    /// Gives media types, or suffixes such as `+xml`, of which the response must have one. Default:
    /// `text/html`.
    media_type: Option<OneOrMore<MarkupType>>,
    /// Gives methods of which the request must have one; `HEAD` counts as `GET`. Default: every
    /// method.
    method: Option<OneOrMore<MethodName>>,
    /// Gives patterns of which one must match the host that is asked for. Default: every host.
    host: Option<OneOrMore<HostPattern>>,
    /// Gives statuses, or classes of them such as `4xx`, of which the response of the origin must
    /// have one. Default: every status.
    status: Option<StatusList>,
    /// Names a parameter that the query must have, or gives patterns for values by name. Default:
    /// every query.
    query: Option<Tests<ParameterName>>,
    /// Names a field that the request must have, or gives patterns for values by name. Default:
    /// every request.
    header: Option<Tests<FieldName>>,
    /// Names a cookie that the request must have, or gives patterns for values by name. Default:
    /// every request.
    cookie: Option<Tests<CookieName>>,
    /// Names the kind of device that asks. Default: every kind.
    device: Option<RawDevice>,
    /// Gives countries, by two letters, of which the client must be in one. Default: everywhere.
    country: Option<OneOrMore<CountryCode>>,
    /// Gives the share of visitors, from 0 to 1, for whom the rule acts. Default: all.
    random: Option<Share>,
    /// Gives conditions that must not all be true.
    not: Option<Box<Nested>>,
    /// Lists tables of conditions of which one must be true.
    any: Option<Vec<Placed<Nested>>>,
    /// Lists tables of conditions which must all be true.
    all: Option<Vec<Placed<Nested>>>,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawDevice {
    /// Asks for pages that are for mobile devices.
    Mobile,
    /// Asks for other pages.
    Desktop,
}

checked!(PathPattern(String), pattern::path, "pattern" = "^[/*]");
checked!(MarkupType(String), rule::markup_type);
checked!(MethodName(Method), method);
checked!(HostPattern(String), host);
checked!(ParameterName(String), parameter);
checked!(FieldName(HeaderName), field);
checked!(CookieName(String), cookie);
checked!(CountryCode(String), country, "pattern" = "^[A-Za-z0-9]{2}$");

fn method(text: &str) -> Result<Method, String> {
    let upper = text.to_ascii_uppercase();
    match Method::from_bytes(upper.as_bytes()) {
        Ok(Method::HEAD) => Err("HEAD counts as GET, whose head it asks for".to_owned()),
        Ok(method) => Ok(method),
        Err(_) => Err(format!("{text:?} is no method")),
    }
}

fn host(text: &str) -> Result<String, String> {
    let valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]*".contains(&byte);
    if !text.is_empty() && text.bytes().all(valid) {
        Ok(text.to_ascii_lowercase())
    } else {
        Err(format!("{text:?} is no pattern for a host"))
    }
}

fn parameter(text: &str) -> Result<String, String> {
    match text {
        "" => Err("a parameter without a name cannot be asked for".to_owned()),
        name => Ok(name.to_owned()),
    }
}

fn field(text: &str) -> Result<HeaderName, String> {
    match HeaderName::from_bytes(text.as_bytes()) {
        Ok(COOKIE) => Err("cookies are asked for by their names, as cookie".to_owned()),
        Ok(HOST) => Err("the host is asked for as host".to_owned()),
        Ok(name) => Ok(name),
        Err(_) => Err(format!("{text:?} is no name of a field")),
    }
}

fn cookie(text: &str) -> Result<String, String> {
    let valid = |byte: u8| byte.is_ascii_graphic() && !b"=;,\"\\".contains(&byte);
    if !text.is_empty() && text.bytes().all(valid) {
        Ok(text.to_owned())
    } else {
        Err(format!("{text:?} is no name of a cookie"))
    }
}

fn country(text: &str) -> Result<String, String> {
    if text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        Ok(text.to_ascii_uppercase())
    } else {
        Err(format!(
            "{text:?} is no country: it has two letters, as \"DE\""
        ))
    }
}

impl RawWhen {
    /// Returns path and type apart, which are about the page, and all other conditions.
    fn conditions(self) -> Result<When, String> {
        let mut conditions = Vec::new();
        let mut add = |condition: Option<Condition>| conditions.extend(condition);
        add(self
            .method
            .map(|it| Condition::Method(values(it, |name| name.0))));
        add(self
            .host
            .map(|it| Condition::Host(values(it, |host| host.0))));
        add(self.status.map(|it| Condition::Status(it.0)));
        for (name, test) in self.query.map(|it| it.0).unwrap_or_default() {
            add(Some(Condition::Query(name.0, test)));
        }
        for (name, test) in self.header.map(|it| it.0).unwrap_or_default() {
            add(Some(Condition::Header(name.0, test)));
        }
        for (name, test) in self.cookie.map(|it| it.0).unwrap_or_default() {
            add(Some(Condition::Cookie(name.0, test)));
        }
        add(self.device.map(|device| {
            Condition::Device(match device {
                RawDevice::Mobile => Device::Mobile,
                RawDevice::Desktop => Device::Desktop,
            })
        }));
        add(self
            .country
            .map(|it| Condition::Country(values(it, |code| code.0))));
        add(self.random.map(|share| Condition::Random(share.0)));
        add(self.not.map(|it| Condition::Not(Box::new(it.0))));
        if let Some(any) = self.any {
            add(Some(Condition::any(some(any)?)));
        }
        if let Some(all) = self.all {
            add(Some(Condition::all(some(all)?)));
        }
        conditions.sort_by_key(Condition::cost);
        let when = When {
            paths: self
                .path
                .map_or_else(Vec::new, |it| values(it, |path| path.0)),
            media_types: self
                .media_type
                .map_or_else(Vec::new, |it| values(it, |entry| entry.0)),
            conditions,
        };
        if when == When::default() {
            return Err("there is no condition: give path, media_type or another one".to_owned());
        }
        Ok(when)
    }
}

fn values<T, V>(list: OneOrMore<T>, value: impl Fn(T) -> V) -> Vec<V> {
    list.0.into_iter().map(value).collect()
}

fn some(list: Vec<Placed<Nested>>) -> Result<Vec<Condition>, String> {
    if list.is_empty() {
        return Err("the list is empty".to_owned());
    }
    Ok(unplaced(list).map(|nested| nested.0).collect())
}

impl<'de> Deserialize<'de> for WhenEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawWhen::deserialize(deserializer)?;
        raw.conditions().map(Self).map_err(D::Error::custom)
    }
}

/// A table of conditions within another one.
struct Nested(Condition);

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Nested {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Conditions".into()
    }

    fn inline_schema() -> bool {
        false
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        RawWhen::json_schema(generator)
    }
}

impl<'de> Deserialize<'de> for Nested {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = RawWhen::deserialize(deserializer)?;
        let When {
            paths,
            media_types,
            conditions,
        } = raw.conditions().map_err(D::Error::custom)?;
        let mut all = Vec::new();
        if !paths.is_empty() {
            all.push(Condition::Path(paths));
        }
        if !media_types.is_empty() {
            all.push(Condition::MediaType(media_types));
        }
        all.extend(conditions);
        Ok(Self(match all.pop() {
            Some(only) if all.is_empty() => only,
            last => {
                all.extend(last);
                Condition::all(all)
            }
        }))
    }
}

/// Tests by the name of what they are about: one name, or a table.
pub(super) struct Tests<N>(Vec<(N, Test)>);

impl<'de, N> Deserialize<'de> for Tests<N>
where
    N: Deserialize<'de> + TryFrom<String, Error = String>,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TestsVisitor<N>(PhantomData<N>);

        impl<'de, N> Visitor<'de> for TestsVisitor<N>
        where
            N: Deserialize<'de> + TryFrom<String, Error = String>,
        {
            type Value = Tests<N>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name or a table of patterns by name")
            }

            fn visit_str<E: Error>(self, name: &str) -> Result<Tests<N>, E> {
                let name = N::try_from(name.to_owned()).map_err(E::custom)?;
                Ok(Tests(vec![(name, Test::IsThere(true))]))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Tests<N>, A::Error> {
                let mut tests = Vec::new();
                while let Some(name) = map.next_key::<N>()? {
                    tests.push((name, map.next_value::<TestEntry>()?.0));
                }
                if tests.is_empty() {
                    return Err(A::Error::custom("nothing is named"));
                }
                Ok(Tests(tests))
            }
        }

        deserializer.deserialize_any(TestsVisitor(PhantomData))
    }
}

/// What one value must be.
struct TestEntry(Test);

impl<'de> Deserialize<'de> for TestEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TestVisitor;

        impl<'de> Visitor<'de> for TestVisitor {
            type Value = TestEntry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text, a list of texts, true or false")
            }

            fn visit_bool<E: Error>(self, is_there: bool) -> Result<TestEntry, E> {
                Ok(TestEntry(Test::IsThere(is_there)))
            }

            fn visit_str<E: Error>(self, pattern: &str) -> Result<TestEntry, E> {
                Ok(TestEntry(Test::Fits(vec![pattern.to_owned()])))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<TestEntry, A::Error> {
                let list = Vec::<Placed<String>>::deserialize(SeqAccessDeserializer::new(seq))?;
                if list.is_empty() {
                    return Err(A::Error::custom("the list is empty"));
                }
                Ok(TestEntry(Test::Fits(unplaced(list).collect())))
            }
        }

        deserializer.deserialize_any(TestVisitor)
    }
}

/// One status or several.
pub(super) struct StatusList(Vec<Statuses>);

/// A status, or a class of them.
struct StatusEntry(Statuses);

fn statuses(text: &str) -> Result<Statuses, String> {
    let class = text.strip_suffix("xx").filter(|class| class.len() == 1);
    let (digits, factor, count) = match class {
        Some(class) => (class, 100, 100),
        None => (text, 1, 1),
    };
    let number: Option<u16> = digits.parse().ok();
    let first = number.and_then(|number| number.checked_mul(factor));
    match first {
        Some(first) if (200..=599).contains(&first) => Ok(Statuses { first, count }),
        _ => Err(format!(
            "{text:?} is no status of a response: it is as 404 or \"4xx\""
        )),
    }
}

impl<'de> Deserialize<'de> for StatusEntry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let StatusList(list) = StatusList::deserialize(deserializer)?;
        let one = list.first().copied();
        one.map(Self)
            .ok_or_else(|| D::Error::custom("the list is empty"))
    }
}

impl<'de> Deserialize<'de> for StatusList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct StatusVisitor;

        impl<'de> Visitor<'de> for StatusVisitor {
            type Value = StatusList;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a status as 404 or \"4xx\", or a list of such")
            }

            fn visit_i64<E: Error>(self, number: i64) -> Result<StatusList, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_u64<E: Error>(self, number: u64) -> Result<StatusList, E> {
                self.visit_str(&number.to_string())
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<StatusList, E> {
                let one = statuses(text).map_err(E::custom)?;
                Ok(StatusList(vec![one]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<StatusList, A::Error> {
                let list =
                    Vec::<Placed<StatusEntry>>::deserialize(SeqAccessDeserializer::new(seq))?;
                if list.is_empty() {
                    return Err(A::Error::custom("the list is empty"));
                }
                Ok(StatusList(unplaced(list).map(|entry| entry.0).collect()))
            }
        }

        deserializer.deserialize_any(StatusVisitor)
    }
}

/// A share of all visitors, as the number of buckets.
pub(super) struct Share(u32);

impl<'de> Deserialize<'de> for Share {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ShareVisitor;

        impl Visitor<'_> for ShareVisitor {
            type Value = Share;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a number from 0 to 1, as 0.1")
            }

            fn visit_f64<E: Error>(self, share: f64) -> Result<Share, E> {
                if !(0.0..=1.0).contains(&share) {
                    return Err(E::custom(format!("{share} is no share: it is from 0 to 1")));
                }
                // Between 0 and the number of buckets, which is exact.
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
                let buckets = (share * f64::from(BUCKETS)).round() as u32;
                Ok(Share(buckets))
            }

            fn visit_i64<E: Error>(self, share: i64) -> Result<Share, E> {
                match share {
                    0 => Ok(Share(0)),
                    1 => Ok(Share(BUCKETS)),
                    _ => Err(E::custom(format!("{share} is no share: it is from 0 to 1"))),
                }
            }
        }

        deserializer.deserialize_any(ShareVisitor)
    }
}
