//! WebSockets: of the bytes of a connection, control frames and binary messages keep every byte,
//! each text is mapped as a whole, and no cut changes that.

use std::sync::LazyLock;

use streamgate::{BLOCK, Frames, Gate, Messages, Transform, WebSocket};

use super::common::cut;
use super::edge::{Origin, exchange, request, response};
use super::input::{Input, show};

const LIMITS: [&str; 2] = ["1MiB", "32"];

static GATES: LazyLock<[Gate; 2]> = LazyLock::new(|| {
    LIMITS.map(|limit| {
        let text = format!(
            "origin.url = 'https://origin.example.com'\n\
             origin.public = 'https://www.example.com'\n\
             map.websocket = true\nmap.websocket_limit = '{limit}'"
        );
        Gate::from_toml(&text, "fuzz").unwrap()
    })
});

/// A direction of a connection.
#[derive(Clone, Copy)]
enum To {
    Client,
    Origin,
}

pub(crate) fn websocket(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let gate = input.choose(&*GATES);
    let to = *input.choose(&[To::Client, To::Origin]);
    let is_framed = *input.choose(&[true, false]);
    let lengths = input.lengths();
    let rest = input.rest();
    let built = lines_in_frames(rest, lengths[1], matches!(to, To::Origin));
    let bytes = if is_framed { rest } else { &built };
    let through = |lengths: &[usize]| stream(Frames::new(messages(gate, to)), cut(bytes, lengths));
    let whole = through(&[usize::MAX]);
    for lengths in [&[1][..], &lengths] {
        assert_eq!(show(&through(lengths)), show(&whole), "by {lengths:?}");
    }
    let (Some(before), Some(after)) = (Read::whole(bytes), Read::whole(&whole)) else {
        return;
    };
    assert_eq!(before.controls, after.controls);
    assert_eq!(before.messages.len(), after.messages.len());
    let mut map = messages(gate, to);
    for ((is_text, payload), (_, other)) in before.messages.iter().zip(&after.messages) {
        let text = std::str::from_utf8(payload).ok().filter(|_| *is_text);
        let mapped = text.and_then(|text| map.map(text)).map(String::into_bytes);
        assert_eq!(
            show(other),
            show(&mapped.unwrap_or_else(|| payload.clone()))
        );
    }
}

/// Returns what maps one direction.
fn messages(gate: &Gate, to: To) -> Messages {
    let head = b"connection: Upgrade\nupgrade: websocket\norigin: https://www.example.com";
    let asked = request("GET", "https://www.example.com/cable", head).unwrap();
    let origin = Origin {
        head: response(101, head),
        chunks: Vec::new(),
    };
    let seen = exchange(gate, asked.map(|()| None), &origin);
    let WebSocket {
        to_client,
        to_origin,
    } = seen.websocket.expect("a WebSocket");
    match to {
        To::Client => to_client,
        To::Origin => to_origin,
    }
}

fn stream<'a>(mut frames: Frames, chunks: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut whole = Vec::new();
    for mut chunk in chunks {
        while !chunk.is_empty() {
            frames.push(&mut chunk, &mut whole).unwrap();
            if whole.len() >= BLOCK {
                return whole;
            }
        }
    }
    frames.finish(&mut whole).unwrap();
    whole
}

/// Makes a text of each line, in fragments of a length, with a ping between them.
fn lines_in_frames(text: &[u8], length: usize, is_masked: bool) -> Vec<u8> {
    let mut frames = Vec::new();
    for line in text.split(|&byte| byte == b'\n') {
        let mut fragments = line.chunks(length).peekable();
        let mut opcode = 1;
        if fragments.peek().is_none() {
            frame(&mut frames, 0x81, b"", is_masked);
        }
        while let Some(fragment) = fragments.next() {
            let is_final = u8::from(fragments.peek().is_none()) << 7;
            frame(&mut frames, is_final | opcode, fragment, is_masked);
            if is_final == 0 {
                frame(&mut frames, 0x89, b"ping", is_masked);
            }
            opcode = 0;
        }
    }
    frames
}

fn frame(frames: &mut Vec<u8>, first: u8, payload: &[u8], is_masked: bool) {
    const KEY: [u8; 4] = *b"\x01\xa0\0\xff";
    let length = u8::try_from(payload.len()).expect("a short fragment");
    frames.extend([first, u8::from(is_masked) << 7 | length]);
    if is_masked {
        frames.extend(KEY);
        frames.extend(
            payload
                .iter()
                .zip(KEY.iter().cycle())
                .map(|(byte, key)| byte ^ key),
        );
    } else {
        frames.extend(payload);
    }
}

/// What is in the bytes of a connection.
#[derive(Default)]
struct Read {
    /// The control frames, byte for byte.
    controls: Vec<Vec<u8>>,
    /// The messages, and whether each is a text.
    messages: Vec<(bool, Vec<u8>)>,
}

impl Read {
    /// Reads bytes that consist of valid frames and whole messages (RFC 6455 §5.2), without a
    /// close.
    fn whole(mut bytes: &[u8]) -> Option<Self> {
        let mut read = Self::default();
        let mut open: Option<(bool, Vec<u8>)> = None;
        while !bytes.is_empty() {
            let [first, second, behind @ ..] = bytes else {
                return None;
            };
            let (size, least) = match second & 0x7f {
                126 => (2, 126),
                127 => (8, 0x1_0000),
                _ => (0, 0),
            };
            let (size, behind) = behind.split_at_checked(size)?;
            let number = match size {
                [] => u64::from(second & 0x7f),
                size => size
                    .iter()
                    .fold(0, |number, byte| number << 8 | u64::from(*byte)),
            };
            let (key, behind) = behind.split_at_checked(usize::from(second >> 7) * 4)?;
            let (payload, behind) = behind.split_at_checked(usize::try_from(number).ok()?)?;
            let is_final = first >> 7 == 1;
            if first & 0x70 != 0 || number < least {
                return None;
            }
            let payload: Vec<u8> = match key {
                [] => payload.to_vec(),
                key => payload
                    .iter()
                    .zip(key.iter().cycle())
                    .map(|(byte, key)| byte ^ key)
                    .collect(),
            };
            let all = &bytes[..bytes.len() - behind.len()];
            match (first & 0xf, &mut open) {
                (9 | 10, _) if is_final && number < 126 => read.controls.push(all.to_vec()),
                (0, Some((_, message))) => message.extend(payload),
                (kind @ (1 | 2), None) => open = Some((kind == 1, payload)),
                _ => return None,
            }
            if is_final && first & 8 == 0 {
                read.messages.extend(open.take());
            }
            bytes = behind;
        }
        open.is_none().then_some(read)
    }
}
