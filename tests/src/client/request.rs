//! Requests as bytes, with any method, target, fields and body.

use crate::blocks::Blocks;

/// The framing of a request's body.
#[derive(Clone)]
enum Body {
    None,
    Length(Blocks),
    Chunked(Blocks),
}

/// One request.
#[derive(Clone)]
pub(crate) struct Request {
    /// The method as it is sent.
    pub(crate) method: String,
    target: Vec<u8>,
    version: &'static str,
    fields: Vec<(String, Vec<u8>)>,
    body: Body,
    /// Whether the request comes by a proxy that tells its host in [`FRONT_FIELD`].
    by_a_front: bool,
}

/// The field in which a proxy in front tells the host that a client has asked for.
pub(crate) const FRONT_FIELD: &str = "X-Forwarded-Host";

/// The host by which the client addresses the gate: the public host of most configurations.
pub(crate) const PUBLIC_HOST: &str = "www.example.com";

impl Request {
    /// Makes a request with `Host` and `Connection: close`, and without a body.
    pub(crate) fn new(method: &str, target: impl Into<Vec<u8>>) -> Self {
        Self {
            method: method.to_owned(),
            target: target.into(),
            version: "HTTP/1.1",
            fields: vec![
                ("Host".to_owned(), PUBLIC_HOST.into()),
                ("Connection".to_owned(), b"close".to_vec()),
            ],
            body: Body::None,
            by_a_front: false,
        }
    }

    /// Lets the request come by a proxy that tells its host in [`FRONT_FIELD`], if `is_there`.
    pub(crate) fn by_a_front(self, is_there: bool) -> Self {
        Self {
            by_a_front: is_there,
            ..self
        }
    }

    /// Returns the fields as the gate gets them.
    fn arriving(&self) -> Vec<(&str, &[u8])> {
        let fields = self.fields.iter();
        let mut fields: Vec<_> = fields.map(|(name, value)| (&**name, &**value)).collect();
        if self.by_a_front {
            // What a client says in that field, the proxy replaces.
            fields.retain(|(name, _)| !name.eq_ignore_ascii_case(FRONT_FIELD));
            let hosts = fields.clone().into_iter();
            let hosts = hosts.filter(|(name, _)| name.eq_ignore_ascii_case("Host"));
            fields.extend(hosts.map(|(_, value)| (FRONT_FIELD, value)));
        }
        fields
    }

    /// Adds a field.
    pub(crate) fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.fields.push((name.to_owned(), value.as_ref().to_vec()));
        self
    }

    /// Removes a field.
    pub(crate) fn without(mut self, name: &str) -> Self {
        self.fields
            .retain(|(other, _)| !other.eq_ignore_ascii_case(name));
        self
    }

    /// Replaces a field.
    pub(crate) fn with(self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.without(name).field(name, value)
    }

    /// Makes the request one of HTTP/1.0.
    pub(crate) fn http_1_0(mut self) -> Self {
        self.version = "HTTP/1.0";
        self
    }

    /// Adds a body that is framed by `Content-Length`.
    pub(crate) fn length_body(mut self, body: Blocks) -> Self {
        self.body = Body::Length(body);
        self
    }

    /// Adds a chunked body, with one chunk for each piece.
    pub(crate) fn chunked_body(mut self, body: Blocks) -> Self {
        self.body = Body::Chunked(body);
        self
    }

    /// Adds a short body that is framed by `Content-Length`.
    pub(crate) fn body(self, body: &[u8]) -> Self {
        self.length_body(Blocks {
            before: body.to_vec(),
            unit: Vec::new(),
            count: 0,
            after: Vec::new(),
        })
    }

    /// Returns the bytes of the head.
    pub(crate) fn head(&self) -> Vec<u8> {
        let mut head = format!("{} ", self.method).into_bytes();
        head.extend(&self.target);
        head.extend(format!(" {}\r\n", self.version).bytes());
        let framing = match &self.body {
            Body::None => None,
            Body::Length(body) => Some(("Content-Length", body.len().to_string())),
            Body::Chunked(_) => Some(("Transfer-Encoding", "chunked".to_owned())),
        };
        let framing = framing.as_ref();
        let framing = framing.map(|(name, value)| (*name, value.as_bytes()));
        for (name, value) in self.arriving().into_iter().chain(framing) {
            head.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
        head.extend(b"\r\n");
        head
    }

    /// Returns the bytes of the body as they are sent, including the transfer coding.
    pub(crate) fn body_pieces(&self) -> Box<dyn Iterator<Item = Vec<u8>> + '_> {
        match &self.body {
            Body::None => Box::new(std::iter::empty()),
            Body::Length(body) => Box::new(body.pieces().map(<[u8]>::to_vec)),
            Body::Chunked(body) => {
                let chunks = body.pieces().map(chunk);
                Box::new(chunks.chain(std::iter::once(b"0\r\n\r\n".to_vec())))
            }
        }
    }
}

/// Formats one chunk of a chunked body (RFC 9112 §7.1).
pub(crate) fn chunk(data: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", data.len()).as_bytes(), data, b"\r\n"].concat()
}
