//! Fields of real sites with several origins, as the browser gets them.

mod cookies;
mod links;
mod policies;
mod redirects;

use super::of_site;

/// A shop whose images, API and blog live elsewhere.
const SITE: &str = r#"
[origin]
url = "https://origin.example.com"
public = "https://www.example.com"
aliases = ["https://old.example.com:8443"]

[[route]]
path = "/img"
origin = "https://cdn.example.net"

[[route]]
path = "/files"
origin = "https://s3.eu-central-1.amazonaws.com/assets.example"

[[route]]
path = "/api"
origin = "https://api.example.net"
prefix = "keep"

[[route]]
public = "https://blog.example.com"
origin = "https://example.wordpress.com"
"#;

const MAIN: &str = "https://www.example.com/x";
const IMG: &str = "https://www.example.com/img/x";
const FILES: &str = "https://www.example.com/files/x";
const API: &str = "https://www.example.com/api/x";
const BLOG: &str = "https://blog.example.com/x";

/// Checks rows of: request, field, as the origin sends it, as the browser gets it.
fn check(table: &[(&'static str, &'static str, &str, &str)]) {
    check_for(SITE, table);
}

fn check_for(site: &str, table: &[(&'static str, &'static str, &str, &str)]) {
    for (url, name, sent, expected) in table {
        assert_eq!(
            of_site(site, url, name, sent),
            [*expected],
            "{url}: {name}: {sent}"
        );
    }
}
