//! Fields by which a proxy tells an origin about the client, and which the gate does not send: an
//! origin behind the gate would take what a client says in them for the gate's word.

use http::HeaderName;

/// The fields by which proxies tell the client's address, and the scheme, host, port and URL that
/// it asked for.
const CLAIMS: [&str; 23] = [
    // Gin, Echo, chi, Tornado, Rails, PHP, middleware of Node.
    "client-ip",
    "forwarded-for",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-forwarded",
    "x-real-ip",
    // Gunicorn, Rack, Tornado, Pylons, IIS.
    "front-end-https",
    "x-forwarded-protocol",
    "x-forwarded-scheme",
    "x-forwarded-ssl",
    "x-scheme",
    "x-url-scheme",
    // Rack, Symfony, Spring, Drupal.
    "x-forwarded-port",
    "x-forwarded-server",
    "x-host",
    "x-http-host-override",
    "x-original-host",
    // Symfony, Zend, Authelia, Flask, Gunicorn.
    "script-name",
    "path-info",
    "x-forwarded-uri",
    "x-original-url",
    "x-rewrite-url",
    "x-script-name",
];

/// The fields that go on under their own names only: those that the gate itself writes, and those
/// that frame a message.
const OURS: [&str; 7] = [
    "cdn-loop",
    "content-length",
    "transfer-encoding",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-prefix",
    "x-forwarded-proto",
];

/// The letters that the names in [`CLAIMS`] and [`OURS`] begin with.
const INITIALS: [char; 6] = ['c', 'f', 'p', 's', 't', 'x'];

/// Returns whether a client must not send a field to an origin. CGI and what came after it (WSGI,
/// Rack, PHP) turn all punctuation of a name into `_` (RFC 3875 §4.1.18), so that a name with `_`
/// for `-` is the same field to them; it counts as the same here.
pub(crate) fn is_untrusted(name: &HeaderName) -> bool {
    // CGI takes it for the address of a proxy (CVE-2016-5385).
    if name == "proxy" {
        return true;
    }
    let name = name.as_str();
    // Names that begin with none of these letters need not be compared.
    if !name.starts_with(INITIALS) {
        return false;
    }
    let hyphens = |byte: u8| {
        if byte.is_ascii_alphanumeric() {
            byte
        } else {
            b'-'
        }
    };
    let is =
        |known: &&str| name.len() == known.len() && name.bytes().map(hyphens).eq(known.bytes());
    CLAIMS.iter().any(is) || (OURS.iter().any(is) && !OURS.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_initials_are_those_of_all_names() {
        let mut names = CLAIMS.iter().chain(&OURS);
        assert!(names.all(|name| name.starts_with(INITIALS)));
    }

    #[test]
    fn a_claim_is_known_in_every_spelling_that_cgi_takes_for_it() {
        for (name, untrusted) in [
            ("x-real-ip", true),
            ("X_Real_IP", true),
            ("x.original!url", true),
            ("Front-End-Https", true),
            ("x-forwarded-proto", false),
            ("x_forwarded_proto", true),
            ("x-forwarded_for", true),
            ("content_length", true),
            ("content-length", false),
            ("cf-connecting-ip", false),
            ("x-forwarded-user", false),
            ("x-real-ip2", false),
            ("proxy", true),
            ("cookie", false),
        ] {
            let field = HeaderName::try_from(name).unwrap();
            assert_eq!(is_untrusted(&field), untrusted, "{name}");
        }
    }
}
