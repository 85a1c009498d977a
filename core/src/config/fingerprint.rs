//! A number that says which configuration a rewritten body was made by. It goes into validators.

use std::hash::Hasher;

use fnv::FnvHasher;

use super::{Config, HtmlRule, Integrity, OriginConfig, Prefix, RouteConfig, Scope};
use crate::html::Resources;

impl Config {
    /// 64-bit FNV-1a over everything that can change a rewritten body, this crate's version included. Equal on every
    /// platform and for every spelling of the same configuration; what only decides whether or how fast a body is
    /// rewritten (timeouts, most of `gate.processable`, …) is left out.
    ///
    /// ```
    /// use streamgate::config::Config;
    ///
    /// let plain = Config::from_toml("origin.url = 'https://a.example'", "a")?;
    /// let spelled = Config::from_toml("[origin]\nurl = 'HTTPS://A.example:443/'\n[gate]\nexplain = true", "b")?;
    /// let ruled = Config::from_toml("origin.url = 'https://a.example'\n[[html]]\nselect = 'p'\nremove = true", "c")?;
    /// assert_eq!(plain.fingerprint(), spelled.fingerprint());
    /// assert_ne!(plain.fingerprint(), ruled.fingerprint());
    /// # Ok::<(), streamgate::config::ConfigError>(())
    /// ```
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        let Self {
            origin,
            gate,
            map,
            html,
            routes,
            document,
        } = self;
        let mut print = Print(FnvHasher::default());
        print.text(env!("CARGO_PKG_VERSION"));
        print.origin(origin);
        // A document over the limit goes without its post-processors.
        print.number(gate.buffer_limit as u64);
        print.number(match map.scope {
            Scope::Everywhere => 0,
            Scope::Attributes => 1,
        });
        print.number(match map.integrity {
            // Of which resources pages lose the attributes.
            Integrity::Remove => Resources::listed(&gate.processable),
            Integrity::Keep => 0,
        });
        print.each(html, Print::rule);
        print.each(routes, Print::route);
        print.each(&document.post_processors, |print, name| print.text(name));
        print.0.finish()
    }
}

/// Writes values so that no two sequences of them give the same bytes: numbers in eight bytes, text after its length.
struct Print(FnvHasher);

impl Print {
    fn number(&mut self, number: u64) {
        self.0.write(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.0.write(text.as_bytes());
    }

    fn optional(&mut self, text: Option<&str>) {
        self.number(u64::from(text.is_some()));
        self.text(text.unwrap_or_default());
    }

    fn each<T>(&mut self, items: &[T], mut write: impl FnMut(&mut Self, &T)) {
        self.number(items.len() as u64);
        for item in items {
            write(self, item);
        }
    }

    fn origin(&mut self, origin: &OriginConfig) {
        self.text(&origin.url.to_string());
        self.optional(origin.public.as_ref().map(ToString::to_string).as_deref());
        self.optional(origin.host.as_deref());
        self.each(&origin.aliases, |print, alias| {
            print.text(&alias.to_string());
        });
    }

    fn route(&mut self, route: &RouteConfig) {
        let RouteConfig {
            path,
            prefix,
            base,
            origin,
            html,
        } = route;
        self.text(path);
        self.number(match prefix {
            Prefix::Strip => 0,
            Prefix::Keep => 1,
        });
        self.text(base);
        self.origin(origin);
        self.number(u64::from(html.is_some()));
        self.each(html.as_deref().unwrap_or_default(), Self::rule);
    }

    fn rule(&mut self, rule: &HtmlRule) {
        let HtmlRule {
            select,
            prepend,
            append,
            before,
            after,
            inner,
            set,
            unset,
            rename,
            replace_text,
            remove,
            unwrap,
            once,
            nonce,
            when,
        } = rule;
        self.text(select);
        for text in [prepend, append, before, after, inner, rename] {
            self.optional(text.as_deref());
        }
        self.each(set, |print, (name, value)| {
            print.text(name);
            print.text(value);
        });
        self.each(unset, |print, name| print.text(name));
        self.each(replace_text, |print, replacement| {
            print.text(&replacement.find);
            print.text(&replacement.with);
        });
        for flag in [remove, unwrap, once, nonce] {
            self.number(u64::from(*flag));
        }
        self.each(&when.paths, |print, pattern| print.text(pattern));
        self.each(&when.media_types, |print, entry| print.text(entry));
    }
}
