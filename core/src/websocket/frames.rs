//! The stage that maps text messages in the bytes of a connection (RFC 6455 §5).
//!
//! A text is held until its last frame has come, and mapped as one. If it changes, it goes on as a
//! single frame, masked with the key of its first one; otherwise its frames go on as they came.
//! Everything else goes on at once, byte for byte: binary messages, and control frames, which may
//! come between the frames of a message and then overtake what is held of it (§5.5: a receiver
//! answers them as soon as it can).
//!
//! A frame that is not valid fails the connection (§7.1.7), which is for its receiver to do: the
//! gate is no endpoint, and a receiver tells the sender why. So from there on, all goes on as it
//! comes. The same holds for what follows a close frame.

use super::frame::{Head, LONGEST_HEAD, Opcode, Unread, mask};
use super::messages::{Messages, Unmapped};
use crate::pipeline::{BLOCK, Transform, TransformError};

/// Maps the text messages in the bytes of one direction of a connection.
#[derive(Debug)]
pub struct Frames {
    messages: Messages,
    place: Place,
    /// The start of a head that is not complete.
    head: Vec<u8>,
    /// The message that is not complete.
    message: Message,
    /// The frames of the text that is held, as they came.
    held: Vec<u8>,
    /// How many bytes of `held` are heads.
    heads: usize,
}

/// Where in a connection's bytes the stage is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// In the head of a frame, or before it.
    Head,
    /// In a payload with so many bytes left, which go on as they come.
    Passing(u64),
    /// In a payload with so many bytes left, which are held. `is_final`: with it, the message ends.
    Holding { left: u64, is_final: bool },
    /// Behind what is read.
    Rest,
}

/// A message some of whose frames have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Message {
    /// There is none.
    None,
    /// A text that is held.
    Held,
    /// A message that goes on as it comes.
    Passing,
}

impl Frames {
    /// Makes the stage for the bytes of one direction, from the end of the handshake on.
    #[must_use]
    pub fn new(messages: Messages) -> Self {
        Self {
            place: if messages.is_mapped() {
                Place::Head
            } else {
                Place::Rest
            },
            messages,
            head: Vec::new(),
            message: Message::None,
            held: Vec::new(),
            heads: 0,
        }
    }

    /// Reads on in a head. Returns it, with its bytes, once it is complete, and `None` if it is not
    /// yet or is not valid.
    fn read(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Option<(Head, Vec<u8>)> {
        let before = self.head.len();
        let room = LONGEST_HEAD.saturating_sub(before);
        self.head
            .extend_from_slice(input.get(..room).unwrap_or(input));
        match Head::read(&self.head) {
            Ok((head, length)) => {
                let mut bytes = std::mem::take(&mut self.head);
                bytes.truncate(length);
                // What was added before was too short for a head.
                take(input, length.saturating_sub(before));
                Some((head, bytes))
            }
            Err(Unread::Short) => {
                *input = &[];
                None
            }
            Err(Unread::Invalid) => {
                self.head.truncate(before);
                self.give_up(out);
                None
            }
        }
    }

    /// Goes into the frame of a head that has been read.
    fn enter(&mut self, head: Head, bytes: &[u8], out: &mut Vec<u8>) {
        let message = match (head.opcode, self.message) {
            (Opcode::Ping | Opcode::Pong, _) => {
                out.extend_from_slice(bytes);
                self.place = Place::Passing(head.length);
                return;
            }
            (Opcode::Close, _) => {
                self.release(out);
                out.extend_from_slice(bytes);
                self.place = Place::Rest;
                return;
            }
            (Opcode::Text, Message::None) => Message::Held,
            (Opcode::Binary, Message::None) => Message::Passing,
            (Opcode::Continuation, Message::Held | Message::Passing) => self.message,
            (Opcode::Text | Opcode::Binary | Opcode::Continuation, _) => {
                self.head.extend_from_slice(bytes);
                return self.give_up(out);
            }
        };
        let message = match message {
            Message::Held if !self.fits(head.length, bytes.len()) => {
                self.messages.tell(Unmapped::TooLong);
                self.release(out);
                Message::Passing
            }
            message => message,
        };
        let is_final = head.is_final;
        if message == Message::Held {
            self.message = Message::Held;
            self.held.extend_from_slice(bytes);
            self.heads = self.heads.saturating_add(bytes.len());
            let left = head.length;
            self.place = Place::Holding { left, is_final };
        } else {
            self.message = if is_final { Message::None } else { message };
            out.extend_from_slice(bytes);
            self.place = Place::Passing(head.length);
        }
    }

    /// Returns whether a frame of so many bytes can be held together with those before it: the text
    /// within the limit, and no more than as much again, or a block, of heads.
    fn fits(&self, length: u64, head: usize) -> bool {
        let limit = self.messages.limit();
        let text = self.held.len().saturating_sub(self.heads);
        usize::try_from(length)
            .ok()
            .and_then(|length| text.checked_add(length))
            .is_some_and(|text| text <= limit)
            && self.heads.saturating_add(head) <= limit.max(BLOCK)
    }

    /// Maps the text that is held, and appends it.
    fn complete(&mut self, out: &mut Vec<u8>) {
        self.message = Message::None;
        let mut text = Vec::with_capacity(self.held.len().saturating_sub(self.heads));
        let mut frames = self.held.as_slice();
        let mut key = None;
        while let Ok((head, length)) = Head::read(frames) {
            take(&mut frames, length);
            let payload = usize::try_from(head.length).unwrap_or(usize::MAX);
            let start = text.len();
            text.extend_from_slice(take(&mut frames, payload));
            mask(text.get_mut(start..).unwrap_or_default(), head.key);
            key = key.or(Some(head.key));
        }
        let Some(mut mapped) = self.messages.mapped(&text) else {
            return self.release(out);
        };
        let head = Head {
            is_final: true,
            opcode: Opcode::Text,
            key: key.flatten(),
            length: mapped.len() as u64,
        };
        mask(&mut mapped, head.key);
        head.write(out);
        out.append(&mut mapped);
        self.held = Vec::new();
        self.heads = 0;
    }

    /// Appends what is held, as it came.
    fn release(&mut self, out: &mut Vec<u8>) {
        out.append(&mut std::mem::take(&mut self.held));
        self.heads = 0;
    }

    /// Reads nothing more.
    fn give_up(&mut self, out: &mut Vec<u8>) {
        self.messages.tell(Unmapped::Invalid);
        self.release(out);
        out.append(&mut self.head);
        self.place = Place::Rest;
    }
}

impl Transform for Frames {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        while !input.is_empty() && out.len() < BLOCK {
            match self.place {
                Place::Head => {
                    if let Some((head, bytes)) = self.read(input, out) {
                        self.enter(head, &bytes, out);
                    }
                }
                Place::Passing(left) => {
                    let payload = take(input, bounded(left).min(BLOCK));
                    out.extend_from_slice(payload);
                    self.place = Place::Passing(left.saturating_sub(payload.len() as u64));
                }
                Place::Holding { left, is_final } => {
                    let payload = take(input, bounded(left));
                    self.held.extend_from_slice(payload);
                    let left = left.saturating_sub(payload.len() as u64);
                    self.place = Place::Holding { left, is_final };
                }
                Place::Rest => out.extend_from_slice(take(input, BLOCK)),
            }
            // A payload may be empty, and so may the text.
            match self.place {
                Place::Passing(0) => self.place = Place::Head,
                Place::Holding { left: 0, is_final } => {
                    self.place = Place::Head;
                    if is_final {
                        self.complete(out);
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Appends what is held: the connection ends within it.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        self.release(out);
        out.append(&mut self.head);
        Ok(())
    }
}

/// Takes up to so many bytes off the front of a slice.
fn take<'a>(bytes: &mut &'a [u8], count: usize) -> &'a [u8] {
    let (taken, rest) = bytes.split_at_checked(count).unwrap_or((bytes, &[]));
    *bytes = rest;
    taken
}

fn bounded(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}
