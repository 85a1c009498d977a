//! What web-standard runtimes cannot support. Node and Bun serve by `node:http`, Deno by `Deno.serve`;
//! all three fetch by `node:http`.

use crate::driver::Runtime::{self, Bun, Deno, Node};
use crate::scenario::Scenario;

/// Scenarios that cannot pass on runtimes.
struct Listed {
    on: &'static [Runtime],
    /// What the runtimes show.
    seen: &'static str,
    reason: &'static str,
    ids: &'static [&'static str],
}

const LISTED: [Listed; 14] = [
    Listed {
        on: &[Deno],
        seen: "expected 101, got 426",
        reason: "no `Response` is a 101 (Fetch standard, \"Response class\"), so the gate ignores \
            `Upgrade`; the package's server on node:http carries WebSockets",
        ids: &[
            "row-1-a-websocket-echoes",
            "row-1-the-head-of-a-handshake-is-mapped",
            "texts-of-a-websocket-are-mapped-both-ways",
            "a-text-in-fragments-is-mapped-as-one",
            "other-messages-of-a-websocket-stay-and-so-does-a-close",
            "no-extension-is-offered-where-messages-are-mapped",
        ],
    },
    Listed {
        on: &[Deno],
        seen: "the origin was offered no WebSocket",
        reason: "no `Response` is a 101 (Fetch standard, \"Response class\"), so the gate ignores \
            `Upgrade`; the package's server on node:http carries WebSockets",
        ids: &["row-1-an-offer-of-http-2-does-not-reach-the-origin"],
    },
    Listed {
        on: &[Deno],
        seen: "expected Content-Length: \"0\", got none",
        reason: "a 205 is a null body status (Fetch standard, \"Statuses\"), and Deno.serve sends no \
            length with one (a plain server that sets the field shows the same)",
        ids: &["row-2-a-205-has-content-length-0"],
    },
    Listed {
        on: &[Deno],
        seen: "expected two lines, got",
        reason: "`Headers` joins the lines of a field (Fetch standard, \"get, decode, and split\")",
        ids: &["repeated-fields-keep-their-lines"],
    },
    Listed {
        on: &[Deno],
        seen: "the origin got Accept: [\"\\\"text/html, image/png\\\"\"]",
        reason: "`Headers` joins the lines of a field (Fetch standard, \"get, decode, and split\")",
        ids: &["empty-and-repeated-fields-reach-the-origin-as-they-are"],
    },
    Listed {
        on: &[Deno],
        seen: "reached the origin as \"/caf%C3%A9\"",
        reason: "`Request.url` is a parsed URL, which escapes what is not ASCII (URL Standard, \
            \"path state\")",
        ids: &["a-target-in-utf-8-reaches-the-origin-as-it-is"],
    },
    Listed {
        on: &[Node, Bun],
        seen: "expected status 200, got 400 (Proxy-Status: ;",
        reason: "the parser of node:http takes targets of ASCII only, and answers 400 before the \
            program sees the request (`HPE_INVALID_URL`; a plain server shows the same)",
        ids: &["a-target-in-utf-8-reaches-the-origin-as-it-is"],
    },
    Listed {
        on: &[Deno],
        seen: "expected status 400, got 200",
        reason: "`Request.url` has a host always: without `Host`, Deno.serve puts `localhost` and \
            its port there (a plain server shows the same)",
        ids: &["a-request-without-a-host-is-refused"],
    },
    Listed {
        on: &[Deno],
        seen: "row=6, it said \"stream; row=12; reason=processable\"",
        reason: "`Request.url` has a host always: without `Host`, Deno.serve puts `localhost` and \
            its port there (a plain server shows the same)",
        ids: &[
            "row-6-an-empty-host-leaves-a-page-unmapped",
            "row-6-a-page-over-the-limit-passes-through-whole",
        ],
    },
    Listed {
        on: &[Node, Deno, Bun],
        seen: "expected status 501, got 400 (Proxy-Status: ;",
        reason: "the server refuses a request that has `Content-Length` beside the coding, before \
            the program sees it (plain servers show the same; RFC 9112 §6.1 lets them)",
        ids: &["a-transfer-coding-other-than-chunked-is-refused"],
    },
    Listed {
        on: &[Deno, Bun],
        seen: "expected status 200, got 40",
        reason: "the runtime's server has no asterisk-form: Deno.serve makes the path `/*` of it, and \
            Bun's node:http answers 400 (plain servers show the same)",
        ids: &["options-for-the-whole-server-are-answered-by-the-gate"],
    },
    Listed {
        on: &[Deno],
        seen: "the trailer X-Checksum is None",
        reason: "the Fetch API has no trailers (whatwg/fetch issue 772: removed in 2019)",
        ids: &["trailers-of-an-image-reach-the-client"],
    },
    Listed {
        on: &[Deno],
        seen: "expected status 600, got 502 (Proxy-Status: streamgate; error=proxy_internal_error;",
        reason: "`Response` has the statuses 200 to 599 only (Fetch standard, \"Response class\")",
        ids: &["a-status-that-nobody-knows-passes"],
    },
    Listed {
        on: &[Node, Deno, Bun],
        seen: "expected status 200, got 502 (Proxy-Status: streamgate; error=http_protocol_error;",
        reason: "the parser of node:http takes a length that is said twice for a fault \
            (`HPE_UNEXPECTED_CONTENT_LENGTH`)",
        ids: &[
            "a-length-that-is-said-twice-counts-once",
            "a-length-of-head-that-is-said-twice-counts-once",
        ],
    },
];

/// The scenario whose origin puts spaces around the extension of a chunk, and what the runtimes make
/// of it.
const EXTENSIONS: &str = "extensions-of-an-origins-chunks-are-ignored";
const NO_SPACES: &str = "the parser of node:http takes no space before the extension of a chunk \
    (`HPE_INVALID_CHUNK_SIZE`), and the body breaks off there";

/// Lists the scenarios that cannot pass.
pub(super) fn list(scenario: Scenario) -> Scenario {
    let mut listed = scenario;
    let id = listed.id.clone();
    for Listed {
        on, seen, reason, ..
    } in LISTED.iter().filter(|it| it.ids.contains(&id.as_str()))
    {
        for runtime in *on {
            listed = listed.not_on(*runtime, seen, reason);
        }
    }
    if id == EXTENSIONS {
        let cut = "the body: expected 9 bytes, got 5";
        listed = listed.not_on(Node, cut, NO_SPACES);
        listed = listed.not_on(Deno, cut, NO_SPACES);
        listed = listed.not_on(Bun, "the body: expected 9 bytes, got 0", NO_SPACES);
    }
    listed
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::all;

    #[test]
    fn what_is_listed_is_in_the_table() {
        let table = all();
        let listed = LISTED.iter().flat_map(|listed| listed.ids);
        for id in listed.chain([&EXTENSIONS]) {
            assert!(table.iter().any(|scenario| scenario.id == *id), "{id}");
        }
    }

    #[test]
    fn at_most_five_percent_of_a_runtimes_cells_are_unsupported() {
        let table = all();
        for runtime in [Node, Deno, Bun] {
            let scenarios = table.iter();
            let listed = scenarios.filter(|scenario| scenario.unsupported_on(runtime).is_some());
            let count = listed.count();
            assert!(count * 20 <= table.len(), "{runtime}: {count}");
        }
    }
}
