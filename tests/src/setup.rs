//! The configurations that scenarios run under, each with an instance of a runtime of its own.

use std::fmt;
use std::time::Duration;

use crate::driver::Backend;
use crate::fragments;
use crate::origin::Urls;
use crate::pages::INJECTED;

/// The public origin of every configuration but [`Setup::Open`].
pub(crate) const PUBLIC: &str = "https://www.example.com";

/// A further origin that is mapped in every configuration; its URL does not depend on a free port.
pub(crate) const ALIAS: &str = "https://origin.example.com";

/// The origins that [`Setup::Origins`] maps: with ports, with names that contain each other, with
/// one dot, with an address, and with international names.
const ORIGINS: [&str; 9] = [
    ALIAS,
    "https://static.example.net",
    "https://static.example.net:8443",
    "https://static.example.net.test",
    "http://cdn.static.example.net",
    "https://my.name",
    "http://10.0.0.7",
    "https://bücher.example",
    "https://xn--e1afmkfd.xn--p1ai",
];

/// The `Host` that [`Setup::Host`] sends to the origin.
pub(crate) const ORIGIN_HOST: &str = "origin.internal.test";

/// The `buffer_limit` of [`Setup::Document`], [`Setup::Open`] and [`Setup::Tight`], in bytes.
pub(crate) const SMALL_LIMIT: usize = 32 << 10;

/// The `limits.request_body` of [`Setup::Tight`], in bytes.
pub(crate) const UPLOAD_LIMIT: usize = 64 << 10;

/// The `websocket_limit` of [`Setup::Messages`], in bytes.
pub(crate) const MESSAGE_LIMIT: usize = 64 << 10;

/// A configuration.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Setup {
    /// URL mapping alone.
    Map,
    /// URL mapping of many origins.
    Origins,
    /// Structure rules.
    Rules,
    /// The same rules except for one, as after a change of the configuration.
    OtherRules,
    /// A document post-processor and a small buffer limit.
    Document,
    /// No public host and a small buffer limit.
    Open,
    /// A host for the origin that differs from the one in its URL.
    Host,
    /// Short timeouts, a small buffer limit, short uploads, and `no-transform` ignored.
    Tight,
    /// Mapping in markup attributes only.
    Attributes,
    /// Routes to further origins, some with rules of their own.
    Routes,
    /// The same routes, whose origins are told the public host.
    Forwarded,
    /// An origin that is asked for the public host.
    Transparent,
    /// Mapping of the hosts of real pages, and one rule.
    Pages,
    /// Rules with every action; each page meets some of them.
    Markup,
    /// Pages and scripts are processable; style sheets are not. What comes back is not mapped.
    Scripts,
    /// Messages of WebSockets are mapped, up to [`MESSAGE_LIMIT`].
    Messages,
    /// Two public hosts that share a domain, and no others; some paths are excepted.
    Sites,
    /// Bodies may pause for a second, and event streams for longer.
    Waits,
    /// Late fragments, each of the pages of one scenario, and one rule.
    Fragments,
    /// The rest of them.
    MoreFragments,
    /// Structure rules, and all that tells of an exchange: the access log, times, traces.
    Observed,
    /// Preloads are learned, and a rule removes some style sheets.
    Learning,
    /// Rules with values and with conditions on the request, most for a path of its own.
    Personal,
    /// A cache, for which some cookies do not count.
    Cached,
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Map => "map",
            Self::Origins => "origins",
            Self::Rules => "rules",
            Self::OtherRules => "other-rules",
            Self::Document => "document",
            Self::Open => "open",
            Self::Host => "host",
            Self::Tight => "tight",
            Self::Attributes => "attributes",
            Self::Routes => "routes",
            Self::Forwarded => "forwarded",
            Self::Transparent => "transparent",
            Self::Pages => "pages",
            Self::Markup => "markup",
            Self::Scripts => "scripts",
            Self::Messages => "messages",
            Self::Sites => "sites",
            Self::Waits => "waits",
            Self::Fragments => "fragments",
            Self::MoreFragments => "more-fragments",
            Self::Observed => "observed",
            Self::Learning => "learning",
            Self::Personal => "personal",
            Self::Cached => "cached",
        })
    }
}

/// A cache, a fragment, and a rule that asks for a cookie.
const CACHED: &str = r#"
[cache]
enabled        = true
ignore_cookies = ["_ga*", "cart", "beta"]

[[fragment]]
comment  = "cart"
src      = "/a-page-comes-from-the-cache-and-its-fragment-does-not/f"
cookies  = ["cart"]
deadline = "8 s"
when     = { path = "/*/with-cart" }

[[html]]
select = "p"
append = "!"
when   = { path = "/*/asked", cookie = { beta = true } }
"#;

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

/// The rules of [`Setup::Markup`]. A rule without a distinct element has a path of its own.
const MARKUP: &str = r#"
[[html]]
select = "blink"
unwrap = true

[[html]]
select = "div.card"
rename = "article"

[[html]]
select = "h2"
rename = "h3"
once   = true

[[html]]
select       = ".brand"
replace_text = [{ find = "Acme Ltd", with = "Acme & Sons" }, { find = "old ", with = "" }]

[[html]]
select       = "script.state"
replace_text = [{ find = "Acme", with = "A && B" }, { find = "end", with = "</script>" }]

[[html]]
select = "aside"
inner  = "<i>nothing</i>"

[[html]]
select = "div.gone"
inner  = "<b>here</b>"
unwrap = true

[[html]]
select = "a.tracked"
unset  = ["onclick", "ping"]
set    = { rel = "nofollow" }

[[html]]
select = "img"
set    = { loading = "lazy" }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/news/*" }

[[html]]
select = "image"
set    = { id = "i" }
when   = { media_type = "image/svg+xml" }

[[html]]
select = "em"
after  = "<sup/>"
when   = { media_type = "application/xhtml+xml" }

[[html]]
select  = "head"
prepend = "<script>first()</script>"
append  = "<script>last()</script>"
nonce   = true
when    = { path = "*/nonce" }

[[html]]
select  = "body"
prepend = "<style>b{}</style>"
append  = '<script src="/end.js"></script>'
nonce   = true
when    = { path = "*/nonce" }

[[html]]
select  = "body"
prepend = "<nav>é漢</nav>"
when    = { path = "*/charset" }
"#;

/// The rules of [`Setup::Personal`].
const PERSONAL: &str = r#"
[[html]]
select = "main"
before = "<p>{query.q}</p>"
values = true
when   = { path = "*/text" }

[[html]]
select = "main"
before = '<i title="{query.q}"></i>'
values = true
when   = { path = "*/attribute" }

[[html]]
select = "main"
before = '<a href="/{query.s|none}/x?q={query.q}">a</a>'
values = true
when   = { path = "*/url" }

[[html]]
select = "main"
before = '<script>var q = "{query.q}";</script>'
values = true
when   = { path = "*/script" }

[[html]]
select = "main"
before = '<p>{cookie.name|guest}, {header.x-seen}, {query.q|<none>}, \{country}, {}</p>'
values = true
when   = { path = "*/default" }

[[html]]
select = "main"
before = '<link rel="canonical" href="https://www.example.com{request.path}">'
values = true
when   = { path = "*/path/*" }

[[html]]
select = "main"
before = '<b data-nonce="{nonce}"></b>'
values = true
when   = { path = "*/nonce-value" }

[[html]]
select = "main"
before = "<p>{request.id}</p>"
values = true
when   = { path = "*/id" }

[[html]]
select = "em"
set    = { title = "{header.x-seen}!" }
values = true
when   = { path = "*/x" }

[[html]]
select       = "u"
replace_text = { find = "NAME", with = "{cookie.name|you}" }
values       = true
when         = { path = "*/replaced" }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-method", method = "GET" }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-host", host = "*" }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-no-host", host = "*.example.org" }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-query", query = { preview = "y*" } }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-header", header = { x-beta = "on" } }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-cookie", cookie = "session" }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-country", country = ["AT", "DE"] }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-mobile", device = "mobile" }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-status", status = "4xx" }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-any", any = [{ cookie = "session" }, { query = "preview" }] }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-all", cookie = "session", query = "preview" }

[[html]]
select = "main"
before = "<hr>"
when   = { path = "*/when-random", random = 0.5 }

[[html]]
select = "script[src*='a.js']"
set    = { type = "text/plain", data-consent = "a" }
when   = { path = "*/consent", not = { cookie = { consent = "yes" } } }
"#;

/// Further names of the origins of [`Setup::Routes`], which do not depend on free ports.
pub(crate) const CDN: &str = "https://cdn.example.net";
pub(crate) const API: &str = "https://api.example.net";
pub(crate) const STORE: &str = "https://store.example.net";
pub(crate) const BLOG: &str = "https://blog.example.net";

/// The public host of a route of [`Setup::Routes`].
pub(crate) const BLOG_HOST: &str = "blog.example.com";

/// The numbers of the origins of routes, for [`crate::origin::Origin::other`].
pub(crate) const CDN_AT: usize = 0;
pub(crate) const API_AT: usize = 1;
pub(crate) const BLOG_AT: usize = 2;

/// Formats the routes of [`Setup::Routes`].
fn routes(origin: &Urls) -> String {
    let [cdn, api, blog] = &origin.others;
    let deaf = &origin.deaf;
    format!(
        r#"
[[html]]
select = "body"
append = "<!--site-->"

[[route]]
path    = "/img"
origin  = "{cdn}"
aliases = ["{CDN}"]

[[route]]
path = "/img/raw"
origin = "{blog}"

[[route]]
path    = "/files"
origin  = "{cdn}/bucket/7"
aliases = ["{STORE}"]

[[route]]
path    = "/api"
origin  = "{api}"
prefix  = "keep"
aliases = ["{API}"]

[[route.html]]
select = "body"
append = "<!--api-->"

[[route]]
name   = "slow"
path   = "/slow"
origin = "{api}"
first_byte_timeout = "{} s"

[[route]]
path   = "/deaf"
origin = "{deaf}"

[[route]]
public  = "https://{BLOG_HOST}"
origin  = "{blog}"
aliases = ["{BLOG}"]
"#,
        SHORT.as_secs()
    )
}

/// The `first_byte_timeout` of [`Setup::Tight`] and of one route of [`Setup::Routes`].
const SHORT: Duration = Duration::from_secs(2);

impl Setup {
    /// Returns the backends that the platform defines by name: the origin, and the one of a route.
    pub(crate) fn backends(self, origin: &Urls) -> Vec<Backend> {
        if matches!(self, Self::Waits | Self::Fragments | Self::MoreFragments) {
            // The pauses of a named backend are the platform's to configure.
            return Vec::new();
        }
        let mut backends = vec![Backend {
            name: "origin",
            url: origin.main.clone(),
            override_host: None,
            first_byte_timeout: (self == Self::Tight).then_some(SHORT),
        }];
        if matches!(self, Self::Routes | Self::Forwarded) {
            backends.push(Backend {
                name: "slow",
                url: origin.others[API_AT].clone(),
                override_host: None,
                first_byte_timeout: Some(SHORT),
            });
        }
        backends
    }

    /// Formats the text of `streamgate.toml`. `aliases` are the origins that [`Setup::Pages`] maps.
    pub(crate) fn text(self, origin: &Urls, aliases: &[String]) -> String {
        let limit = format!("buffer_limit = \"{} KiB\"", SMALL_LIMIT >> 10);
        let public = format!("public = \"{PUBLIC}\"");
        let (origin_keys, gate_keys, rest) = match self {
            Self::Map | Self::Origins => (public, String::new(), String::new()),
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
                format!("[limits]\nrequest_body = {UPLOAD_LIMIT}\n"),
            ),
            Self::Attributes => (
                public,
                String::new(),
                "[map]\nscope = \"attributes\"\n".to_owned(),
            ),
            Self::Routes => (public, String::new(), routes(origin)),
            Self::Forwarded => (
                format!("{public}\nidentity = \"forwarded\""),
                String::new(),
                routes(origin),
            ),
            Self::Transparent => (
                format!("{public}\nidentity = \"transparent\""),
                String::new(),
                String::new(),
            ),
            Self::Markup => (public, String::new(), MARKUP.to_owned()),
            Self::Personal => (
                public,
                "country_field = \"X-Country\"".to_owned(),
                PERSONAL.to_owned(),
            ),
            Self::Scripts => (
                public,
                "processable = [\"text/html\", \"text/javascript\"]".to_owned(),
                "[map]\nback = false\n".to_owned(),
            ),
            Self::Messages => (
                public,
                String::new(),
                format!("[map]\nwebsocket = true\nwebsocket_limit = {MESSAGE_LIMIT}\n"),
            ),
            Self::Sites => (
                public,
                "public_hosts = [\"preview.example.com\"]".to_owned(),
                format!(
                    "[map]\nexcept = [\"*/signed/*\"]\n\
                     except_tags = [\"[data-state]\"]\n\n\
                     [[route]]\npublic = \"https://{BLOG_HOST}\"\norigin = \"{}\"\n\
                     aliases = [\"https://blog.internal.test\"]\n\
                     back_only = [\"/posts/*/text\"]\n",
                    origin.others[BLOG_AT]
                ),
            ),
            Self::Waits => (
                public,
                String::new(),
                "[limits]\nbody_idle = \"1 s\"\nevents_idle = \"30 s\"\n".to_owned(),
            ),
            Self::Fragments | Self::MoreFragments => (
                public,
                String::new(),
                format!(
                    "[access_log]\nformat = \"json\"\n\n\
                     [[html]]\nselect = \"em\"\nrename = \"strong\"\n\n\
                     [[route]]\npath = \"/deaf\"\norigin = \"{}\"\n\n{}",
                    origin.deaf,
                    fragments::text(self)
                ),
            ),
            Self::Observed => (
                public,
                "server_timing = true\ntrace_context = \"span\"".to_owned(),
                format!("[access_log]\nformat = \"json\"\n{RULES}"),
            ),
            Self::Cached => (public, String::new(), CACHED.to_owned()),
            Self::Learning => (
                public,
                "learn_preloads = true".to_owned(),
                "[[html]]\nselect = \"link[href*='gone']\"\nremove = true\n".to_owned(),
            ),
            Self::Pages => {
                let rule =
                    format!("[[html]]\nselect = \"head\"\nprepend = '{INJECTED}'\nonce = true\n");
                (public, String::new(), rule)
            }
        };
        let aliases = match self {
            Self::Pages => aliases.join("\", \""),
            Self::Origins => ORIGINS.join("\", \""),
            Self::Sites => [ALIAS, "https://www.internal.test"].join("\", \""),
            _ => ALIAS.to_owned(),
        };
        let origin = &origin.main;
        format!(
            "[origin]\nurl = \"{origin}\"\naliases = [\"{aliases}\"]\n{origin_keys}\n\n\
             [gate]\nexplain = true\n{gate_keys}\n\n{rest}"
        )
    }
}
