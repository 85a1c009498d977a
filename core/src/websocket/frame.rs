//! The head of a frame, and the mask of its payload (RFC 6455 §5.2, §5.3).

/// The most bytes of a head: two, eight of the length, four of the mask.
pub(super) const LONGEST_HEAD: usize = 14;

/// The most bytes in the payload of a control frame (RFC 6455 §5.5).
const CONTROL: u64 = 125;

const FIN: u8 = 0x80;
const RESERVED: u8 = 0x70;
const OPCODE: u8 = 0x0f;
const MASKED: u8 = 0x80;
const LENGTH: u8 = 0x7f;

/// What a frame is (RFC 6455 §11.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opcode {
    Continuation,
    Text,
    Binary,
    Close,
    Ping,
    Pong,
}

/// The head of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Whether the frame is the last one of its message.
    pub(super) is_final: bool,
    pub(super) opcode: Opcode,
    /// The key that masks the payload, if it is masked.
    pub(super) key: Option<[u8; 4]>,
    /// The length of the payload.
    pub(super) length: u64,
}

/// Why a head cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unread {
    /// There is more of it to come.
    Short,
    /// It is none that RFC 6455 knows, as it is without extensions.
    Invalid,
}

impl Head {
    /// Reads a head from the start of `bytes`, and returns how many bytes it has.
    pub(super) fn read(bytes: &[u8]) -> Result<(Self, usize), Unread> {
        let [first, second, rest @ ..] = bytes else {
            return Err(Unread::Short);
        };
        let opcode = match first & OPCODE {
            0x0 => Opcode::Continuation,
            0x1 => Opcode::Text,
            0x2 => Opcode::Binary,
            0x8 => Opcode::Close,
            0x9 => Opcode::Ping,
            0xa => Opcode::Pong,
            _ => return Err(Unread::Invalid),
        };
        let is_final = first & FIN != 0;
        let (length, rest) = match second & LENGTH {
            126 => {
                let (length, rest) = rest.split_first_chunk().ok_or(Unread::Short)?;
                (u64::from(u16::from_be_bytes(*length)), rest)
            }
            127 => {
                let (length, rest) = rest.split_first_chunk().ok_or(Unread::Short)?;
                (u64::from_be_bytes(*length), rest)
            }
            length => (u64::from(length), rest),
        };
        // The length has the fewest bytes that it can have, and 63 bits.
        let is_minimal = match second & LENGTH {
            126 => length > CONTROL,
            127 => length > u64::from(u16::MAX) && length <= u64::MAX >> 1,
            _ => true,
        };
        let fits = !opcode.is_control() || (is_final && length <= CONTROL);
        if first & RESERVED != 0 || !is_minimal || !fits {
            return Err(Unread::Invalid);
        }
        let (key, rest) = if second & MASKED == 0 {
            (None, rest)
        } else {
            let (key, rest) = rest.split_first_chunk().ok_or(Unread::Short)?;
            (Some(*key), rest)
        };
        let head = Self {
            is_final,
            opcode,
            key,
            length,
        };
        Ok((head, bytes.len().saturating_sub(rest.len())))
    }

    /// Appends the head as it is sent.
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        let opcode = match self.opcode {
            Opcode::Continuation => 0x0,
            Opcode::Text => 0x1,
            Opcode::Binary => 0x2,
            Opcode::Close => 0x8,
            Opcode::Ping => 0x9,
            Opcode::Pong => 0xa,
        };
        out.push(if self.is_final { FIN | opcode } else { opcode });
        let masked = if self.key.is_some() { MASKED } else { 0 };
        match (u8::try_from(self.length), u16::try_from(self.length)) {
            (Ok(length @ ..=125), _) => out.push(masked | length),
            (_, Ok(length)) => {
                out.push(masked | 126);
                out.extend_from_slice(&length.to_be_bytes());
            }
            _ => {
                out.push(masked | 127);
                out.extend_from_slice(&self.length.to_be_bytes());
            }
        }
        out.extend_from_slice(self.key.as_ref().map_or(&[], |key| &key[..]));
    }
}

impl Opcode {
    pub(super) fn is_control(self) -> bool {
        matches!(self, Self::Close | Self::Ping | Self::Pong)
    }
}

/// Masks a payload, or takes the mask off.
pub(super) fn mask(payload: &mut [u8], key: Option<[u8; 4]>) {
    let Some(key) = key else { return };
    for (byte, key) in payload.iter_mut().zip(key.iter().cycle()) {
        *byte ^= key;
    }
}
