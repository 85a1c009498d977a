//! What is seen of an exchange on a runtime, by the client and by the origin, and in what two
//! runtimes differ.

use crate::client::{End, Response};
use crate::failure::{Failure, Verdict, show};
use crate::fields::Fields;
use crate::origin::Exchange;

/// Fields that belong to one connection or tell the time.
const UNCOMPARED: [&str; 3] = ["connection", "date", "keep-alive"];

/// What is seen of one exchange.
pub(super) struct Observed {
    /// What the client got, or why that was no response.
    answer: Result<Seen, String>,
    /// What the origin was asked.
    asked: Vec<Asked>,
}

/// A response as the client saw it.
struct Seen {
    status: u16,
    fields: Sorted,
    body: Vec<u8>,
    /// The body without its coding, as far as it can be decoded.
    decoded: Vec<u8>,
    /// Whether nothing tells that something is missing.
    whole: bool,
    trailers: Sorted,
}

/// A request as the origin saw it.
struct Asked {
    method: String,
    /// The target after the segment that names the play.
    target: Vec<u8>,
    fields: Sorted,
    body: Vec<u8>,
    whole: bool,
}

/// The values of each field, in their order, by the field's name in lower case.
type Sorted = Vec<(String, Vec<Vec<u8>>)>;

/// One thing in which a runtime differs from the native gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    /// The thing: `status`, `field NAME`, `body`, `end`, `requests`, `request field NAME` and so
    /// on.
    pub(super) at: String,
    /// What was seen on the native gate.
    pub(super) native: String,
    /// What was seen on the runtime.
    pub(super) other: String,
}

impl Observed {
    /// Gathers what was seen.
    pub(super) fn new(answer: Verdict<Response>, exchanges: &[Exchange]) -> Self {
        let asked = exchanges.iter().map(|exchange| {
            let request = &exchange.request;
            Asked {
                method: request.method.clone(),
                target: request.rest().to_vec(),
                fields: sorted(&request.fields),
                body: request.body.clone(),
                whole: request.whole,
            }
        });
        Self {
            answer: answer
                .map(|response| Seen {
                    status: response.status,
                    fields: sorted(&response.fields),
                    decoded: response.decoded_start(),
                    whole: matches!(response.end, Some(End::Complete | End::Unframed)),
                    trailers: sorted(&response.trailers),
                    body: response.body,
                })
                .map_err(|Failure(why)| why),
            asked: asked.collect(),
        }
    }

    /// Returns in what `other` differs from this. What follows from a difference is none of its
    /// own: of a response with another status, only the status is compared.
    pub(super) fn differences(&self, other: &Self) -> Vec<Difference> {
        let mut all = Differences(Vec::new());
        match (&self.answer, &other.answer) {
            (Ok(native), Ok(other)) => all.of_answers(native, other),
            (native, other) => all.of("answer", &kind(native), &kind(other)),
        }
        all.of("requests", &self.asked.len(), &other.asked.len());
        for (native, other) in self.asked.iter().zip(&other.asked) {
            all.of_requests(native, other);
        }
        all.0
    }
}

fn kind(answer: &Result<Seen, String>) -> String {
    match answer {
        Ok(seen) if seen.whole => format!("a {}", seen.status),
        Ok(seen) => format!("a {} that is cut", seen.status),
        Err(why) => why.clone(),
    }
}

fn sorted(fields: &Fields) -> Sorted {
    let mut sorted = Sorted::new();
    for (name, value) in fields.iter() {
        let name = String::from_utf8_lossy(name).to_ascii_lowercase();
        if UNCOMPARED.contains(&name.as_str()) {
            continue;
        }
        match sorted.iter_mut().find(|(other, _)| *other == name) {
            Some((_, values)) => values.push(value.to_vec()),
            None => sorted.push((name, vec![value.to_vec()])),
        }
    }
    sorted.sort();
    sorted
}

struct Differences(Vec<Difference>);

impl Differences {
    fn of<T: PartialEq + ToString>(&mut self, at: &str, native: &T, other: &T) {
        if native != other {
            self.0.push(Difference {
                at: at.to_owned(),
                native: native.to_string(),
                other: other.to_string(),
            });
        }
    }

    fn of_fields(&mut self, at: &str, native: &Sorted, other: &Sorted) {
        let mut names: Vec<_> = native.iter().chain(other).map(|(name, _)| name).collect();
        names.sort();
        names.dedup();
        let lines = |fields: &Sorted, name: &String| {
            let values = fields.iter().find(|(other, _)| other == name);
            let shown = |(_, values): &(_, Vec<Vec<u8>>)| {
                let values: Vec<_> = values.iter().map(|value| show(value)).collect();
                values.join(" and ")
            };
            values.map_or_else(|| "none".to_owned(), shown)
        };
        for name in names {
            self.of(
                &format!("{at} {name}"),
                &lines(native, name),
                &lines(other, name),
            );
        }
    }

    fn of_answers(&mut self, native: &Seen, other: &Seen) {
        if native.status != other.status {
            return self.of("status", &native.status, &other.status);
        }
        self.of_fields("field", &native.fields, &other.fields);
        self.of_fields("trailer", &native.trailers, &other.trailers);
        self.of("end", &end(native.whole), &end(other.whole));
        let both = native.whole && other.whole;
        let same = match both {
            true => {
                native.body == other.body || native.decoded == other.decoded && rewritten(native)
            }
            // How much of a body leaves before the origin's end is noticed depends on time.
            false => {
                let common = native.decoded.len().min(other.decoded.len());
                native.decoded[..common] == other.decoded[..common]
            }
        };
        if !same {
            self.of("body", &show(&native.body), &show(&other.body));
        }
    }

    fn of_requests(&mut self, native: &Asked, other: &Asked) {
        self.of("request method", &native.method, &other.method);
        self.of(
            "request target",
            &show(&native.target),
            &show(&other.target),
        );
        self.of_fields("request field", &native.fields, &other.fields);
        self.of("request end", &end(native.whole), &end(other.whole));
        if native.whole && other.whole {
            self.of("request body", &show(&native.body), &show(&other.body));
        }
    }
}

/// Returns whether the gate says that it has rewritten the body, and so encoded it: where an
/// encoder is flushed depends on how the body came.
fn rewritten(seen: &Seen) -> bool {
    let said = seen.fields.iter().find(|(name, _)| name == "streamgate");
    said.is_some_and(|(_, values)| {
        values.iter().any(|value| {
            let said = String::from_utf8_lossy(value);
            ["row=10;", "row=11;", "row=12;"]
                .iter()
                .any(|row| said.contains(row))
        })
    })
}

fn end(whole: bool) -> String {
    if whole { "complete" } else { "cut" }.to_owned()
}
