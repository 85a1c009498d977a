//! Records as bytes, for stores that are out of the process.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde::{Deserialize, Serialize};

use super::key::Varies;
use super::response::{Lacks, StoredResponse};
use super::storable::Terms;
use super::store::{Kind, Record};
use crate::gate::{Decision, Outcome, Reason};

/// A record, as it is written. What another version of the gate has written in another way cannot
/// be read, and counts for nothing.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
enum Written {
    Response {
        status: u16,
        /// Names and values, in which each character is a byte.
        head: Vec<(String, String)>,
        terms: Terms,
        outcome: String,
        row: u8,
        over_limit: bool,
        tags: Vec<String>,
        lacks: Lacks,
    },
    Varies(Vec<String>, bool, u64),
    Unstorable,
}

impl Record {
    /// Writes the record.
    ///
    /// ```
    /// assert!(streamgate::Record::from_bytes(b"anything else").is_none());
    /// ```
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let written = match &self.0 {
            Kind::Response(response) => Written::Response {
                status: response.status.as_u16(),
                head: response.head.iter().map(text).collect(),
                terms: response.terms,
                outcome: response.decision.outcome.name().to_owned(),
                row: response.decision.reason.row(),
                over_limit: response.decision.over_limit,
                tags: response.tags.clone(),
                lacks: response.lacks,
            },
            Kind::Varies(varies) => {
                let (names, by_rules, epoch) = varies.parts();
                let names = names.iter().map(|name| name.as_str().to_owned());
                Written::Varies(names.collect(), by_rules, epoch)
            }
            Kind::Unstorable => Written::Unstorable,
        };
        // Texts and numbers can always be written.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// Reads what [`Record::to_bytes`] has written. Returns `None` for anything else.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(match serde_json::from_slice(bytes).ok()? {
            Written::Response {
                status,
                head,
                terms,
                outcome,
                row,
                over_limit,
                tags,
                lacks,
            } => {
                let outcomes = [
                    Outcome::PassThrough,
                    Outcome::Stream,
                    Outcome::Buffered,
                    Outcome::Bodiless,
                ];
                Kind::Response(StoredResponse {
                    status: StatusCode::from_u16(status).ok()?,
                    head: head.iter().map(field).collect::<Option<HeaderMap>>()?,
                    terms,
                    decision: Decision {
                        outcome: outcomes.into_iter().find(|it| it.name() == outcome)?,
                        reason: Reason::ALL.into_iter().find(|it| it.row() == row)?,
                        over_limit,
                    },
                    tags,
                    lacks,
                })
            }
            Written::Varies(names, by_rules, epoch) => {
                let names = names.iter().map(|name| HeaderName::try_from(name).ok());
                Kind::Varies(Varies::from_parts(
                    names.collect::<Option<_>>()?,
                    by_rules,
                    epoch,
                ))
            }
            Written::Unstorable => Kind::Unstorable,
        }))
    }
}

fn text((name, value): (&HeaderName, &HeaderValue)) -> (String, String) {
    let value = value.as_bytes().iter().map(|byte| char::from(*byte));
    (name.as_str().to_owned(), value.collect())
}

fn field((name, value): &(String, String)) -> Option<(HeaderName, HeaderValue)> {
    let bytes = value.chars().map(|c| u8::try_from(c).ok());
    let value = HeaderValue::from_bytes(&bytes.collect::<Option<Vec<u8>>>()?).ok()?;
    Some((HeaderName::try_from(name).ok()?, value))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let mut head = HeaderMap::new();
        head.append("x-a", HeaderValue::from_bytes(b"caf\xe9 \"").unwrap());
        head.append("x-a", HeaderValue::from_static("b"));
        for reason in Reason::ALL {
            let response = StoredResponse {
                status: StatusCode::NOT_FOUND,
                head: head.clone(),
                terms: Terms {
                    received: Duration::new(1_700_000_000, 5),
                    initial_age: Duration::from_secs(3),
                    lifetime: Duration::from_secs(60),
                    while_revalidate: Duration::from_secs(5),
                    if_error: Duration::MAX,
                    no_cache: false,
                    must_revalidate: true,
                    is_shared: true,
                    has_validator: false,
                },
                decision: Decision {
                    outcome: Outcome::Buffered,
                    reason,
                    over_limit: true,
                },
                tags: vec!["a".to_owned()],
                lacks: Lacks {
                    fragments: true,
                    dependence: false,
                },
            };
            let record = Record(Kind::Response(response));
            assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record));
        }
        let names = vec![HeaderName::from_static("x-a")];
        let record = Record(Kind::Varies(Varies::from_parts(names, true, u64::MAX)));
        assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record));
        let record = Record(Kind::Unstorable);
        assert_eq!(Record::from_bytes(&record.to_bytes()), Some(record.clone()));
        assert_eq!(Record::from_bytes(&record.to_bytes()[1..]), None);
    }
}
