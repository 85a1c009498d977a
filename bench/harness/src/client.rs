//! A client that sees every byte of a response and when it came, where `wrk` counts only.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

/// How long one exchange may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the client asks every server for.
pub(crate) const HOST: &str = "www.example.com";

/// A connection that is kept.
pub(crate) struct Connection {
    stream: TcpStream,
    /// What came behind the last response.
    rest: Vec<u8>,
    /// The media types that it asks for.
    accept: &'static str,
}

/// A response.
pub(crate) struct Response {
    pub(crate) status: u16,
    head: String,
    /// As it came, its coding included.
    pub(crate) body: Vec<u8>,
    /// The time from the request to the first byte of the body.
    pub(crate) first_byte: Duration,
    /// The time from the request to the last byte of the body.
    pub(crate) last_byte: Duration,
    /// The length of each part of the body with the time at which it came.
    pub(crate) arrivals: Vec<(usize, Instant)>,
}

impl Response {
    /// Returns the value of a field, or an empty text.
    pub(crate) fn field(&self, name: &str) -> &str {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let mut named = lines.filter(|(line, _)| line.eq_ignore_ascii_case(name));
        named.next().map_or("", |(_, value)| value)
    }

    /// Returns the body without its coding.
    pub(crate) fn decoded(&self) -> Result<Vec<u8>> {
        let mut decoded = Vec::new();
        match self.field("Content-Encoding") {
            "" => decoded.clone_from(&self.body),
            "gzip" => {
                flate2::read::MultiGzDecoder::new(&self.body[..]).read_to_end(&mut decoded)?;
            }
            "br" => {
                brotli::Decompressor::new(&self.body[..], 1 << 16).read_to_end(&mut decoded)?;
            }
            other => bail!("the response has the coding {other}"),
        }
        Ok(decoded)
    }
}

impl Connection {
    pub(crate) fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        Ok(Self {
            stream,
            rest: Vec::new(),
            accept: "*/*",
        })
    }

    /// Asks for other media types than all from now on.
    pub(crate) fn accepting(self, accept: &'static str) -> Self {
        Self { accept, ..self }
    }

    /// Asks for a path, and reads the response to its end.
    pub(crate) fn get(&mut self, path: &str, coding: Option<&str>) -> Result<Response> {
        let coding = coding.map_or(String::new(), |name| format!("Accept-Encoding: {name}\r\n"));
        let accept = self.accept;
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: {accept}\r\n{coding}\r\n");
        self.stream.write_all(request.as_bytes())?;
        let sent = Instant::now();
        let head = self.head()?;
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let mut response = Response {
            status: status.context("the response has no status")?,
            head,
            body: Vec::new(),
            first_byte: Duration::ZERO,
            last_byte: Duration::ZERO,
            arrivals: Vec::new(),
        };
        if response
            .field("Transfer-Encoding")
            .eq_ignore_ascii_case("chunked")
        {
            while self.chunk(&mut response)? {}
        } else {
            let length = response
                .field("Content-Length")
                .parse()
                .context("the response has no length")?;
            self.take(length, &mut response)?;
        }
        if let [(_, first), ..] = response.arrivals[..] {
            response.first_byte = first - sent;
        }
        if let [.., (_, last)] = response.arrivals[..] {
            response.last_byte = last - sent;
        }
        Ok(response)
    }

    fn head(&mut self) -> Result<String> {
        loop {
            if let Some(end) = find(&self.rest, b"\r\n\r\n") {
                let head = self.rest.drain(..end + 4).collect();
                return Ok(String::from_utf8(head)?);
            }
            self.fill()?;
        }
    }

    /// Takes a chunk, and returns whether there may be another.
    fn chunk(&mut self, response: &mut Response) -> Result<bool> {
        let end = loop {
            match find(&self.rest, b"\r\n") {
                Some(end) => break end,
                None => self.fill()?,
            }
        };
        let line = String::from_utf8(self.rest.drain(..end + 2).collect())?;
        let size = line.trim().split(';').next().unwrap_or_default();
        let size = usize::from_str_radix(size, 16).context("a chunk has no size")?;
        self.take(size, response)?;
        while self.rest.len() < 2 {
            self.fill()?;
        }
        self.rest.drain(..2);
        Ok(size > 0)
    }

    fn take(&mut self, mut length: usize, response: &mut Response) -> Result<()> {
        while length > 0 {
            if self.rest.is_empty() {
                self.fill()?;
            }
            let now = length.min(self.rest.len());
            response.body.extend(self.rest.drain(..now));
            response.arrivals.push((now, Instant::now()));
            length -= now;
        }
        Ok(())
    }

    fn fill(&mut self) -> Result<()> {
        let mut buffer = [0; 64 * 1024];
        let read = self.stream.read(&mut buffer)?;
        ensure!(read > 0, "the response breaks off");
        self.rest.extend_from_slice(&buffer[..read]);
        Ok(())
    }
}

/// Asks once, over a connection of its own.
pub(crate) fn get(address: SocketAddr, path: &str, coding: Option<&str>) -> Result<Response> {
    Connection::open(address)?.get(path, coding)
}

/// Returns where a text starts.
pub(crate) fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes
        .windows(wanted.len())
        .position(|window| window == wanted)
}
