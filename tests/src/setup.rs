//! The configurations that scenarios run under: one instance of a runtime for each.

use std::fmt;
use std::time::Duration;

use crate::pages::INJECTED;

/// What the browser sees in every configuration but [`Setup::Open`].
pub(crate) const PUBLIC: &str = "https://www.example.com";

/// A further origin that is mapped in every configuration: a URL that does not depend on a free port.
pub(crate) const ALIAS: &str = "https://origin.example.com";

/// The `Host` that [`Setup::Host`] sends to the origin.
pub(crate) const ORIGIN_HOST: &str = "origin.internal.test";

/// `buffer_limit` of [`Setup::Document`], [`Setup::Open`] and [`Setup::Tight`], in bytes.
pub(crate) const SMALL_LIMIT: usize = 32 << 10;

/// A configuration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Setup {
    /// URL mapping alone.
    Map,
    /// Structure rules.
    Rules,
    /// The same rules but for one: what a deployment changes.
    OtherRules,
    /// A document post-processor, and a small buffer limit.
    Document,
    /// No public host, a small buffer limit.
    Open,
    /// A host for the origin that is not its URL's.
    Host,
    /// Short timeouts, a small buffer limit, `no-transform` ignored.
    Tight,
    /// Mapping in markup attributes only.
    Attributes,
    /// Mapping of the hosts of real pages, and a rule.
    Pages,
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Map => "map",
            Self::Rules => "rules",
            Self::OtherRules => "other-rules",
            Self::Document => "document",
            Self::Open => "open",
            Self::Host => "host",
            Self::Tight => "tight",
            Self::Attributes => "attributes",
            Self::Pages => "pages",
        })
    }
}

const RULES: &str = r#"
[[html]]
select  = "head"
prepend = '<script src="/_sg/tag.js"></script>'
once    = true

[[html]]
select = "body"
append = "<!--end-->"

[[html]]
select = "h1"
before = "<!--before-->"
after  = "<!--after-->"

[[html]]
select = "script[src*='tracker']"
remove = true

[[html]]
select = "img"
set    = { loading = "lazy" }

[[html]]
select = "p"
before = "<hr>"
once   = true
"#;

/// `first_byte_timeout` of [`Setup::Tight`].
const SHORT: Duration = Duration::from_secs(2);

impl Setup {
    /// `first_byte_timeout`, where it is not the default.
    pub(crate) fn first_byte_timeout(self) -> Option<Duration> {
        (self == Self::Tight).then_some(SHORT)
    }

    /// The text of `streamgate.toml`. `aliases` are the origins that [`Setup::Pages`] maps.
    pub(crate) fn text(self, origin: &str, aliases: &[String]) -> String {
        let limit = format!("buffer_limit = \"{} KiB\"", SMALL_LIMIT >> 10);
        let public = format!("public = \"{PUBLIC}\"");
        let (origin_keys, gate_keys, rest) = match self {
            Self::Map => (public, String::new(), String::new()),
            Self::Rules => (public, String::new(), RULES.to_owned()),
            Self::OtherRules => (public, String::new(), RULES.replace("tag.js", "tag2.js")),
            Self::Document => (
                public,
                limit,
                "[document]\npost_processors = [\"preload-links\"]\n".to_owned(),
            ),
            Self::Open => (String::new(), limit, String::new()),
            Self::Host => (
                format!("{public}\nhost = \"{ORIGIN_HOST}\""),
                String::new(),
                String::new(),
            ),
            Self::Tight => (
                format!(
                    "{public}\nconnect_timeout = \"1 s\"\nfirst_byte_timeout = \"{} s\"",
                    SHORT.as_secs()
                ),
                format!("{limit}\nno_transform = \"ignore\""),
                String::new(),
            ),
            Self::Attributes => (
                public,
                String::new(),
                "[map]\nscope = \"attributes\"\n".to_owned(),
            ),
            Self::Pages => {
                let rule =
                    format!("[[html]]\nselect = \"head\"\nprepend = '{INJECTED}'\nonce = true\n");
                (public, String::new(), rule)
            }
        };
        let aliases = if self == Self::Pages {
            aliases.join("\", \"")
        } else {
            ALIAS.to_owned()
        };
        format!(
            "[origin]\nurl = \"{origin}\"\naliases = [\"{aliases}\"]\n{origin_keys}\n\n[gate]\nexplain = true\n{gate_keys}\n\n{rest}"
        )
    }
}
