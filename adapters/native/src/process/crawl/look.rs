//! What must not be in an answer of the gate.

use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};
use streamgate::Config;
use streamgate_sight::{Origin, excerpt, parted, sightings};

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
    pub(super) kept: usize,
}

/// Returns the origins that no answer may name: those of the gate, by all their names, unless the
/// public host has the same.
pub(super) fn origins(config: &Config) -> Vec<Origin> {
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

impl Seen {
    /// Searches the fields of a head.
    pub(super) fn search_head(&mut self, head: &HeaderMap, origins: &[Origin]) {
        for (name, value) in head {
            self.search(value.as_bytes(), Some(name.as_str()), origins);
        }
    }

    /// Searches a decoded body, if it is text. What scripts push to a stream of React's counts as
    /// one text.
    pub(super) fn search_body(&mut self, head: &HeaderMap, body: &[u8], origins: &[Origin]) {
        let media_type = head
            .get(CONTENT_TYPE)
            .map_or(&b""[..], HeaderValue::as_bytes);
        let media_type = media_type.to_ascii_lowercase();
        let is_binary = BINARY.iter().any(|start| media_type.starts_with(start));
        if is_binary && !media_type.starts_with(b"image/svg") {
            return;
        }
        let (rest, pushed) = parted(body);
        self.search(&rest, None, origins);
        self.search(&pushed, None, origins);
    }

    fn search(&mut self, text: &[u8], field: Option<&str>, origins: &[Origin]) {
        for sighting in sightings(text, origins) {
            if sighting.place.is_kept() {
                self.kept += 1;
                continue;
            }
            self.leaks.push(Leak {
                field: field.map(str::to_owned),
                at: sighting.span.start,
                place: sighting.place.name(),
                excerpt: excerpt(text, &sighting.span),
            });
        }
    }
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

    #[test]
    fn text_is_searched_and_nothing_else() {
        let origins = [Origin::parse("https://o.example.com").unwrap()];
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
            seen.search_body(&head, body, &origins);
            assert_eq!(seen.leaks.len(), leaks, "{media_type}");
            assert_eq!(seen.kept, leaks, "{media_type}");
        }
    }
}
