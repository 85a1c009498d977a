//! Answers as steps: bytes that are written as they are, and events that are waited for between
//! them.

use crate::blocks::Blocks;
use crate::client::chunk;

/// One step of an answer.
#[derive(Clone)]
pub(crate) enum Step {
    /// Reads the request's body to its end.
    TakeBody,
    /// Reads this many bytes of the request's body.
    TakeSome(usize),
    /// Writes bytes as they are.
    Raw(Vec<u8>),
    /// Writes a long body, either as it is or with a chunk for each piece.
    Fill {
        /// The body.
        blocks: Blocks,
        /// Whether each piece is written as a chunk.
        chunked: bool,
    },
    /// Waits until the scenario opens the gate with this number.
    Wait(u32),
    /// Does nothing until the peer closes the connection.
    Stall,
    /// Closes the connection in order.
    Close,
    /// Resets the connection (RST).
    Reset,
    /// Becomes a WebSocket that echoes.
    EchoWebSocket,
    /// Becomes a WebSocket that echoes each text backwards, so that a gate maps it on one way only,
    /// and closes with the code 4002 when it is told to `close`.
    MirrorWebSocket,
}

/// A whole answer. The request's body is read first, unless the steps say otherwise.
#[derive(Clone)]
pub(crate) struct Answer {
    /// The steps, in order. The connection is kept if the steps neither close it nor stall.
    pub(super) steps: Vec<Step>,
}

/// The head of an answer that is being made.
#[derive(Clone)]
pub(crate) struct Head(Vec<u8>);

/// Starts a head with this status.
pub(crate) fn answer(status: u16) -> Head {
    Head(format!("HTTP/1.1 {status} Scripted\r\n").into_bytes())
}

impl Head {
    /// Adds a field.
    pub(crate) fn field(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        self.0
            .extend([name.as_bytes(), b": ", value.as_ref(), b"\r\n"].concat());
        self
    }

    /// Sets the media type.
    pub(crate) fn of_type(self, media_type: &str) -> Self {
        self.field("Content-Type", media_type)
    }

    /// Sets the media type of HTML.
    pub(crate) fn html(self) -> Self {
        self.of_type("text/html; charset=utf-8")
    }

    /// Ends the answer here, without framing fields.
    pub(crate) fn bare(mut self) -> Answer {
        self.0.extend(b"\r\n");
        Answer {
            steps: vec![Step::TakeBody, Step::Raw(self.0)],
        }
    }

    /// Adds a body that is framed by `Content-Length` and written at once.
    pub(crate) fn body(self, body: impl AsRef<[u8]>) -> Answer {
        let mut whole = self.field("Content-Length", body.as_ref().len().to_string());
        whole.0.extend(b"\r\n");
        whole.0.extend(body.as_ref());
        Answer {
            steps: vec![Step::TakeBody, Step::Raw(whole.0)],
        }
    }

    /// Announces a `Content-Length`. The steps that follow write the body, or something else.
    pub(crate) fn length(self, length: usize) -> Answer {
        self.field("Content-Length", length.to_string()).bare()
    }

    /// Announces a chunked body. The steps that follow write the chunks.
    pub(crate) fn chunked(self) -> Answer {
        self.field("Transfer-Encoding", "chunked").bare()
    }

    /// Adds a complete chunked body, with one write for each chunk.
    pub(crate) fn chunks<T: AsRef<[u8]>>(self, chunks: impl IntoIterator<Item = T>) -> Answer {
        chunks
            .into_iter()
            .fold(self.chunked(), Answer::chunk)
            .last_chunk()
    }
}

impl Answer {
    /// Makes an answer of bytes that take the place of a head.
    pub(crate) fn raw(bytes: impl AsRef<[u8]>) -> Self {
        Self {
            steps: vec![Step::TakeBody, Step::Raw(bytes.as_ref().to_vec())],
        }
    }

    /// Returns what the steps write as it is, in order.
    pub(crate) fn written(&self) -> impl Iterator<Item = &[u8]> {
        self.steps.iter().filter_map(|step| match step {
            Step::Raw(bytes) => Some(&bytes[..]),
            _ => None,
        })
    }

    /// Begins the answer before the request's body is read.
    pub(crate) fn early(mut self) -> Self {
        self.steps.retain(|step| !matches!(step, Step::TakeBody));
        self
    }

    /// Puts a step before all others.
    pub(crate) fn first(mut self, step: Step) -> Self {
        self.steps.insert(0, step);
        self
    }

    /// Adds a step.
    pub(crate) fn then(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }

    /// Adds a step that writes bytes.
    pub(crate) fn send(self, bytes: impl AsRef<[u8]>) -> Self {
        self.then(Step::Raw(bytes.as_ref().to_vec()))
    }

    /// Adds a step that writes a chunk.
    pub(crate) fn chunk(self, data: impl AsRef<[u8]>) -> Self {
        if data.as_ref().is_empty() {
            self
        } else {
            self.then(Step::Raw(chunk(data.as_ref())))
        }
    }

    /// Adds a step that writes the last chunk.
    pub(crate) fn last_chunk(self) -> Self {
        self.send("0\r\n\r\n")
    }

    /// Adds a step that writes a long body as it is.
    pub(crate) fn fill(self, blocks: Blocks) -> Self {
        self.then(Step::Fill {
            blocks,
            chunked: false,
        })
    }

    /// Adds a step that writes a long body, with a chunk for each piece.
    pub(crate) fn fill_chunks(self, blocks: Blocks) -> Self {
        self.then(Step::Fill {
            blocks,
            chunked: true,
        })
    }

    /// Adds a step that waits for a gate.
    pub(crate) fn wait(self, gate: u32) -> Self {
        self.then(Step::Wait(gate))
    }

    /// Adds a step that waits until the peer goes away.
    pub(crate) fn stall(self) -> Self {
        self.then(Step::Stall)
    }

    /// Adds a step that closes the connection.
    pub(crate) fn close(self) -> Self {
        self.then(Step::Close)
    }

    /// Adds a step that resets the connection.
    pub(crate) fn reset(self) -> Self {
        self.then(Step::Reset)
    }
}
