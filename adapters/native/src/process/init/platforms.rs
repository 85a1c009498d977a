//! The texts of `wrangler.toml` and `fastly.toml`: those at the root of the repository, with the
//! site's own values.

use http::Uri;
use http::uri::Scheme;

/// The longest name that Workers take.
const LONGEST: usize = 63;

/// Writes what Cloudflare's tools need.
pub(super) fn wrangler(origin: &Uri) -> String {
    include_str!("wrangler.toml").replace("{name}", &name(origin))
}

/// Writes what Fastly's tools need.
pub(super) fn fastly(origin: &Uri) -> String {
    let port = match origin.port_u16() {
        Some(port) => port,
        None if origin.scheme() == Some(&Scheme::HTTPS) => 443,
        None => 80,
    };
    include_str!("fastly.toml")
        .replace("{name}", &name(origin))
        .replace("{url}", &super::streamgate::bare(origin))
        .replace("{host}", host(origin))
        .replace("{port}", &port.to_string())
}

/// Returns a name of letters, digits and dashes.
fn name(origin: &Uri) -> String {
    let name = format!("streamgate-{}", host(origin));
    let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
    let name: String = name.to_lowercase().chars().take(LONGEST).collect();
    name.trim_end_matches('-').to_owned()
}

fn host(origin: &Uri) -> &str {
    let host = origin.host().unwrap_or_default();
    host.trim_start_matches('[').trim_end_matches(']')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_what_all_platforms_take() {
        for (origin, expected) in [
            ("https://www.Example.com", "streamgate-www-example-com"),
            ("http://[::1]:81", "streamgate---1"),
        ] {
            assert_eq!(name(&origin.parse().unwrap()), expected);
        }
        let long = format!("https://{}.test", "a-".repeat(40));
        assert!(name(&long.parse().unwrap()).len() <= LONGEST);
    }
}
