//! Base64 (RFC 4648 §4), as it streams.

/// A decoder of one base64 text.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// The bits that are no whole byte yet, and how many they are.
    bits: u32,
    count: u32,
}

impl Decoder {
    /// Appends the bytes that `text` gives, up to what is no base64; returns where that is. Padding
    /// gives no bytes.
    pub(super) fn decode(&mut self, text: &[u8], bytes: &mut Vec<u8>) -> usize {
        for (at, &character) in text.iter().enumerate() {
            let value = match character {
                b'A'..=b'Z' => character - b'A',
                b'a'..=b'z' => character - b'a' + 26,
                b'0'..=b'9' => character - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                b'=' => continue,
                _ => return at,
            };
            self.bits = (self.bits << 6 | u32::from(value)) & 0xfff;
            self.count += 6;
            if self.count >= 8 {
                self.count -= 8;
                let byte = (self.bits >> self.count) & 0xff;
                bytes.extend(u8::try_from(byte));
            }
        }
        text.len()
    }
}
