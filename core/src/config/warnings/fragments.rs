//! Fragments that can never be put into a page, and keys of theirs that change nothing.

use super::Review;
use super::paths::is_covered;
use crate::config::{FragmentConfig, SeamConfig};
use crate::value::written_value;

impl Review<'_> {
    /// Tells of the fragments of `[[fragment]]`.
    pub(super) fn fragments(&mut self) {
        let config = self.config;
        for (index, fragment) in config.fragments.iter().enumerate() {
            let key = format!("fragment[{index}]");
            for (path, pattern) in fragment.when.paths.iter().enumerate() {
                let item = format!("{key}.when.path[{path}]");
                let single = format!("{key}.when.path");
                let place = if self.has(&item) { item } else { single };
                self.pattern(&place, pattern);
            }
            self.fragment(&key, fragment);
            let before = config.fragments.get(..index).unwrap_or_default();
            let is_include = fragment.seam == SeamConfig::Include;
            let takes_all = |other: &FragmentConfig| {
                other.seam == SeamConfig::Include && other.when.paths.is_empty()
            };
            if let Some(other) = before.iter().position(takes_all).filter(|_| is_include) {
                self.tell(
                    &format!("{key}.esi"),
                    format!("it finds no include, as fragment[{other}] takes all of them"),
                    "remove one of the two, or give the first a when",
                );
            }
        }
    }

    fn fragment(&mut self, key: &str, fragment: &FragmentConfig) {
        if !self.rewrites_html() {
            self.tell(
                key,
                "it never stands in a page, as no response of type text/html is rewritten",
                "add \"text/html\" to gate.processable, and leave its paths out of map.except",
            );
        }
        let excepted = &self.config.map.except;
        let paths = &fragment.when.paths;
        if !paths.is_empty() && paths.iter().all(|path| is_covered(path, excepted)) {
            self.tell(
                &format!("{key}.when"),
                "it never stands in a page, as map.except leaves out all its paths",
                "remove the fragment, or a path of map.except",
            );
        }
        for (key_of, text) in [("src", &fragment.src), ("fallback", &fragment.fallback)] {
            if let Some(name) = written_value(text).filter(|_| !fragment.values) {
                let name = self.shown(name).to_owned();
                self.tell(
                    &format!("{key}.{key_of}"),
                    format!("{{{name}}} stays as it is, as the fragment has no values"),
                    "write values = true in the fragment",
                );
            }
        }
        if self.config.document.post_processors.is_empty() {
            return;
        }
        self.tell(
            &format!("{key}.out_of_order"),
            "it changes nothing that a browser sees: document.post_processors wait for the whole \
             page",
            "remove it, or the post-processors",
        );
    }
}
