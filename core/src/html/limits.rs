//! How much of a page lol_html gets at a time, and how much memory it may take.

/// The memory in bytes that lol_html may take for one response: for what it must hold back (a tag
/// whose end has not come yet) and for the elements that are open. Over it the rest of the page
/// flows unmodified, and the log says so.
///
/// It is enough for 32,768 open elements, as a long text has whose paragraphs have no end tags.
/// Handlers for their ends take about twice as much again, so that one page takes some 12 MiB at
/// most, of the 128 MiB that an instance has at the edge.
pub const MEMORY_LIMIT: usize = 4 * 1024 * 1024;

/// The number of bytes that lol_html gets at a time. After each slice the stage looks at the
/// output, and may leave lol_html.
pub(super) const SLICE: usize = 8 * 1024;
