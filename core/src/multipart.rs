//! Multipart bodies (RFC 2046 §5.1): GraphQL servers answer with parts of JSON, as `@defer` and
//! `@stream` let them come, and forms send their fields as parts (RFC 7578). Each part of JSON, or
//! each field of text, is mapped for itself. All other parts stay as they are, and so does one
//! whose head describes its bytes, as a `Content-Length` does.
#![cfg_attr(not(test), warn(clippy::arithmetic_side_effects))]

use memchr::memchr;
use memchr::memmem::Finder;

use crate::config::BackValues;
use crate::flight::feed;
use crate::map::{BaseUrl, UrlMap, UrlMapper};
use crate::media_type::MediaType;
use crate::pipeline::{BLOCK, Transform, TransformError};

/// The most bytes of a part's head. A part with a longer one stays as it is.
const HEAD: usize = 8 * 1024;

/// The most bytes of a line that may delimit parts at the start of a body: more than a boundary has
/// (RFC 2046 §5.1.1).
const LONGEST: usize = 128;

/// Which parts of a body are mapped.
pub(crate) enum Parts {
    /// Those of JSON.
    Json,
    /// The fields of a form that are text, and no file, and have one of these values.
    Fields { values: BackValues },
}

/// Maps the parts of a body.
pub(crate) struct Multipart {
    parts: Parts,
    urls: UrlMap,
    public: BaseUrl,
    /// What stands before each part: a line feed, two hyphens, the boundary.
    delimiter: Finder<'static>,
    place: Place,
    /// The end of the input, which may be the beginning of a delimiter or a head.
    held: Vec<u8>,
}

enum Place {
    /// At the start of the body, where a delimiter needs no line feed.
    Start,
    /// In a part, or in what precedes the first one. `None`: it stays as it is.
    Part(Option<UrlMapper>),
    /// Behind a delimiter and this many hyphens, of which two end the last part.
    Delimiter { hyphens: usize },
    /// In the rest of a delimiter's line.
    Line,
    /// In the head of a part.
    Head,
    /// Behind the last part.
    End,
}

impl Multipart {
    /// Makes the stage for a body of this type. Without a boundary, there are no parts.
    pub(crate) fn new(
        urls: &UrlMap,
        public: &BaseUrl,
        media_type: &MediaType,
        parts: Parts,
    ) -> Self {
        let boundary = media_type.boundary();
        let delimiter = format!("\n--{}", boundary.unwrap_or_default());
        let has_parts = boundary.is_some_and(|boundary| boundary.len() < LONGEST);
        Self {
            parts,
            urls: urls.clone(),
            public: public.clone(),
            delimiter: Finder::new(delimiter.as_bytes()).into_owned(),
            place: if has_parts { Place::Start } else { Place::End },
            held: Vec::new(),
        }
    }

    /// Compares the start of the body with a delimiter.
    fn start(&mut self, input: &mut &[u8], out: &mut Vec<u8>) {
        let line = self.delimiter.needle().get(1..).unwrap_or_default();
        let missing = line.len().saturating_sub(self.held.len());
        let (taken, rest) = input.split_at_checked(missing).unwrap_or((input, &[]));
        self.held.extend_from_slice(taken);
        *input = rest;
        if self.held == line {
            out.append(&mut self.held);
            self.place = Place::Delimiter { hyphens: 0 };
        } else if !line.starts_with(&self.held) {
            self.place = Place::Part(None);
        }
    }

    /// Maps a piece of a part up to the next delimiter.
    fn part(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        let piece = input.get(..BLOCK).unwrap_or(input);
        let before = self.held.len();
        let mut text = std::mem::take(&mut self.held);
        text.extend_from_slice(piece);
        let found = self.delimiter.find(&text);
        let end = found.unwrap_or_else(|| text.len().saturating_sub(self.beginning(&text)));
        let (content, rest) = text.split_at_checked(end).unwrap_or((&text, &[]));
        self.content(content, out)?;
        if found.is_some() {
            self.end_part(out)?;
            let delimiter = self.delimiter.needle();
            out.extend_from_slice(delimiter);
            let read = end.saturating_add(delimiter.len()).saturating_sub(before);
            *input = input.get(read..).unwrap_or_default();
            self.place = Place::Delimiter { hyphens: 0 };
        } else {
            self.held = rest.to_vec();
            *input = input.get(piece.len()..).unwrap_or_default();
        }
        Ok(())
    }

    /// Returns how many bytes at the end of a text may be the beginning of a delimiter.
    fn beginning(&self, text: &[u8]) -> usize {
        let delimiter = self.delimiter.needle();
        let lengths = (1..delimiter.len()).rev();
        let mut fitting = lengths.filter(|&length| {
            let beginning = delimiter.get(..length).unwrap_or_default();
            text.ends_with(beginning)
        });
        fitting.next().unwrap_or(0)
    }

    fn content(&mut self, content: &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        match &mut self.place {
            Place::Part(Some(mapper)) => feed(mapper, content, out),
            _ => {
                out.extend_from_slice(content);
                Ok(())
            }
        }
    }

    fn end_part(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        match &mut self.place {
            Place::Part(Some(mapper)) => mapper.finish(out),
            _ => Ok(()),
        }
    }

    /// Reads a piece of a delimiter's line.
    fn line(&mut self, input: &mut &[u8], out: &mut Vec<u8>) {
        let Some(&byte) = input.split_off_first() else {
            return;
        };
        out.push(byte);
        self.place = match (&self.place, byte) {
            (Place::Delimiter { hyphens: 0 }, b'-') => Place::Delimiter { hyphens: 1 },
            (Place::Delimiter { .. }, b'-') => Place::End,
            (_, b'\n') => Place::Head,
            _ => Place::Line,
        };
    }

    /// Reads a piece of a part's head, one line at most.
    fn head(&mut self, input: &mut &[u8], out: &mut Vec<u8>) {
        let end = memchr(b'\n', input).map_or(input.len(), |end| end.saturating_add(1));
        let room = HEAD.saturating_sub(self.held.len());
        let (line, rest) = input.split_at_checked(end.min(room)).unwrap_or_default();
        self.held.extend_from_slice(line);
        *input = rest;
        let ends = |end: &[u8]| self.held.ends_with(end);
        let is_whole =
            ends(b"\n\r\n") || ends(b"\n\n") || self.held == b"\r\n" || self.held == b"\n";
        if is_whole || self.held.len() >= HEAD {
            let is_mapped = self.parts.are_with(&self.held);
            let mapper = is_mapped.then(|| self.urls.to(&self.public));
            self.place = Place::Part(mapper.filter(|_| is_whole));
            out.append(&mut self.held);
        }
    }
}

impl Parts {
    /// Returns whether a part with this head is one of those that are mapped, and nothing in the
    /// head describes its bytes.
    fn are_with(&self, head: &[u8]) -> bool {
        let (mut media_type, mut is_field) = (None, false);
        for line in String::from_utf8_lossy(head).lines() {
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "content-type" => media_type = Some(MediaType::parse(value)),
                "content-disposition" => match self {
                    Self::Fields { values } => is_field = is_mapped_field(value, values),
                    Self::Json => return false,
                },
                "content-id" => {}
                name if name.starts_with("content-") => return false,
                _ => {}
            }
        }
        let is_ascii = |it: &MediaType| it.charset().is_ascii_superset();
        match (self, media_type) {
            (Self::Json, Some(Some(it))) => it.is_json() && is_ascii(&it),
            (Self::Json, _) | (_, Some(None)) => false,
            // A field is plain text unless it says otherwise (RFC 7578 §4.4).
            (Self::Fields { .. }, None) => is_field,
            (Self::Fields { .. }, Some(Some(it))) => {
                is_field && is_ascii(&it) && (it.is_json() || it.essence().starts_with("text/"))
            }
        }
    }
}

/// Returns whether a `Content-Disposition` is that of a field which is no file, and whose value
/// does not stay. What looks like the name of a file is taken for one: a quote in a name is written
/// in several ways.
fn is_mapped_field(disposition: &str, values: &BackValues) -> bool {
    let lower = disposition.to_ascii_lowercase();
    let is_file = lower.match_indices("filename").any(|(at, name)| {
        let behind = lower
            .get(at.saturating_add(name.len())..)
            .unwrap_or_default();
        behind.trim_start_matches(['*', ' ', '\t']).starts_with('=')
    });
    let mut parameters = disposition.split(';').map(str::trim);
    let name = parameters.find_map(|parameter| parameter.strip_prefix("name="));
    let name = name.unwrap_or_default();
    let quoted = name
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    lower.trim_start().starts_with("form-data")
        && !is_file
        && values.has_field(quoted.unwrap_or(name).as_bytes())
}

impl Transform for Multipart {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            match self.place {
                Place::Start => self.start(input, out),
                Place::Part(_) => self.part(input, out)?,
                Place::Delimiter { .. } | Place::Line => self.line(input, out),
                Place::Head => self.head(input, out),
                Place::End => {
                    let (piece, rest) = input.split_at_checked(BLOCK).unwrap_or((input, &[]));
                    out.extend_from_slice(piece);
                    *input = rest;
                }
            }
        }
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        let held = std::mem::take(&mut self.held);
        self.content(&held, out)?;
        self.end_part(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::BackValue;
    use crate::map::{Origin, Scheme};

    const DEFERRED: &str = "\r\n---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n\
        {\"data\":{\"u\":\"{o}/1\"},\"hasNext\":true}\r\n\
        ---\r\nContent-Type: application/json; charset=utf-8\r\n\r\n\
        {\"incremental\":[{\"data\":{\"v\":\"{o}/2\"},\"path\":[]}],\"hasNext\":false}\r\n-----\r\n";

    fn mapped(content_type: &str, body: &str) -> String {
        let origin = Origin::new(Scheme::Https, "origin.example.com").expect("an origin");
        let public = BaseUrl::new(Scheme::Https, "www.example.com").expect("a public URL");
        let urls = UrlMap::new([origin]);
        let media_type = MediaType::parse(content_type).expect("a media type");
        let through = |chunk: usize| {
            let parts = match media_type.essence() {
                "multipart/form-data" => Parts::Fields {
                    values: BackValues {
                        only: None,
                        except: vec![BackValue::Name("kept".to_owned())],
                    },
                },
                _ => Parts::Json,
            };
            let mut stage = Multipart::new(&urls, &public, &media_type, parts);
            let mut whole = Vec::new();
            for mut chunk in body.as_bytes().chunks(chunk) {
                while !chunk.is_empty() {
                    let mut out = Vec::new();
                    stage.push(&mut chunk, &mut out).expect("no input fails");
                    whole.append(&mut out);
                }
            }
            stage.finish(&mut whole).expect("no input fails");
            String::from_utf8(whole).expect("UTF-8")
        };
        let whole = through(body.len().max(1));
        for chunk in 1..body.len() {
            assert_eq!(through(chunk), whole, "in pieces of {chunk}");
        }
        whole
    }

    /// Checks what becomes of a body in which `{o}` stands for the origin, and `{p}` for what must
    /// be mapped.
    fn check(content_type: &str, body: &str) {
        let origin = "https://origin.example.com";
        let fill = |mapped| body.replace("{o}", origin).replace("{p}", mapped);
        let expected = fill("https://www.example.com");
        assert_eq!(mapped(content_type, &fill(origin)), expected);
    }

    #[test]
    fn each_part_of_json_is_mapped() {
        check(
            "multipart/mixed; boundary=\"-\"; deferSpec=20220824",
            &DEFERRED.replace("{o}", "{p}"),
        );
        check(
            "multipart/mixed;boundary=graphql",
            "--graphql\ncontent-type: application/graphql-response+json\n\n{\"u\":\"{p}\"}\n--graphql--",
        );
        check(
            "multipart/mixed; boundary=b",
            "{o} before\r\n--b\r\ncontent-type:text/json\r\n\r\n\"{p}\"\r\n--b--\r\n{o} behind",
        );
    }

    #[test]
    fn a_part_ends_where_its_delimiter_begins() {
        check(
            "multipart/mixed; boundary=b",
            "--b\r\ncontent-type:text/json\r\n\r\nhttps://origin.exam\r\n--b\r\n\r\nple.com/\r\n--b--",
        );
        check(
            "multipart/mixed; boundary=b",
            "--b\r\ncontent-type:text/json\r\n\r\n{p}\r\n-\r\n--\r\n--b \r\n\r\n{o}",
        );
    }

    #[test]
    fn other_parts_stay() {
        for head in [
            "",
            "Content-Type: application/pdf\r\n",
            "Content-Type: text/html\r\n",
            "Content-Type: application/http\r\n",
            "Content-Type: application/json\r\nContent-Length: 28\r\n",
            "content-length: 28\r\nContent-Type: application/json\r\n",
            "Content-Type: application/json\r\nContent-Encoding: gzip\r\n",
            "Content-Type: application/json\r\nContent-Transfer-Encoding: base64\r\n",
            "Content-Type: application/json; charset=utf-16\r\n",
            "Content-Type: application/connect+json\r\n",
        ] {
            let body = format!(
                "--b\r\n{head}\r\n\"{{o}}\"\r\n--b\r\nContent-Type: application/json\r\n\r\n\"{{p}}\"\r\n--b--"
            );
            check("multipart/mixed; boundary=b", &body);
        }
        let long = format!(
            "--b\r\nx: {}\r\nContent-Type: application/json\r\n\r\n\"{{o}}\"",
            "x".repeat(HEAD)
        );
        check("multipart/mixed; boundary=b", &long);
    }

    #[test]
    fn each_field_of_text_is_mapped_and_no_file() {
        let fields = [
            ("Content-Disposition: form-data; name=\"a\"", true),
            ("content-disposition:form-data;name=a", true),
            ("Content-Disposition: form-data; name=\"filename\"", true),
            (
                "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: text/plain; charset=utf-8",
                true,
            ),
            (
                "Content-Type: application/json\r\nContent-Disposition: form-data; name=\"a\"",
                true,
            ),
            ("Content-Disposition: form-data; name=\"kept\"", false),
            ("Content-Disposition: form-data; name=kept", false),
            (
                "Content-Disposition: form-data; name=\"a\"; filename=\"a.txt\"\r\nContent-Type: text/plain",
                false,
            ),
            (
                "Content-Disposition: form-data; filename*=UTF-8''a; name=\"a\"",
                false,
            ),
            (
                "Content-Disposition: form-data; name=\"a\\\"; FileName = \"\"",
                false,
            ),
            (
                "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: application/octet-stream",
                false,
            ),
            (
                "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: text/plain; charset=utf-16",
                false,
            ),
            (
                "Content-Disposition: form-data; name=\"a\"\r\nContent-Type: x",
                false,
            ),
            (
                "Content-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: base64",
                false,
            ),
            ("Content-Disposition: attachment", false),
            ("Content-Type: text/plain", false),
        ];
        for (head, is_mapped) in fields {
            let url = if is_mapped { "{p}" } else { "{o}" };
            let body = format!(
                "--b\r\n{head}\r\n\r\n{url}/1\r\n--b\r\n\
                 Content-Disposition: form-data; name=\"{{o}}\"\r\n\r\nat {{p}}\r\n--b--\r\n"
            );
            check("multipart/form-data; boundary=b", &body);
        }
    }

    #[test]
    fn without_a_boundary_all_stays() {
        check("multipart/mixed", DEFERRED);
        check("multipart/mixed; boundary=\"\"", DEFERRED);
        check("multipart/mixed; boundary=other", DEFERRED);
    }
}
