//! The client's end of an exchange: the response's head, and the body that follows it.

use bytes::Bytes;
use http::{Response, response};
use wasi::http::types::{OutgoingBody, OutgoingResponse, OutputStream, ResponseOutparam, Trailers};

use crate::ended::Ended;
use crate::head;
use crate::upload::Upload;

/// The client of a response whose head the host refuses: nobody has answered it yet. If nobody
/// does, the host answers with an error of its own.
#[derive(Debug)]
pub(crate) struct Refused(pub(crate) ResponseOutparam);

/// A response whose head is on its way. Dropping it leaves the response unfinished, which the
/// client sees. (Fields drop in this order: the stream goes before its body.)
pub(crate) struct ClientBody {
    pub(crate) stream: OutputStream,
    body: OutgoingBody,
}

impl ClientBody {
    /// Sends a head that a body follows.
    ///
    /// # Errors
    /// Returns [`Refused`] if the host refuses the head.
    pub(crate) fn begin(client: ResponseOutparam, head: &response::Parts) -> Result<Self, Refused> {
        let begun = || {
            let response = to_response(head)?;
            let body = response.body()?;
            let stream = body.write()?;
            Ok((response, Self { stream, body }))
        };
        match begun() {
            Ok((response, body)) => {
                ResponseOutparam::set(client, Ok(response));
                Ok(body)
            }
            Err(()) => Err(Refused(client)),
        }
    }

    /// Writes all of `bytes` and waits until the host has taken them on, and moves the request's
    /// body meanwhile.
    ///
    /// # Errors
    /// Returns [`Ended::Sink`] if the client takes no more.
    pub(crate) fn write(&self, mut bytes: &[u8], upload: &Upload) -> Result<(), Ended> {
        while !bytes.is_empty() {
            let room = self.stream.check_write().map_err(|_| Ended::Sink)?;
            let room = usize::try_from(room).unwrap_or(usize::MAX);
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            if room > 0 {
                self.stream.write(now).map_err(|_| Ended::Sink)?;
                // The host closes the stream with the last byte that `Content-Length` announced,
                // which is no reason to stop.
                let _ = self.stream.flush();
            }
            upload.wait(&self.stream.subscribe());
            bytes = later;
        }
        Ok(())
    }

    /// Ends the response if its body is complete, else leaves it unfinished.
    pub(crate) fn end(self, sent: Result<Option<Trailers>, Ended>) {
        drop(self.stream);
        match sent {
            Ok(trailers) => {
                // The host aborts the response if the body is not as long as its `Content-Length`
                // announced.
                if let Err(error) = OutgoingBody::finish(self.body, trailers) {
                    tracing::warn!(%error, "response left unfinished");
                }
            }
            Err(Ended::Broken(error)) => tracing::warn!(error, "response left unfinished"),
            // The client is gone, or has all that `Content-Length` announced: the host closes the
            // stream in both cases.
            Err(Ended::Source | Ended::Sink) => tracing::debug!("the client takes no more"),
        }
    }
}

/// Answers with a complete body. No body is begun for an empty one: a `Content-Length` is then not
/// its length but the length that the `GET` would have had (`HEAD`, `304`: RFC 9110 §8.6), which
/// the host allows only without a body.
///
/// # Errors
/// Returns [`Refused`] if the host refuses the head.
pub(crate) fn send(client: ResponseOutparam, response: Response<Bytes>) -> Result<(), Refused> {
    let (head, bytes) = response.into_parts();
    if bytes.is_empty() {
        match to_response(&head) {
            Ok(response) => ResponseOutparam::set(client, Ok(response)),
            Err(()) => return Err(Refused(client)),
        }
    } else {
        let body = ClientBody::begin(client, &head)?;
        let sent = body.write(&bytes, &Upload::default());
        body.end(sent.map(|()| None));
    }
    Ok(())
}

/// Converts a response's head for the host.
///
/// # Errors
/// Returns an error if the host refuses a part of the head.
fn to_response(head: &response::Parts) -> Result<OutgoingResponse, ()> {
    let response = OutgoingResponse::new(head::to_fields(&head.headers)?);
    response.set_status_code(head.status.as_u16())?;
    Ok(response)
}
