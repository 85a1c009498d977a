//! The naive program for WASI HTTP hosts.

#![cfg(target_arch = "wasm32")]

use std::cell::RefCell;
use std::env;

use wasi::exports::http::incoming_handler::Guest;
use wasi::http::outgoing_handler;
use wasi::http::types::{
    Fields, IncomingBody, IncomingRequest, IncomingResponse, OutgoingBody, OutgoingRequest,
    OutgoingResponse, ResponseOutparam, Scheme,
};
use wasi::io::streams::{InputStream, OutputStream, StreamError};

/// What goes wrong ends the exchange.
type Fault = Box<dyn std::error::Error>;

struct Naive;

impl Guest for Naive {
    fn handle(request: IncomingRequest, client: ResponseOutparam) {
        if let Err(fault) = exchange(&request, client) {
            eprintln!("naive: {fault}");
        }
    }
}

fn exchange(request: &IncomingRequest, client: ResponseOutparam) -> Result<(), Fault> {
    let path = request.path_with_query().unwrap_or_default();
    let upstream = fetch(&path)?;
    let fields: Vec<_> = upstream.headers().entries();
    let is = |name: &str, wanted: &str| name.eq_ignore_ascii_case(wanted);
    let content_type = fields.iter().find(|(name, _)| is(name, "content-type"));
    let content_type = content_type.map(|(_, value)| String::from_utf8_lossy(value));
    // A page that goes through the program unchanged, for comparison.
    let pumped = path.contains("pump");
    let rewritten = !pumped && content_type.is_some_and(|value| naive::rewrites(&value));

    let mut kept = fields.clone();
    kept.retain(|(name, _)| !rewritten || !is(name, "content-length"));
    let response = OutgoingResponse::new(Fields::from_list(&kept)?);
    let failed = |what: &str| format!("the host gives no {what}");
    response
        .set_status_code(upstream.status())
        .map_err(|()| failed("status"))?;
    let outgoing = response.body().map_err(|()| failed("body"))?;
    ResponseOutparam::set(client, Ok(response));

    let incoming = upstream.consume().map_err(|()| failed("body"))?;
    let from = incoming.stream().map_err(|()| failed("stream"))?;
    let to = outgoing.write().map_err(|()| failed("stream"))?;
    if rewritten {
        rewrite(&from, &to)?;
    } else if pumped {
        pump(&from, &to)?;
    } else {
        while let Ok(moved) = to.blocking_splice(&from, naive::READ as u64) {
            if moved == 0 {
                from.subscribe().block();
            }
        }
    }
    drop(to);
    drop(from);
    drop(IncomingBody::finish(incoming));
    Ok(OutgoingBody::finish(outgoing, None)?)
}

fn fetch(path: &str) -> Result<IncomingResponse, Fault> {
    let request = OutgoingRequest::new(Fields::new());
    let refused = |()| "the host refuses the request";
    request.set_scheme(Some(&Scheme::Http)).map_err(refused)?;
    request
        .set_authority(Some(&env::var("UPSTREAM")?))
        .map_err(refused)?;
    request.set_path_with_query(Some(path)).map_err(refused)?;
    let future = outgoing_handler::handle(request, None)?;
    future.subscribe().block();
    let response = future
        .get()
        .and_then(Result::ok)
        .ok_or("the host gives no response")?;
    Ok(response?)
}

fn rewrite(from: &InputStream, to: &OutputStream) -> Result<(), Fault> {
    let (origin, public) = (env::var("ORIGIN")?, env::var("PUBLIC")?);
    // lol_html gives out many short pieces, and each write is a call of the host.
    let out = RefCell::new(Vec::new());
    let mut rewriter = naive::rewriter(&origin, &public, |bytes: &[u8]| {
        out.borrow_mut().extend_from_slice(bytes);
    });
    while let Some(bytes) = read(from)? {
        rewriter.write(&bytes)?;
        write(to, &out.take())?;
    }
    rewriter.end()?;
    write(to, &out.take())
}

fn pump(from: &InputStream, to: &OutputStream) -> Result<(), Fault> {
    while let Some(bytes) = read(from)? {
        write(to, &bytes)?;
    }
    Ok(())
}

/// Waits for bytes, and returns `None` at the end.
fn read(from: &InputStream) -> Result<Option<Vec<u8>>, Fault> {
    match from.blocking_read(naive::READ as u64) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(StreamError::Closed) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn write(to: &OutputStream, mut bytes: &[u8]) -> Result<(), Fault> {
    while !bytes.is_empty() {
        let room = to.check_write()? as usize;
        let (now, later) = bytes.split_at(room.min(bytes.len()));
        if now.is_empty() {
            to.subscribe().block();
        }
        to.write(now)?;
        bytes = later;
    }
    to.flush()?;
    Ok(())
}

/// The export macro defines the ABI's symbols, which needs `unsafe`.
#[allow(unsafe_code)]
mod export {
    use super::Naive;

    wasi::http::proxy::export!(Naive);
}
