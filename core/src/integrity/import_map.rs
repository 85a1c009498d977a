//! The `integrity` of an import map (HTML standard, "parse an import map string"): an object whose
//! members are URLs of modules with their integrity metadata.

use std::ops::Range;

/// Returns an import map without the members of its `integrity` for which `is_lost` says so, by URL
/// and metadata. Returns `None` if nothing goes, or if the text is no JSON as far as it must be
/// read: browsers drop such a map as a whole.
pub(super) fn edit(text: &[u8], is_lost: impl Fn(&str, &str) -> bool) -> Option<Vec<u8>> {
    let mut cursor = Cursor { text, at: 0 };
    let mut lost = Vec::new();
    for member in cursor.members()? {
        if member.key != "integrity" || text.get(member.value.start) != Some(&b'{') {
            continue;
        }
        let mut inner = Cursor {
            text,
            at: member.value.start,
        };
        let members = inner.members()?;
        let goes = |member: &Member| {
            let metadata = text.get(member.value.clone()).and_then(string);
            metadata.is_some_and(|metadata| is_lost(&member.key, &metadata))
        };
        lost.extend(lost_ranges(&members, goes));
    }
    if lost.is_empty() {
        return None;
    }
    let mut edited = Vec::with_capacity(text.len());
    let mut done = 0;
    for range in lost {
        edited.extend_from_slice(text.get(done..range.start).unwrap_or_default());
        done = range.end;
    }
    edited.extend_from_slice(text.get(done..).unwrap_or_default());
    Some(edited)
}

/// Returns the ranges that must go with members, commas included, so that the rest is JSON.
fn lost_ranges(members: &[Member], goes: impl Fn(&Member) -> bool) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    // Where the last member that stays ends. Before it, each member goes with the comma behind it.
    let last_kept = members.iter().rposition(|member| !goes(member));
    let end_of = |index: usize| members.get(index).map(|member| member.whole.end);
    for (index, member) in members.iter().enumerate() {
        if !goes(member) {
            continue;
        }
        let range = match last_kept {
            Some(last) if index < last => member.whole.start..member.whole.end + 1,
            Some(last) if index == last + 1 => {
                end_of(last).unwrap_or(member.whole.start)..member.whole.end
            }
            Some(_) => member.whole.start - 1..member.whole.end,
            None => member.whole.start..member.whole.end + usize::from(index + 1 < members.len()),
        };
        ranges.push(range);
    }
    ranges
}

/// A member of an object.
struct Member {
    key: String,
    value: Range<usize>,
    /// The member with the white space around it, up to the commas or braces.
    whole: Range<usize>,
}

/// A cursor over JSON (RFC 8259). It checks no more than it needs to find the ends of values.
struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

impl Cursor<'_> {
    /// Reads the object at the cursor.
    fn members(&mut self) -> Option<Vec<Member>> {
        let mut members = Vec::new();
        self.spaces();
        self.take(b'{')?;
        loop {
            let start = self.at;
            self.spaces();
            if members.is_empty() && self.take(b'}').is_some() {
                return Some(members);
            }
            let key = self.value()?;
            let key = string(self.text.get(key)?)?;
            self.spaces();
            self.take(b':')?;
            self.spaces();
            let value = self.value()?;
            self.spaces();
            let whole = start..self.at;
            members.push(Member { key, value, whole });
            if self.take(b',').is_none() {
                self.take(b'}')?;
                return Some(members);
            }
        }
    }

    /// Reads a value. Returns its range.
    fn value(&mut self) -> Option<Range<usize>> {
        let start = self.at;
        let mut depth = 0_usize;
        loop {
            match self.text.get(self.at)? {
                b'"' => self.string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                _ if depth > 0 => self.at += 1,
                _ => {
                    let rest = self.text.get(self.at..)?;
                    let is_end = |byte: &u8| b",]} \t\r\n".contains(byte);
                    self.at += rest.iter().position(is_end)?;
                }
            }
            if depth == 0 {
                return (start < self.at).then_some(start..self.at);
            }
        }
    }

    /// Moves behind a string.
    fn string(&mut self) -> Option<()> {
        self.take(b'"')?;
        loop {
            match self.text.get(self.at)? {
                b'"' => return self.take(b'"'),
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }

    fn spaces(&mut self) {
        while matches!(self.text.get(self.at), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn take(&mut self, byte: u8) -> Option<()> {
        let found = self.text.get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found.then_some(())
    }
}

/// Returns the characters of a JSON string (RFC 8259 §7). Returns `None` if the value is no string.
fn string(value: &[u8]) -> Option<String> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    let inner = String::from_utf8_lossy(inner);
    let mut chars = inner.chars();
    // Escapes may give the halves of a surrogate pair.
    let mut units: Vec<u16> = Vec::with_capacity(inner.len());
    while let Some(c) = chars.next() {
        if c != '\\' {
            units.extend_from_slice(c.encode_utf16(&mut [0; 2]));
            continue;
        }
        units.push(match chars.next()? {
            'b' => 0x08,
            'f' => 0x0C,
            'n' => 0x0A,
            'r' => 0x0D,
            't' => 0x09,
            'u' => {
                let digits: String = chars.by_ref().take(4).collect();
                let is_hex = digits.len() == 4 && digits.bytes().all(|it| it.is_ascii_hexdigit());
                u16::from_str_radix(&digits, 16).ok().filter(|_| is_hex)?
            }
            other => u16::try_from(u32::from(other)).ok()?,
        });
    }
    Some(String::from_utf16_lossy(&units))
}
