//! A number that tells configurations apart. It goes into validators.

use std::collections::BTreeSet;
use std::hash::{Hash, Hasher};

use fnv::FnvHasher;

use super::{Config, GateConfig, OriginConfig, RouteConfig};

#[cfg(test)]
mod tests;

impl Config {
    /// Returns a 64-bit FNV-1a hash of this crate's source and of the whole configuration, but for
    /// what no complete body depends on: times, limits, numbers of connections, the names and
    /// addresses of origins, what responses and requests tell of the exchange, and what the native
    /// gate's process is told. Equal on every platform and for every spelling of the same
    /// configuration.
    ///
    /// It counts what decides whether a body is rewritten at all, too: a browser that has a
    /// rewritten copy must not be told that it is still good once such bodies pass through, or once
    /// another version of the gate makes something else of them.
    ///
    /// ```
    /// use streamgate::Config;
    ///
    /// let plain = Config::from_toml("origin.url = 'https://a.example'", "a")?;
    /// let spelled = "[origin]\nurl = 'HTTPS://A.example:443/'\n[gate]\nexplain = true";
    /// let spelled = Config::from_toml(spelled, "b")?;
    /// let ruled = "origin.url = 'https://a.example'\n[[html]]\nselect = 'p'\nremove = true";
    /// let ruled = Config::from_toml(ruled, "c")?;
    /// assert_eq!(plain.fingerprint(), spelled.fingerprint());
    /// assert_ne!(plain.fingerprint(), ruled.fingerprint());
    /// # Ok::<(), streamgate::ConfigError>(())
    /// ```
    #[must_use]
    pub fn fingerprint(&self) -> u64 {
        // Nothing is left out but by name: a new field does not compile until it stands in a
        // pattern, here or below, and then in the hash.
        let Self {
            origin,
            gate,
            limits: _,
            drain: _,
            admin: _,
            access_log: _,
            cache: _,
            tls: _,
            trusted_proxies: _,
            map,
            html,
            fragments,
            routes,
            document,
        } = self;
        let GateConfig {
            processable,
            no_transform,
            buffer_limit,
            public_hosts: _,
            explain: _,
            server_timing: _,
            learn_preloads: _,
            trace_context: _,
            country_field: _,
        } = gate;
        // Neither their order nor a repetition says anything.
        let processable: BTreeSet<&String> = processable.iter().collect();
        let routes: Vec<_> = routes.iter().map(of_route).collect();
        let mut hasher = Portable(FnvHasher::default());
        // The build script's hash of `src`.
        env!("STREAMGATE_SOURCE").hash(&mut hasher);
        of_origin(origin).hash(&mut hasher);
        (processable, no_transform, buffer_limit).hash(&mut hasher);
        (map, html, fragments, routes, document).hash(&mut hasher);
        self.left_out()
            .for_each(|feature| feature.hash(&mut hasher));
        hasher.finish()
    }

    /// Returns the features that this crate was built without, if bodies depend on them. They do
    /// not depend on how they are encoded: the tag that the fingerprint goes into is a weak one.
    fn left_out(&self) -> impl Iterator<Item = &'static str> {
        let mut origins =
            std::iter::once(&self.origin).chain(self.routes.iter().map(|route| &route.origin));
        let without_idna = cfg!(not(feature = "idna")) && origins.any(is_international);
        let left_out = [
            ("flight", cfg!(not(feature = "flight"))),
            ("idna", without_idna),
            ("zstd", cfg!(not(feature = "zstd"))),
        ];
        left_out
            .into_iter()
            .filter_map(|(feature, is_left_out)| is_left_out.then_some(feature))
    }
}

fn of_origin(origin: &OriginConfig) -> impl Hash {
    let OriginConfig {
        name: _,
        url,
        addresses: _,
        public,
        host,
        tls_name,
        aliases,
        identity,
        forwarded,
        connect_timeout: _,
        first_byte_timeout: _,
        idle_timeout: _,
        idle_connections: _,
    } = origin;
    (url, public, host, tls_name, aliases, identity, forwarded)
}

fn of_route(route: &RouteConfig) -> impl Hash {
    let RouteConfig {
        path,
        prefix,
        base,
        origin,
        back,
        html,
    } = route;
    (path, prefix, base, of_origin(origin), back, html)
}

/// Returns whether URLs of an origin may name it in Unicode.
fn is_international(origin: &OriginConfig) -> bool {
    let urls = std::iter::once(&origin.url).chain(&origin.aliases);
    let mut hosts = urls
        .filter_map(http::Uri::host)
        .chain(origin.host.as_deref());
    hosts.any(|host| host.contains("xn--"))
}

/// Hashes a `usize`, and with it each length, alike on platforms where it takes four bytes and
/// where it takes eight.
struct Portable(FnvHasher);

impl Hasher for Portable {
    fn finish(&self) -> u64 {
        self.0.finish()
    }

    fn write(&mut self, bytes: &[u8]) {
        self.0.write(bytes);
    }

    fn write_usize(&mut self, number: usize) {
        self.write(&(number as u64).to_le_bytes());
    }
}
