//! The in-memory edge of core's examples, as a fifth runtime: for the scenarios that need of a
//! connection no more than that a request comes in and a response goes out.
//!
//! The rest of a platform is here: a loopback listener that reads each request whole and writes
//! each response whole, and origins that are asked by the crate's own client.

#[path = "../../../core/examples/edge/memory.rs"]
mod memory;

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use bytes::Bytes;
use futures::executor::block_on;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, header};
use streamgate::OriginConfig;
use streamgate::{ClientAddress, FetchError, Gate, Treatment, serve};

use crate::client::{self, Connection, End, chunk};
use crate::failure::{Failure, Verdict, ensure};
use crate::fields::{Fields, Framing};
use memory::{Body, Memory};

/// How many decisions were compared with what [`Gate::walk`] says of them.
pub(crate) static COMPARED: AtomicUsize = AtomicUsize::new(0);

/// Serves a gate at a free port of the loopback interface, for as long as the process runs.
pub(crate) fn start(gate: Gate) -> Verdict<SocketAddr> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let gate = Arc::new(gate);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let gate = Arc::clone(&gate);
            // A client that sends no HTTP, or is gone, gets no answer.
            std::thread::spawn(move || exchange(&stream, &gate));
        }
    });
    Ok(address)
}

/// Serves the one exchange of a connection.
fn exchange(stream: &TcpStream, gate: &Gate) -> Verdict {
    let mut request = receive(&mut BufReader::new(stream))?;
    let peer = ClientAddress(stream.peer_addr()?.ip());
    request.extensions_mut().insert(peer);
    let method = request.method().clone();
    let asked = head_of(&request);
    let answered = RefCell::new(Vec::new());
    let fetch = |origin: &OriginConfig, request: Request<Option<Body>>| {
        let response = fetch(origin, request)?;
        answered.borrow_mut().push(head_of_response(&response));
        Ok(response)
    };
    let Ok(response) = block_on(serve(Memory { fetch }, gate, request));
    compare(gate, &asked, &answered.take(), &response)?;
    send(stream, &method, &response)
}

/// Compares what was decided with what [`Gate::walk`] says of the same heads. An exchange in which
/// they differ gets no answer, and fails its scenario.
fn compare(
    gate: &Gate,
    asked: &Request<()>,
    answered: &[Response<()>],
    response: &Response<Body>,
) -> Verdict {
    let Some(Treatment::Decided(decided)) = response.extensions().get() else {
        return Ok(()); // The gate has answered by itself.
    };
    let fault = |shown: &str| Failure(format!("decided {decided}, and shown {shown}"));
    let (last, before) = answered.split_last().ok_or_else(|| fault("no response"))?;
    for first in before {
        let walk = gate.walk(asked, first, true);
        ensure!(walk.decision.is_none(), "asked again: {walk:?}");
    }
    let walk = gate.walk(asked, last, false);
    let shown = walk.decision.ok_or_else(|| fault("asked again"))?;
    let is_it = shown == *decided || shown.over_limit() == *decided;
    ensure!(is_it, "decided {decided}, and shown {shown}");
    COMPARED.fetch_add(1, Ordering::Relaxed);
    Ok(())
}

fn head_of<B>(request: &Request<B>) -> Request<()> {
    let mut head = Request::new(());
    *head.method_mut() = request.method().clone();
    *head.uri_mut() = request.uri().clone();
    *head.headers_mut() = request.headers().clone();
    head
}

fn head_of_response<B>(response: &Response<B>) -> Response<()> {
    let mut head = Response::new(());
    *head.status_mut() = response.status();
    *head.headers_mut() = response.headers().clone();
    head
}

/// Reads a request, its body and all.
fn receive(client: &mut impl BufRead) -> Verdict<Request<Option<Body>>> {
    let line = line(client)?;
    let mut parts = line.split(|&byte| byte == b' ');
    let (method, target) = (parts.next(), parts.next());
    let fields = lines(client)?;
    let body = match Framing::of(&fields)? {
        Framing::Unframed => None,
        Framing::Length(length) => {
            let mut body = vec![0; usize::try_from(length)?];
            client.read_exact(&mut body)?;
            Some(body)
        }
        Framing::Chunked => Some(dechunked(client)?),
    };
    let mut request = Request::new(body.map(|body| Body::from(Bytes::from(body))));
    *request.method_mut() = Method::from_bytes(method.unwrap_or_default())?;
    *request.uri_mut() = http::Uri::try_from(target.unwrap_or_default())?;
    *request.headers_mut() = map(&fields)?;
    Ok(request)
}

/// Reads a line, its CRLF aside.
fn line(client: &mut impl BufRead) -> Verdict<Vec<u8>> {
    let mut line = Vec::new();
    client.read_until(b'\n', &mut line)?;
    let line = line.strip_suffix(b"\r\n").map(<[u8]>::to_vec);
    line.ok_or_else(|| Failure("the client is gone".to_owned()))
}

/// Reads field lines, and the empty one behind them.
fn lines(client: &mut impl BufRead) -> Verdict<Fields> {
    let mut lines = Vec::new();
    loop {
        match line(client)? {
            line if line.is_empty() => return Fields::parse(&lines),
            line => lines.extend([&line[..], b"\r\n"].concat()),
        }
    }
}

/// Reads a chunked body (RFC 9112 §7.1).
fn dechunked(client: &mut impl BufRead) -> Verdict<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let size = String::from_utf8(line(client)?)?;
        let size = u64::from_str_radix(size.split(';').next().unwrap_or_default().trim(), 16)?;
        if size == 0 {
            lines(client)?;
            return Ok(body);
        }
        client.take(size).read_to_end(&mut body)?;
        line(client)?;
    }
}

/// Writes a response. One whose body broke off is left unfinished.
fn send(mut client: &TcpStream, method: &Method, response: &Response<Body>) -> Verdict {
    let (status, fields) = (response.status(), response.headers());
    let has_no_body = method == Method::HEAD
        || matches!(status, StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED);
    let is_chunked = !has_no_body && !fields.contains_key(header::CONTENT_LENGTH);
    let mut bytes = format!("HTTP/1.1 {status}\r\nConnection: close\r\n").into_bytes();
    if is_chunked {
        bytes.extend(b"Transfer-Encoding: chunked\r\n");
    }
    for (name, value) in fields {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend(b"\r\n");
    let body = response.body();
    for piece in body.chunks.iter().filter(|piece| !piece.is_empty()) {
        match is_chunked {
            true => bytes.extend(chunk(piece)),
            false => bytes.extend(piece),
        }
    }
    if is_chunked && body.broken.is_none() {
        bytes.extend(b"0\r\n\r\n");
    }
    Ok(client.write_all(&bytes)?)
}

/// Asks an origin, and reads its response whole.
fn fetch(
    origin: &OriginConfig,
    request: Request<Option<Body>>,
) -> Result<Response<Body>, FetchError> {
    let (parts, body) = request.into_parts();
    let authority = parts
        .uri
        .authority()
        .map_or("", |authority| authority.as_str());
    let address = authority.parse::<SocketAddr>();
    let address = address.map_err(|error| FetchError::Dns(error.to_string()))?;
    let target = parts.uri.path_and_query().map_or("/", |path| path.as_str());
    let mut sent = client::Request::new(parts.method.as_str(), target).without("Host");
    for (name, value) in &parts.headers {
        sent = sent.field(name.as_str(), value);
    }
    if let Some(body) = body {
        sent = sent.without("Content-Length").body(&body.chunks.concat());
    }

    let deadline = Instant::now() + origin.first_byte_timeout;
    let connection = Connection::open(address, deadline, None);
    let mut connection = connection.map_err(|Failure(why)| FetchError::Connect(why))?;
    let received = connection.send(&sent);
    let received = received.and_then(|()| connection.response(parts.method.as_str()));
    let mut received = received.map_err(|Failure(why)| match why {
        why if why.contains("until the deadline") => FetchError::Timeout(why),
        why if why.contains("before a response head") => FetchError::Closed(why),
        why => FetchError::Protocol(why),
    })?;
    let protocol = |Failure(why)| FetchError::Protocol(why);
    let end = received.read_to_end().map_err(protocol)?;
    let mut response = Response::new(Body {
        chunks: vec![Bytes::from(std::mem::take(&mut received.body))],
        broken: match end {
            End::Complete | End::Unframed => None,
            End::Truncated(how) => Some(how),
        },
    });
    *response.status_mut() = StatusCode::from_u16(received.status)
        .map_err(|error| FetchError::Protocol(error.to_string()))?;
    *response.headers_mut() = map(&received.fields).map_err(protocol)?;
    Ok(response)
}

/// Returns fields as the field's own type has them.
fn map(fields: &Fields) -> Verdict<HeaderMap> {
    let mut map = HeaderMap::new();
    for (name, value) in fields.iter() {
        map.append(
            HeaderName::from_bytes(name)?,
            HeaderValue::from_bytes(value)?,
        );
    }
    Ok(map)
}
