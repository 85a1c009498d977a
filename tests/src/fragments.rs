//! The fragments of the scenarios about them. Each is for the pages of one scenario alone.

use crate::setup::Setup;

/// How many of the fragments one configuration has at most: an item of a config store of Fastly's
/// holds 8,000 characters.
const PART: usize = 32;

/// A scenario, and the keys of a fragment of its pages, in which `{id}` stands for the scenario.
const FRAGMENTS: &[(&str, &str)] = &[
    (
        "the-top-of-a-page-arrives-before-its-fragment-has-begun",
        CART,
    ),
    (
        "the-top-of-a-page-in-gzip-arrives-before-its-fragment-has-begun",
        CART,
    ),
    (
        "the-top-of-a-page-in-brotli-arrives-before-its-fragment-has-begun",
        CART,
    ),
    ("a-fragment-arrives-as-it-is-sent", CART),
    ("a-fragment-is-asked-for-while-its-page-is-awaited", CART),
    (
        "a-lazy-fragment-is-asked-for-once-its-page-has-a-head",
        LAZY,
    ),
    ("a-fragment-without-a-seam-costs-nothing", CART),
    ("a-late-fragment-gives-its-fallback", SHORT),
    ("a-fragment-that-stalls-is-closed", SHORT),
    ("a-fragment-with-an-error-gives-its-fallback", CART),
    ("a-fragment-that-moves-gives-its-fallback", CART),
    ("a-fragment-whose-origin-refuses-gives-its-fallback", DEAF),
    ("a-fragment-without-a-head-gives-its-fallback", CART),
    ("a-fragment-that-breaks-off-is-closed", CART),
    ("a-fragment-that-is-not-html-gives-its-fallback", CART),
    (
        "a-fragment-that-announces-too-much-gives-its-fallback",
        CART,
    ),
    ("a-fragment-that-grows-too-long-is-closed", CART),
    ("a-fragment-without-content-leaves-nothing", CART),
    ("a-fragment-in-gzip-is-decoded", CART),
    ("a-fragment-in-brotli-is-decoded", CART),
    ("a-fragment-that-does-not-decode-gives-its-fallback", CART),
    ("a-fragment-comes-in-the-charset-of-its-page", CART),
    ("a-fragment-in-an-unknown-charset-gives-its-fallback", CART),
    ("urls-in-a-fragment-are-mapped", CART),
    (
        "a-fragment-can-be-left-as-it-is",
        "select = 'nav'\nsrc = '/{id}/f'\nrewrite = 'none'\ndeadline = '8 s'",
    ),
    (
        "rules-act-on-a-fragment-if-it-says-so",
        "select = 'nav'\nsrc = '/{id}/f'\nrewrite = 'page'\ndeadline = '8 s'",
    ),
    ("a-fragment-leaves-the-page-around-it-as-it-was", CART),
    (
        "a-fragment-stands-at-a-comment",
        "comment = 'cart'\nsrc = '/{id}/f'\ndeadline = '8 s'\nfallback = '<i>none</i>'",
    ),
    (
        "fragments-stand-at-includes",
        "esi = true\ndeadline = '8 s'\nfallback = '<i>none</i>'",
    ),
    (
        "fragments-stand-in-every-place",
        "select = 'nav'\nplace = 'before'\nsrc = '/{id}/f?1'\ndeadline = '8 s'",
    ),
    (
        "fragments-stand-in-every-place",
        "select = 'nav'\nplace = 'prepend'\nsrc = '/{id}/f?2'\ndeadline = '8 s'",
    ),
    (
        "fragments-stand-in-every-place",
        "select = 'nav'\nplace = 'append'\nsrc = '/{id}/f?3'\ndeadline = '8 s'",
    ),
    (
        "fragments-stand-in-every-place",
        "select = 'nav'\nplace = 'after'\nsrc = '/{id}/f?4'\ndeadline = '8 s'",
    ),
    (
        "fragments-stand-in-every-place",
        "select = 'p'\nplace = 'inner'\nsrc = '/{id}/f?5'\ndeadline = '8 s'",
    ),
    (
        "fragments-stand-in-every-place",
        "select = 'p.b'\nplace = 'replace'\nsrc = '/{id}/f?6'\ndeadline = '8 s'",
    ),
    (
        "fragments-stand-in-every-place",
        "select = 'img'\nplace = 'after'\nsrc = '/{id}/f?7'\ndeadline = '8 s'",
    ),
    (
        "fragments-stand-in-every-place",
        "select = 'body'\nplace = 'append'\nsrc = '/{id}/f?8'\ndeadline = '8 s'",
    ),
    ("a-page-does-not-wait-for-a-fragment-out-of-order", LATER),
    (
        "a-fragment-out-of-order-comes-with-the-nonce-of-its-page",
        LATER,
    ),
    (
        "a-fragment-out-of-order-that-fails-leaves-its-fallback",
        LATER,
    ),
    (
        "a-fragment-gets-the-cookies-that-it-names",
        "select = 'nav'\nsrc = '/{id}/f'\ncookies = ['cart', 'lang']\ndeadline = '8 s'",
    ),
    ("a-fragment-gets-nothing-of-its-client", CART),
    (
        "a-fragment-gets-the-address-of-its-client-if-it-says-so",
        "select = 'nav'\nsrc = '/{id}/f'\nclient_address = true\ndeadline = '8 s'",
    ),
    ("a-page-with-fragments-is-for-one-client", CART),
    ("a-head-request-fetches-no-fragment", CART),
    ("an-image-fetches-no-lazy-fragment", LAZY),
    ("an-image-ends-the-fetch-of-a-fragment", CART),
    ("a-page-that-is-left-alone-gets-no-fragment", LAZY),
    ("an-error-page-gets-no-fragment", LAZY),
    (
        "a-client-that-leaves-at-a-seam-ends-the-fetch-of-the-fragment",
        CART,
    ),
    ("the-line-of-a-page-tells-of-its-fragments", CART),
    (
        "a-fragment-is-asked-for-with-values-of-the-request",
        "select = 'nav'\nsrc = '/{id}/f?u={cookie.u|none}&q={query.q}&s={path.2}'\nvalues = true\n\
         deadline = '8 s'",
    ),
    (
        "values-in-a-fallback-are-text",
        "select = 'nav'\nsrc = '/{id}/f'\nvalues = true\ndeadline = '8 s'\n\
         fallback = '<i>{cookie.u|none}</i>'",
    ),
    (
        "a-fragment-for-a-cookie-stands-in-the-page-with-it",
        MEMBERS,
    ),
    (
        "a-page-without-its-fragment-for-a-cookie-depends-on-cookies",
        MEMBERS,
    ),
    (
        "a-page-is-confirmed-unless-its-fragment-comes-or-goes",
        MEMBERS,
    ),
    ("many-includes-are-all-fetched", INCLUDES),
];

const INCLUDES: &str = "esi = true\ndeadline = '8 s'\nfallback = '<i>none</i>'";
const MEMBERS: &str = "select = 'nav'\nsrc = '/{id}/f'\ndeadline = '8 s'\n\
                       when = { path = '/{id}/*', cookie.member = true }";

const CART: &str = "select = 'nav'\nsrc = '/{id}/f'\ndeadline = '8 s'\nmax_size = '4 KiB'\n\
                    fallback = '<i>none</i>'";
const LAZY: &str = "select = 'nav'\nsrc = '/{id}/f'\ndeadline = '8 s'\nfetch = 'lazy'\n\
                    fallback = '<i>none</i>'";
const SHORT: &str =
    "select = 'nav'\nsrc = '/{id}/f'\ndeadline = '300 ms'\nfallback = '<i>none</i>'";
const LATER: &str = "select = 'nav'\nsrc = '/{id}/f'\ndeadline = '8 s'\nout_of_order = true\n\
                     fallback = '<i>none</i>'";
const DEAF: &str = "select = 'nav'\nsrc = '/deaf/{id}/f'\ndeadline = '8 s'\n\
                    fallback = '<i>none</i>'";

/// Returns the configuration that has the fragments of a scenario.
pub(crate) fn setup_of(id: &str) -> Setup {
    let first = FRAGMENTS.iter().position(|(scenario, _)| *scenario == id);
    match first {
        Some(first) if first >= PART => Setup::MoreFragments,
        _ => Setup::Fragments,
    }
}

/// Returns the place that a scenario's first fragment has in its configuration.
pub(crate) fn place_of(id: &str) -> Option<usize> {
    let setup = setup_of(id);
    let mut there = FRAGMENTS.iter().filter(|(id, _)| setup_of(id) == setup);
    there.position(|(scenario, _)| *scenario == id)
}

/// Formats the fragments of a configuration as `streamgate.toml` has them.
pub(crate) fn text(setup: Setup) -> String {
    let there = FRAGMENTS.iter().filter(|(id, _)| setup_of(id) == setup);
    let fragments = there.map(|(id, keys)| {
        let keys = keys.replace("{id}", id);
        let when = match keys.contains("when = ") {
            true => String::new(),
            false => format!("when = {{ path = '/{id}/*' }}\n"),
        };
        format!("[[fragment]]\n{keys}\n{when}\n")
    });
    fragments.collect()
}
