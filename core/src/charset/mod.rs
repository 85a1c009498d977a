//! The charset of a body: what its head states, what its first bytes declare, and which of the two
//! counts.
//!
//! [`sniff`] decides, from as much of a body as [`crate::pipeline::Deferred`] holds back for that.

mod prescan;
#[cfg(test)]
mod tests;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE};

use crate::markup;
use crate::media_type::{Charset, MediaType};
use crate::pipeline::START;

/// Where a body may declare its charset, apart from its byte order mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Declaration {
    /// In a `meta` element in the head of the page. HTML leaves it to a parser how far it looks
    /// (HTML standard §13.2.3.2), so a page need not wait for a declaration that never comes.
    Html,
    /// In the XML declaration. Without a declaration the body is in UTF-8 (XML §4.3.3).
    Xml,
    /// Nowhere.
    None,
}

impl Declaration {
    pub(crate) fn of(media_type: Option<&MediaType>) -> Self {
        match media_type {
            Some(media_type) if media_type.is_html() => Self::Html,
            Some(media_type) if media_type.is_xml() => Self::Xml,
            _ => Self::None,
        }
    }
}

/// Returns the charset of a body that begins with `start`: a byte order mark wins over the charset
/// that the head `stated` (Encoding standard, "BOM sniff"), which wins over the charset that the
/// body declares. Returns `None` if `start` is too short to tell, which it never is if it is
/// `whole`.
pub(crate) fn sniff(
    start: &[u8],
    stated: Charset,
    declaration: Declaration,
    whole: bool,
) -> Option<Charset> {
    for (mark, encoding) in [
        (&b"\xEF\xBB\xBF"[..], UTF_8),
        (b"\xFE\xFF", UTF_16BE),
        (b"\xFF\xFE", UTF_16LE),
    ] {
        if start.starts_with(mark) {
            return Some(Charset::Known(encoding));
        }
        if mark.starts_with(start) && !whole {
            return None;
        }
    }
    if stated != Charset::Unstated {
        return Some(stated);
    }
    let whole = whole || start.len() >= START;
    let start = start.get(..START).unwrap_or(start);
    if declaration == Declaration::None {
        return Some(Charset::Unstated);
    }
    for (mark, encoding) in [(&b"<\0?\0x\0"[..], UTF_16LE), (b"\0<\0?\0x", UTF_16BE)] {
        if start.starts_with(mark) {
            return Some(Charset::Known(encoding));
        }
        if mark.starts_with(start) && !whole {
            return None;
        }
    }
    let declared = match declaration {
        Declaration::Html => {
            let end = markup::head_end(start);
            let head = end.and_then(|end| start.get(..end)).unwrap_or(start);
            match prescan::html(head) {
                None if !whole && end.is_none() => return None,
                declared => declared.or_else(|| prescan::xml(head)),
            }
        }
        _ => {
            let open = start.starts_with(prescan::XML) && !start.contains(&b'>');
            if (open || prescan::XML.starts_with(start)) && !whole {
                return None;
            }
            Some(prescan::xml(start).unwrap_or(UTF_8))
        }
    };
    Some(declared.map_or(Charset::Unstated, Charset::Known))
}
