//! What must not be in an answer of the gate.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Request, Response};
use streamgate::{BaseUrl, Config, Gate};
use streamgate_sight::{Origin, Place, Reader, Sighting, excerpt, parted, sightings};

/// How many leaks of one answer are kept.
const MOST: usize = 100;
/// How much of a URL is read, in bytes.
const LONGEST: usize = 2048;

/// Media types whose bodies are no text, by how they start.
const BINARY: [&[u8]; 8] = [
    b"image/",
    b"audio/",
    b"video/",
    b"font/",
    b"application/octet-stream",
    b"application/pdf",
    b"application/wasm",
    b"application/zip",
];

/// A place that still names an origin, and should not.
#[derive(Debug)]
pub(super) struct Leak {
    /// The field that it is in; `None`: the body.
    pub(super) field: Option<String>,
    /// Its offset in the value or the body.
    pub(super) at: usize,
    /// What kind of place it is.
    pub(super) place: &'static str,
    pub(super) excerpt: String,
}

/// The leaks of an answer, and how many places were left on purpose.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) leaks: Vec<Leak>,
    /// How many more there are.
    pub(super) more: usize,
    pub(super) kept: usize,
}

/// Returns the origins that no answer may name: those of the gate, by all their names, unless the
/// public host has the same.
fn origins(config: &Config) -> Vec<Origin> {
    let publics = config.distinct_origins().into_iter();
    let publics =
        publics.filter_map(|origin| Origin::parse(&origin.public.as_ref()?.to_string()).ok());
    let publics: Vec<_> = publics.collect();
    let mut origins: Vec<Origin> = Vec::new();
    for origin in config.distinct_origins() {
        let urls = std::iter::once(&origin.url).chain(&origin.aliases);
        let names = urls.map(ToString::to_string).chain(origin.host.clone());
        for name in names.filter_map(|name| Origin::parse(&name).ok()) {
            let is_same = |known: &Origin| known.authority() == name.authority();
            if !publics.iter().any(is_same) && !origins.iter().any(is_same) {
                origins.push(name);
            }
        }
    }
    origins
}

/// Searches the answers of a gate.
pub(super) struct Search {
    gate: Gate,
    /// What no answer may name.
    origins: Vec<Origin>,
    public: BaseUrl,
}

impl Search {
    /// Makes a search for the origins of a gate whose main public URL this is.
    pub(super) fn new(gate: &Gate, public: BaseUrl) -> Self {
        Self {
            gate: gate.clone(),
            origins: origins(gate.config()),
            public,
        }
    }

    /// Searches the fields of a head.
    pub(super) fn head(&self, head: &HeaderMap, seen: &mut Seen) {
        for (name, value) in head {
            self.text(value.as_bytes(), Some(name.as_str()), seen);
        }
    }

    /// Searches a decoded body, if it is text. What scripts push to a stream of React's counts as
    /// one text.
    pub(super) fn body(&self, head: &HeaderMap, body: &[u8], seen: &mut Seen) {
        let media_type = head.get(CONTENT_TYPE);
        let media_type = media_type.map_or(&b""[..], HeaderValue::as_bytes);
        let media_type = media_type.to_ascii_lowercase();
        let is_binary = BINARY.iter().any(|start| media_type.starts_with(start));
        if is_binary && !media_type.starts_with(b"image/svg") {
            return;
        }
        let (rest, pushed) = parted(body);
        self.text(&rest, None, seen);
        self.text(&pushed, None, seen);
    }

    fn text(&self, text: &[u8], field: Option<&str>, seen: &mut Seen) {
        for sighting in sightings(text, &self.origins) {
            if sighting.place.is_kept() || self.is_elsewhere(text, &sighting) {
                seen.kept += 1;
                continue;
            }
            if seen.leaks.len() >= MOST {
                seen.more += 1;
                continue;
            }
            seen.leaks.push(Leak {
                field: field.map(str::to_owned),
                at: sighting.span.start,
                place: sighting.place.name(),
                excerpt: excerpt(text, &sighting.span),
            });
        }
    }

    /// Returns whether a URL is of a route's host, but not below the route's path, so that nobody
    /// can ask the gate for it: the gate leaves it even where nothing stands around it.
    fn is_elsewhere(&self, text: &[u8], sighting: &Sighting) -> bool {
        if sighting.place != Place::Web {
            return false;
        }
        let page = format!("<a href=\"{}\">", url_at(text, sighting.span.start));
        let mut head = Response::new(());
        let html = HeaderValue::from_static("text/html");
        head.headers_mut().insert(CONTENT_TYPE, html);
        let pipeline = self.gate.rewriter(&Request::new(()), &head, &self.public);
        let mapped = pipeline
            .ok()
            .and_then(|it| it.run_to_vec(page.as_bytes()).ok());
        mapped.is_some_and(|mapped| mapped == page.as_bytes())
    }
}

/// Reads the URL that starts at a position, in whatever spelling, up to the path's end.
fn url_at(text: &[u8], start: usize) -> String {
    let reader = Reader::new(text);
    let mut url = String::new();
    let mut at = start;
    while let Some(reading) = reader.longest(at) {
        let belongs = reading.character.is_ascii_alphanumeric()
            || "-._~:/[]@!$&()*+,;=%".contains(reading.character);
        if !belongs || url.len() >= LONGEST {
            break;
        }
        url.push(reading.character);
        at = reading.end;
    }
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_all_origins_are_searched_for_but_the_public_ones() {
        let text = "[origin]\nurl = 'https://o.test'\npublic = 'https://www.test'\n\
                    host = 'h.test:81'\naliases = ['https://www.test', 'http://a.test']\n\
                    [[route]]\npath = '/i'\norigin = 'https://i.test/x'\n";
        let config = Config::from_toml(text, "").unwrap();
        let origins = origins(&config);
        let origins: Vec<_> = origins.iter().map(Origin::authority).collect();
        assert_eq!(origins, ["o.test", "a.test", "h.test:81", "i.test"]);
    }

    fn search(config: &str) -> Search {
        let gate = Gate::from_toml(config, "").unwrap();
        Search::new(&gate, "https://www.test".parse().unwrap())
    }

    #[test]
    fn text_is_searched_and_nothing_else() {
        let search = search("origin.url = 'https://o.example.com'");
        for (media_type, leaks) in [
            ("text/html", 1),
            ("", 1),
            ("image/svg+xml", 1),
            ("Image/PNG", 0),
            ("application/vnd.apple.mpegurl", 1),
        ] {
            let mut seen = Seen::default();
            let mut head = HeaderMap::new();
            head.insert(CONTENT_TYPE, HeaderValue::from_str(media_type).unwrap());
            let body = b"https://o.example.com/ me@o.example.com";
            search.body(&head, body, &mut seen);
            assert_eq!(seen.leaks.len(), leaks, "{media_type}");
            assert_eq!(seen.kept, leaks, "{media_type}");
        }
    }

    #[test]
    fn what_no_route_leads_to_may_stay() {
        let search = search(
            "[origin]\nurl = 'https://o.example.com'\npublic = 'https://www.test'\n\
             [[route]]\npath = '/i'\norigin = 'https://i.example.com/below'\n",
        );
        for (text, is_leak) in [
            ("https://o.example.com/a", true),
            ("https://i.example.com/below/a.png", true),
            (r"https:\/\/i.example.com\/below\/a.png", true),
            (r"https:\/\/i.example.com\/beside\/a.png", false),
            ("https://i.example.com/beside?u=/below/", false),
        ] {
            let mut seen = Seen::default();
            search.text(text.as_bytes(), None, &mut seen);
            assert_eq!(
                (seen.leaks.len(), seen.kept),
                (is_leak.into(), (!is_leak).into()),
                "{text}"
            );
        }
    }
}
