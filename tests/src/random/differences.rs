//! In what the platforms are known to differ from the native gate, each with its reason and the
//! page of the book that tells users.

use super::case::{Case, Framing, Lines, Upload};
use super::observed::Difference;
use super::parts::ODD_TARGETS;
use crate::driver::Runtime::{self, Bun, Cloudflare, Deno, Fastly, Node, Tower, Wasi, Wasi3};

/// A difference that is known.
pub(super) struct Known {
    /// A sentence about what is seen.
    pub(super) name: &'static str,
    /// The runtimes that differ in this.
    on: &'static [Runtime],
    /// The cause.
    pub(super) reason: &'static str,
    /// The page that says it.
    pub(super) page: &'static str,
    /// Returns whether it is the cause of what was seen.
    explains: fn(&Case, &Difference) -> bool,
}

/// Returns the cause of a difference. Returns `None` if none is known.
pub(super) fn why(runtime: Runtime, case: &Case, seen: &Difference) -> Option<&'static Known> {
    KNOWN
        .iter()
        .find(|known| known.on.contains(&runtime) && (known.explains)(case, seen))
}

/// Every difference that is known.
pub(super) const KNOWN: &[Known] = &[
    Known {
        name: "a body that breaks off in chunks looks complete",
        on: &[Cloudflare],
        reason: "workerd ends a failed chunked response with a clean last chunk",
        page: "cloudflare.md",
        explains: |case, seen| {
            // What follows a body without a length belongs to it, and its coding then has a fault.
            let is_faulty = case.reply.coding.is_some()
                && case.reply.framing == Framing::Close
                && !case.reply.behind.is_empty();
            (case.reply.cut.is_some() || is_faulty) && seen.at == "end" && seen.other == "complete"
        },
    },
    Known {
        name: "an error in a coding that the runtime knows passes through",
        on: &[Cloudflare],
        reason: "reading it would decode it",
        page: "cloudflare.md",
        explains: |case, seen| {
            let coded = matches!(case.reply.coding, Some("gzip" | "br"));
            let of_head = [
                "field streamgate",
                "field content-length",
                "field transfer-encoding",
            ];
            let of_cut = case.reply.cut.is_some() && seen.at == "status";
            coded && case.reply.status >= 300 && (of_head.contains(&&*seen.at) || of_cut)
        },
    },
    Known {
        name: "a chunk extension ends a body",
        on: &[Cloudflare],
        reason: "workerd's HTTP library takes no chunk size but digits",
        page: "cloudflare.md",
        explains: |case, seen| {
            let answered = matches!(case.reply.framing, Framing::Chunks(_, ";a=b"));
            let sent = matches!(case.upload, Upload::Chunks(_, ";a=b"));
            answered
                && matches!(
                    &*seen.at,
                    "body" | "end" | "status" | "answer" | "field content-length"
                )
                || sent && (refused(seen, "400") || seen.at == "request end")
        },
    },
    Known {
        name: "a GET with a body is refused",
        on: &[Cloudflare, Deno],
        reason: "no `Request` with this method has a body",
        page: "cloudflare.md, web.md",
        explains: |case, seen| {
            let empty = matches!(&case.upload, Upload::Length(body) if body.is_empty());
            is_get(case) && case.upload != Upload::None && !empty && refused(seen, "501")
        },
    },
    Known {
        name: "a GET with a body in chunks is refused",
        on: &[Wasi, Wasi3],
        reason: "hyper sends no body of unknown length with a GET",
        page: "wasi.md",
        explains: |case, seen| {
            let chunks = matches!(case.upload, Upload::Chunks(..) | Upload::Broken(_));
            is_get(case) && chunks && refused(seen, "501")
        },
    },
    Known {
        name: "fields that the runtime knows by name are joined, and vanish if empty",
        on: &[Cloudflare],
        reason: "workerd's HTTP library has one value for each",
        page: "cloudflare.md",
        explains: |case, seen| {
            let odd = |lines: &Lines, name: &str| {
                let of = |(other, _): &&(String, _)| other.eq_ignore_ascii_case(name);
                let lines: Vec<_> = lines.iter().filter(of).collect();
                lines.len() > 1
                    || lines
                        .iter()
                        .any(|(_, value): &&(_, Vec<u8>)| value.is_empty())
            };
            let asked = seen.at.strip_prefix("request field ");
            let told = seen.at.strip_prefix("field ");
            asked.is_some_and(|name| odd(&case.fields, name))
                || told.is_some_and(|name| odd(&case.reply.fields, name))
        },
    },
    Known {
        name: "the lines of a field are joined",
        on: &[Deno],
        reason: "`Headers` has one value for each field but `Set-Cookie`",
        page: "web.md",
        explains: |case, seen| {
            let repeated = |lines: &Lines, name: &str| {
                let same = |(other, _): &&(String, _)| other.eq_ignore_ascii_case(name);
                lines.iter().filter(same).count() > 1
            };
            let asked = seen.at.strip_prefix("request field ");
            let told = seen.at.strip_prefix("field ");
            asked.is_some_and(|name| repeated(&case.fields, name))
                || told.is_some_and(|name| repeated(&case.reply.fields, name))
        },
    },
    Known {
        name: "a request without a body has an empty one in chunks",
        on: &[Deno],
        reason: "`Deno.serve` gives each `Request` that may have a body a stream",
        page: "web.md",
        explains: |case, seen| {
            case.upload == Upload::None
                && seen.at == "request field transfer-encoding"
                && seen.native == "none"
        },
    },
    Known {
        name: "trailers that nothing announces arrive",
        on: &[Node, Bun],
        reason: "the native gate's HTTP library sends those that `Trailer` names",
        page: "web.md",
        explains: |case, seen| {
            case.reply.framing == Framing::Trailers && seen.at.starts_with("trailer ")
        },
    },
    Known {
        name: "a status beyond 599 is a 502",
        on: &[Cloudflare, Deno],
        reason: "`Response` has the statuses 200 to 599 only",
        page: "cloudflare.md, web.md",
        explains: |case, seen| {
            case.reply.status > 599 && seen.at == "status" && seen.other == "502"
        },
    },
    Known {
        name: "an interim response is a 502",
        on: &[Cloudflare],
        reason: "workerd's HTTP client takes it for the answer",
        page: "cloudflare.md",
        explains: |case, seen| {
            case.reply.interim.is_some() && seen.at == "status" && seen.other == "502"
        },
    },
    Known {
        name: "a length that is said twice is a 502",
        on: &[Cloudflare, Node, Deno, Bun],
        reason: "the platform's HTTP library takes it for no number",
        page: "cloudflare.md, web.md",
        explains: |case, seen| {
            case.reply.framing == Framing::Length(2) && seen.at == "status" && seen.other == "502"
        },
    },
    Known {
        name: "an answer that is refused for two reasons is refused for the other",
        on: &[Cloudflare, Node, Deno, Bun],
        reason: "the runtime's reason comes before the end of the body is seen",
        page: "cloudflare.md, web.md",
        explains: |case, seen| {
            let reply = &case.reply;
            let refused = reply.interim.is_some()
                || reply.status > 599
                || reply.framing == Framing::Length(2)
                || matches!(reply.framing, Framing::Chunks(_, ";a=b"));
            let of_reason = ["body", "field content-length", "field proxy-status"];
            refused && reply.cut.is_some() && of_reason.contains(&&*seen.at)
        },
    },
    Known {
        name: "a body is complete with its last chunk",
        on: &[Cloudflare],
        reason: "workerd's HTTP library reads neither trailers nor the line that ends them",
        page: "cloudflare.md",
        explains: |case, seen| case.is_cut_behind_its_last_chunk() && seen.at == "status",
    },
    Known {
        name: "the length of 0 of a GET is gone",
        on: &[Cloudflare],
        reason: "the runtime sends no length with a GET that has no body",
        page: "cloudflare.md",
        explains: |case, seen| {
            let empty = matches!(&case.upload, Upload::Length(body) if body.is_empty());
            empty && is_get(case) && seen.at == "request field content-length"
        },
    },
    Known {
        name: "a GET whose answer is refused is sent again",
        on: &[Cloudflare],
        reason: "the runtime does not tell a dead connection from an answer that is none",
        page: "cloudflare.md",
        explains: |case, seen| {
            let refused = matches!(case.reply.framing, Framing::Length(2) | Framing::Lengths);
            refused && is_get(case) && seen.at == "requests" && seen.other == "2"
        },
    },
    Known {
        name: "a request without a body has a length of 0",
        on: &[Cloudflare, Fastly, Wasi3],
        reason: "the platform announces every body",
        page: "cloudflare.md, fastly.md, wasi.md",
        explains: |case, seen| {
            case.upload == Upload::None
                && seen.at == "request field content-length"
                && seen.native == "none"
                && seen.other == "\"0\""
        },
    },
    Known {
        name: "another error type in Proxy-Status",
        on: &[Cloudflare, Fastly, Wasi, Wasi3],
        reason: "the platform reports different failures as one",
        page: "cloudflare.md, fastly.md, wasi.md",
        explains: |_, seen| seen.at == "field proxy-status",
    },
    Known {
        name: "the client's address is not known",
        on: &[Cloudflare, Wasi, Wasi3],
        reason: "wasi:http does not tell it, and workerd sends no `CF-Connecting-IP` of its own",
        page: "cloudflare.md, wasi.md",
        explains: |_, seen| {
            matches!(
                &*seen.at,
                "request field x-forwarded-for" | "request field forwarded"
            )
        },
    },
    Known {
        name: "a 304 without a length",
        on: &[Cloudflare, Wasi, Deno],
        reason: "the platform's HTTP server drops it",
        page: "cloudflare.md, wasi.md, web.md",
        explains: |case, seen| {
            case.reply.status == 304 && seen.at == "field content-length" && seen.other == "none"
        },
    },
    Known {
        name: "an answer with bytes behind it is a 502",
        on: &[Wasi, Wasi3],
        reason: "Wasmtime lets an error of the connection win over a head that is there",
        page: "wasi.md",
        explains: |case, seen| {
            !case.reply.behind.is_empty() && seen.at == "status" && seen.other == "502"
        },
    },
    Known {
        name: "of two hosts the first counts, or a 500",
        on: &[Cloudflare, Wasi, Deno],
        reason: "the platform shows one authority, or refuses two in its own words",
        page: "cloudflare.md, wasi.md, web.md",
        explains: |case, seen| case.hosts.len() > 1 && !seen.at.starts_with("request "),
    },
    Known {
        name: "a host that is no authority is refused in other words",
        on: &[Fastly],
        reason: "the adapter refuses it before the SDK parses the URL, over which it panics",
        page: "fastly.md",
        explains: |case, seen| {
            let host = case.hosts.concat();
            let no_authority =
                host.contains(":98777") || host.contains(":99999") || host.ends_with("].");
            no_authority && matches!(&*seen.at, "body" | "field content-length")
        },
    },
    Known {
        name: "a status beyond 599 is a 502",
        on: &[Wasi3],
        reason: "Wasmtime refuses such a status",
        page: "wasi.md",
        explains: |case, seen| {
            let is_of_the_answer = !seen.at.starts_with("request");
            case.reply.status > 599 && is_of_the_answer && refused(seen, "502")
        },
    },
    Known {
        name: "an empty body in chunks is none",
        on: &[Wasi, Wasi3],
        reason: "a WASI host hides `Transfer-Encoding`, so that only bytes tell of a body",
        page: "wasi.md",
        explains: |case, seen| {
            let empty = matches!(&case.upload, Upload::Chunks(chunks, _) if chunks.is_empty());
            empty
                && match &*seen.at {
                    "request field transfer-encoding" => seen.other == "none",
                    "request field content-length" => seen.other == "\"0\"",
                    _ => false,
                }
        },
    },
    Known {
        name: "a target is read as a URL",
        on: &[Cloudflare, Fastly, Deno],
        reason: "the platform gives the program a parsed URL",
        page: "cloudflare.md, fastly.md, web.md",
        explains: |case, seen| seen.at == "request target" && ODD_TARGETS.contains(&&*case.target),
    },
    Known {
        name: "a target that is no URI is refused elsewhere, or not at all",
        on: &[Cloudflare, Fastly, Wasi, Node, Deno, Bun],
        reason: "it is the HTTP library that refuses it, or the gate, or a parser mends it",
        page: "cloudflare.md, fastly.md, web.md",
        explains: |case, seen| {
            let odd = |byte: &u8| matches!(byte, b'<' | b'>' | b'`' | b'"' | 0x80..);
            case.target.iter().any(odd) && !seen.at.starts_with("request ")
        },
    },
    Known {
        name: "an upload that breaks is refused in another way",
        on: &[Cloudflare, Fastly, Wasi, Wasi3, Node, Deno, Bun],
        reason: "what breaks it is seen by the HTTP library, the runtime, or the gate",
        page: "gate.md",
        explains: |case, seen| {
            let fails = !seen.other.starts_with('2') && !seen.other.starts_with("a 2");
            matches!(case.upload, Upload::Broken(_))
                && (is_of_the_answer(seen) && fails
                    || seen.at.starts_with("field ")
                    || seen.at == "body")
        },
    },
    Known {
        name: "an origin hears of an upload that breaks at once, or does not",
        on: &[Tower],
        reason: "the client's task may send the head before the end of the body is seen",
        page: "tower.md",
        explains: |case, seen| matches!(case.upload, Upload::Broken(_)) && seen.at == "requests",
    },
    Known {
        name: "a body that breaks before its first byte takes the head with it",
        on: &[Fastly, Wasi, Wasi3],
        reason: "the platform sends the head together with the first byte",
        page: "fastly.md, wasi.md",
        explains: |case, seen| {
            case.reply.cut.is_some() && seen.at == "answer" && seen.native.ends_with("is cut")
        },
    },
];

fn is_get(case: &Case) -> bool {
    matches!(&*case.method, "GET" | "HEAD")
}

/// Returns whether a request is answered with this status, or does not reach the origin.
fn refused(seen: &Difference, status: &str) -> bool {
    seen.at == "status" && seen.other == status || seen.at == "requests"
}

/// Returns whether the request is answered otherwise, or reaches the origin where it does not on
/// the native gate.
fn is_of_the_answer(seen: &Difference) -> bool {
    matches!(seen.at.as_str(), "status" | "answer" | "requests")
}
