//! Finds the origin that a URL belongs to.

use super::Page;
use super::reading::percent_level;
use crate::map::Origin;

impl Page<'_> {
    /// Returns the origin of a URL whose authority ends at `end`, and where its base ends, if it
    /// has a path.
    pub(super) fn origin(
        &self,
        host: &str,
        scheme: Option<&str>,
        port: Option<u16>,
        end: usize,
    ) -> Option<(&Origin, Option<usize>)> {
        let is_default = match (scheme, port) {
            (_, None) => true,
            (Some("https" | "wss"), Some(port)) => port == 443,
            (Some(_), Some(port)) => port == 80,
            (None, Some(port)) => port == 80 || port == 443,
        };
        let has_path = self.code(end).is_some_and(|code| b"/?#".contains(&code));
        let of_port = |port: Option<u16>| {
            let mut known: Vec<&Origin> = self.origins.iter().collect();
            known.retain(|origin| origin.host == host && origin.port == port);
            known.sort_by_key(|origin| origin.base.len());
            let longest = known.iter().map(|origin| origin.base.len()).rev();
            let longest = longest.collect::<Vec<_>>();
            longest
                .into_iter()
                .find_map(|length| {
                    let origin = known.iter().find(|it| {
                        it.base.len() == length && self.behind_base(end, &it.base).is_some()
                    })?;
                    Some((*origin, Some(self.behind_base(end, &origin.base)?)))
                })
                .or_else(|| {
                    let keeps =
                        |it: &&&Origin| !has_path && !it.base.is_empty() && it.base == it.path;
                    let longest = known.iter().rev().find(keeps)?.base.len();
                    let origin = known
                        .iter()
                        .filter(keeps)
                        .find(|it| it.base.len() == longest)?;
                    Some((*origin, None))
                })
        };
        port.and_then(|port| of_port(Some(port)))
            .or_else(|| of_port(None).filter(|_| is_default))
    }

    pub(super) fn behind_base(&self, start: usize, base: &str) -> Option<usize> {
        let at = base.bytes().try_fold(start, |at, byte| {
            let (code, end) = self.character(at)?;
            (code == byte).then_some(end)
        })?;
        if base.is_empty() {
            return Some(at);
        }
        let Some((code, end)) = self.character(at) else {
            return Some(at);
        };
        let segment =
            |code: u8| code.is_ascii_alphanumeric() || code == 0x80 || b"-_~%+=@*".contains(&code);
        let goes_on = percent_level(&self.text[at..end])
            > percent_level(self.spelling(start, b'/')?)
            || segment(code)
            || b".:".contains(&code) && self.code(end).is_some_and(|it| it == b'/' || segment(it));
        (!goes_on).then_some(at)
    }
}
