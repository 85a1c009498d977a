//! What made a site, by the traces that it leaves in heads and markup, and what
//! `docs/frameworks.md` says to set for it.

use http::HeaderMap;
use http::header::SET_COOKIE;

use crate::process::visit::Page;

/// A framework, and how it is known.
#[derive(Debug)]
pub(super) struct Framework {
    pub(super) name: &'static str,
    signs: &'static [Sign],
    /// The lines of `[origin]` that it needs.
    pub(super) settings: &'static [&'static str],
    /// What to know and to do, in whole lines.
    pub(super) advice: &'static [&'static str],
}

/// A trace. One is enough.
#[derive(Debug)]
enum Sign {
    /// A field of a response that contains this text, in lower case.
    Field(&'static str, &'static str),
    /// A cookie whose name starts so.
    Cookie(&'static str),
    /// What `<meta name="generator">` starts with.
    Generator(&'static str),
    /// A text in the markup.
    Markup(&'static str),
}

/// What is known. The advice is that of `docs/frameworks.md` for the identity `"origin"`.
const KNOWN: &[Framework] = &[
    Framework {
        name: "Next.js",
        signs: &[
            Sign::Field("x-powered-by", "next.js"),
            Sign::Markup("id=\"__NEXT_DATA__\""),
            Sign::Markup("self.__next_f"),
            Sign::Markup("/_next/static/"),
        ],
        settings: &[],
        advice: &[
            "Nothing to set, here or there. images.remotePatterns lists the origin as before.",
            "Let rules insert at `head` or `body` only: React reports anything else as a mismatch.",
        ],
    },
    Framework {
        name: "Nuxt",
        signs: &[
            Sign::Field("x-powered-by", "nuxt"),
            Sign::Markup("id=\"__nuxt\""),
            Sign::Markup("window.__NUXT__"),
            Sign::Markup("/_nuxt/"),
        ],
        settings: &[],
        advice: &[
            "Nothing is known that must be set. It was not run behind the gate.",
            "Let rules insert at `head` or `body` only: Vue reports anything else as a mismatch.",
        ],
    },
    Framework {
        name: "React Router",
        signs: &[
            Sign::Markup("__reactRouterContext"),
            Sign::Markup("__remixContext"),
        ],
        settings: &[],
        advice: &[
            "Nothing to set, here or there.",
            "Let rules insert at `head` or `body` only: React reports anything else as a mismatch.",
        ],
    },
    Framework {
        name: "SvelteKit",
        signs: &[
            Sign::Field("x-sveltekit-page", ""),
            Sign::Markup("data-sveltekit-"),
            Sign::Markup("__sveltekit_"),
            Sign::Markup("/_app/immutable/"),
        ],
        settings: &[],
        advice: &[
            "With adapter-node its ORIGIN is as in a direct visit: the origin's URL, with the",
            "scheme by which the gate asks.",
        ],
    },
    Framework {
        name: "Astro",
        signs: &[
            Sign::Generator("astro"),
            Sign::Markup("<astro-island"),
            Sign::Markup("/_astro/"),
        ],
        settings: &[],
        advice: &[
            "Its security.allowedDomains has the origin's host, as in a direct visit.",
            "Server islands are fetched as pages: give rules for `head` and `body` a `when`.",
        ],
    },
    Framework {
        name: "Angular",
        signs: &[
            Sign::Markup(" ng-version=\""),
            Sign::Markup("ng-server-context=\""),
        ],
        settings: &[
            "# Angular trusts no other field, and would send the empty page of a client-side one.",
            "forwarded = [\"forwarded\"]",
        ],
        advice: &["Its security.allowedHosts has the origin's host (or NG_ALLOWED_HOSTS)."],
    },
    Framework {
        name: "Django",
        signs: &[
            Sign::Cookie("csrftoken"),
            Sign::Markup("csrfmiddlewaretoken"),
            Sign::Markup("__admin_media_prefix__"),
        ],
        settings: &[],
        advice: &[
            "Nothing to set, here or there. If messages of WebSockets have absolute URLs in them,",
            "as with Channels: map.websocket = true.",
        ],
    },
    Framework {
        name: "Rails",
        signs: &[
            Sign::Markup("content=\"authenticity_token\""),
            Sign::Markup("name=\"authenticity_token\""),
            Sign::Markup("/rails/active_storage/"),
        ],
        settings: &[],
        advice: &[
            "Nothing to set, here or there. If messages of WebSockets have absolute URLs in them,",
            "as Turbo Streams may: map.websocket = true.",
        ],
    },
    Framework {
        name: "Laravel",
        signs: &[
            Sign::Cookie("laravel_session"),
            Sign::Cookie("laravel-session"),
            Sign::Cookie("XSRF-TOKEN"),
        ],
        settings: &[],
        advice: &["Nothing to set, here or there."],
    },
    Framework {
        name: "WordPress",
        signs: &[
            Sign::Generator("wordpress"),
            Sign::Field("link", "https://api.w.org/"),
            Sign::Markup("/wp-content/"),
            Sign::Markup("/wp-includes/"),
        ],
        settings: &[],
        advice: &["WP_HOME and WP_SITEURL stay the origin's. Nothing else to set, here or there."],
    },
    Framework {
        name: "Express",
        signs: &[Sign::Field("x-powered-by", "express")],
        settings: &[],
        advice: &["Nothing to set, here or there."],
    },
];

/// A framework that left a trace.
#[derive(Debug)]
pub(super) struct Detected {
    pub(super) framework: &'static Framework,
    /// What was seen.
    pub(super) sign: String,
}

/// Adds the frameworks that left a trace in a response and its page, and are not known yet.
pub(super) fn detect(found: &mut Vec<Detected>, head: &HeaderMap, html: &[u8], page: &Page) {
    let html = String::from_utf8_lossy(html);
    for framework in KNOWN {
        if found.iter().any(|it| it.framework.name == framework.name) {
            continue;
        }
        let mut signs = framework.signs.iter();
        let sign = signs.find_map(|sign| sign.seen(head, &html, page));
        found.extend(sign.map(|sign| Detected { framework, sign }));
    }
}

impl Sign {
    /// Returns what was seen, if it was.
    fn seen(&self, head: &HeaderMap, html: &str, page: &Page) -> Option<String> {
        match self {
            Self::Field(name, part) => {
                let mut values = head.get_all(*name).iter();
                let has = |value: &http::HeaderValue| {
                    String::from_utf8_lossy(value.as_bytes())
                        .to_lowercase()
                        .contains(part)
                };
                values.any(has).then(|| format!("the field {name}"))
            }
            Self::Cookie(name) => {
                let mut cookies = head.get_all(SET_COOKIE).iter();
                let has =
                    |cookie: &http::HeaderValue| cookie.as_bytes().starts_with(name.as_bytes());
                cookies.any(has).then(|| format!("the cookie {name}"))
            }
            Self::Generator(start) => {
                let mut generators = page.generators.iter();
                let is_meant = |it: &&String| it.to_lowercase().starts_with(start);
                generators
                    .find(is_meant)
                    .map(|it| format!("the generator {it:?}"))
            }
            Self::Markup(part) => html.contains(part).then(|| format!("{part:?} in a page")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use url::Url;

    fn detected(head: &[(&'static str, &str)], html: &str) -> Vec<&'static str> {
        let head = head.iter().map(|(name, value)| {
            let name = http::HeaderName::from_static(name);
            (name, value.parse().unwrap())
        });
        let page =
            crate::process::visit::page(html.as_bytes(), &Url::parse("https://www.test/").unwrap());
        let mut found = Vec::new();
        detect(&mut found, &head.collect(), html.as_bytes(), &page);
        found.iter().map(|it| it.framework.name).collect()
    }

    #[test]
    fn each_framework_is_known_by_each_of_its_traces() {
        for framework in KNOWN {
            for sign in framework.signs {
                let found = match sign {
                    Sign::Field(name, part) => detected(&[(name, part)], ""),
                    Sign::Cookie(name) => detected(&[("set-cookie", &format!("{name}=1"))], ""),
                    Sign::Generator(start) => {
                        let meta = format!("<meta name=generator content='{start} 6.1'>");
                        detected(&[], &meta)
                    }
                    Sign::Markup(part) => detected(&[], &format!("<p>{part}")),
                };
                assert_eq!(found, [framework.name], "{sign:?}");
            }
        }
        assert_eq!(detected(&[("server", "nginx")], "<p>Next.js"), [""; 0]);
    }

    #[test]
    fn what_the_book_says_to_set_is_proposed() {
        let page = streamgate_book::root().join("docs/frameworks.md");
        let book = std::fs::read_to_string(page).unwrap();
        for framework in KNOWN.iter().filter(|it| it.name != "Nuxt") {
            assert!(book.contains(framework.name), "{}", framework.name);
            for setting in framework
                .settings
                .iter()
                .filter(|line| !line.starts_with('#'))
            {
                assert!(book.contains(&format!("`{setting}`")), "{setting}");
            }
        }
    }
}
