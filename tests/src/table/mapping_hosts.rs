//! URL mapping of many origins: which of them a host belongs to, and whether it belongs to one at
//! all.

use crate::origin::answer;
use crate::scenario::{Scenario, exchange};
use crate::setup::Setup;

/// Text in HTML, as the origin sends it and as the client gets it.
const TEXTS: &[(&str, &str, &str)] = &[
    (
        "several-origins-in-one-page-are-mapped",
        "<link href=https://static.example.net/a.css><script src=//cdn.static.example.net/a.js></script>\
         <a href='https://origin.example.com/'>x</a><a href='http://my.name/'>x</a>",
        "<link href=https://www.example.com/a.css><script src=//www.example.com/a.js></script>\
         <a href='https://www.example.com/'>x</a><a href='https://www.example.com/'>x</a>",
    ),
    (
        "the-longest-host-that-matches-wins",
        "https://static.example.net/ https://static.example.net.test/ https://cdn.static.example.net/ \
         https://static.example.net.elsewhere.test/ https://new.static.example.net/ https://static.example.network/",
        "https://www.example.com/ https://www.example.com/ https://www.example.com/ \
         https://static.example.net.elsewhere.test/ https://new.static.example.net/ https://static.example.network/",
    ),
    (
        "a-host-is-mapped-only-with-the-ports-of-its-origins",
        "https://static.example.net:8443/ https://static.example.net:443/ http://static.example.net:80/ \
         https://static.example.net:84/ https://static.example.net:84430/ https://origin.example.com:8443/ \
         \"static.example.net:8443\" \"static.example.net:9443\"",
        "https://www.example.com/ https://www.example.com/ https://www.example.com/ \
         https://static.example.net:84/ https://static.example.net:84430/ https://origin.example.com:8443/ \
         \"www.example.com\" \"static.example.net:9443\"",
    ),
    (
        "user-information-stays-before-the-public-host",
        "https://user:pw@origin.example.com/a //origin.example.com@elsewhere.test/ https://origin.example.com:pw@elsewhere.test/",
        "https://user:pw@www.example.com/a //origin.example.com@elsewhere.test/ https://origin.example.com:pw@elsewhere.test/",
    ),
    (
        "a-bare-host-is-mapped-where-it-is-a-value",
        r#"<script>var c={"domain":"origin.example.com"};if('origin.example.com'==location.hostname){}</script><a href="/x?host=origin.example.com&amp;y">origin.example.com</a><p>Served from: origin.example.com @ 2019. Or origin.example.com.</p>"#,
        r#"<script>var c={"domain":"www.example.com"};if('www.example.com'==location.hostname){}</script><a href="/x?host=www.example.com&amp;y">www.example.com</a><p>Served from: www.example.com @ 2019. Or www.example.com.</p>"#,
    ),
    (
        "a-bare-host-stays-in-an-e-mail-address-and-in-another-url",
        "<a href='mailto:me@origin.example.com'>me@origin.example.com</a><script src='https://elsewhere.test/origin.example.com/a.js'>\
         </script>x.origin.example.com -origin.example.com 'origin.example.com@elsewhere.test' 'origin.example.com.js'",
        "<a href='mailto:me@origin.example.com'>me@origin.example.com</a><script src='https://elsewhere.test/origin.example.com/a.js'>\
         </script>x.origin.example.com -origin.example.com 'origin.example.com@elsewhere.test' 'origin.example.com.js'",
    ),
    (
        "a-bare-host-with-one-dot-is-mapped-between-quotes-or-tags-and-stays-as-a-name-in-a-script",
        r#"<b>my.name</b><script>x=my.name;f(my.name);y="my.name";z='my.name.length';return my.name</script><i data-x="%22my.name%22" data-y="&quot;my.name&quot;">(my.name)</i>"#,
        r#"<b>www.example.com</b><script>x=my.name;f(my.name);y="www.example.com";z='my.name.length';return my.name</script><i data-x="%22www.example.com%22" data-y="&quot;www.example.com&quot;">(my.name)</i>"#,
    ),
    (
        "a-bare-host-with-one-dot-in-a-sentence-is-mapped-in-the-text-and-in-the-state-of-a-page",
        r#"<title>Welcome to my.name</title><p>You are on my.name now.</p><p>my.name is great</p><script>s={"a":"You are on my.name now.","h":"my.name"};if(x in my.name)y=[..."my.name is great"]</script>"#,
        r#"<title>Welcome to www.example.com</title><p>You are on www.example.com now.</p><p>www.example.com is great</p><script>s={"a":"You are on www.example.com now.","h":"www.example.com"};if(x in my.name)y=[..."www.example.com is great"]</script>"#,
    ),
    (
        "a-host-in-a-regular-expression-is-mapped-wherever-an-expression-has-it",
        r#"<p>/origin\.example\.com/</p><script>r=[/^origin\.example\.com$/,/(^|\.)origin\.example\.com$/,/origin\.example\.com/,/^(?:https?:)?\/\/origin\.example\.com\//,/^\/\/my\.name/,"^origin\\.example\\.com$",/^[origin.example.com]$/]</script>"#,
        r#"<p>/www\.example\.com/</p><script>r=[/^www\.example\.com$/,/(^|\.)www\.example\.com$/,/www\.example\.com/,/^(?:https?:)?\/\/www\.example\.com\//,/^\/\/www\.example\.com/,"^www\\.example\\.com$",/^[www.example.com]$/]</script>"#,
    ),
    (
        "a-regular-expression-for-another-host-or-another-urls-path-stays",
        r#"<script>r=[/^https:\/\/cdn\.test\/origin\.example\.com\/a/,"https://cdn\\.test/origin\\.example\\.com",/\.origin\.example\.com$/,/^origin\.example\.com\.(uk|nz)$/]</script>"#,
        r#"<script>r=[/^https:\/\/cdn\.test\/origin\.example\.com\/a/,"https://cdn\\.test/origin\\.example\\.com",/\.origin\.example\.com$/,/^origin\.example\.com\.(uk|nz)$/]</script>"#,
    ),
    (
        "an-ipv4-address-is-mapped-behind-slashes-or-with-its-port-only",
        r#"<a href="http://10.0.0.7/a">x</a><script>x=["//10.0.0.7","10.0.0.7:80"];y=["10.0.0.7","10.0.0.7/8"].includes(location.hostname)</script><p>It is 10.0.0.7. Not http://10.0.0.7:81/.</p>"#,
        r#"<a href="https://www.example.com/a">x</a><script>x=["//www.example.com","www.example.com"];y=["10.0.0.7","10.0.0.7/8"].includes(location.hostname)</script><p>It is 10.0.0.7. Not http://10.0.0.7:81/.</p>"#,
    ),
    (
        "an-international-host-is-mapped-in-both-forms",
        "https://xn--bcher-kva.example/ https://XN--Bcher-Kva.example/ https://bücher.example/ https://BÜCHER.Example/ 'bücher.example/' \
         https://пример.рф/ https://Пример.РФ/ https://xn--e1afmkfd.xn--p1ai/",
        "https://www.example.com/ https://www.example.com/ https://www.example.com/ https://www.example.com/ 'www.example.com/' \
         https://www.example.com/ https://www.example.com/ https://www.example.com/",
    ),
    (
        "an-international-host-is-mapped-in-every-escaping",
        r"https:\/\/b\u00fccher.example\/ https%3A%2F%2Fb%C3%BCcher.example%2F https://b&#252;cher.example/ https://b&#xFC;cher.example/ https:\/\/\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444\/ https://%D0%BF%D1%80%D0%B8%D0%BC%D0%B5%D1%80.%D1%80%D1%84/",
        r"https:\/\/www.example.com\/ https%3A%2F%2Fwww.example.com%2F https://www.example.com/ https://www.example.com/ https:\/\/www.example.com\/ https://www.example.com/",
    ),
    (
        "neighbours-of-an-international-host-stay",
        "https://bucher.example/ https://bücherei.example/ https://übücher.example/ https://xn--bcher-kva9.example/ \
         https://пример.рфы/ https://например.рф/ https://bücher.example.test/ nöbücher.example",
        "https://bucher.example/ https://bücherei.example/ https://übücher.example/ https://xn--bcher-kva9.example/ \
         https://пример.рфы/ https://например.рф/ https://bücher.example.test/ nöbücher.example",
    ),
];

pub(super) fn scenarios() -> Vec<Scenario> {
    let text = |&(id, sent, mapped): &(&'static str, &'static str, &'static str)| {
        exchange(
            id,
            Setup::Origins,
            move |_| answer(200).html().body(sent),
            |get| get,
            move |_, response, _| {
                response
                    .has_status(200)?
                    .decided("stream", 12)?
                    .has_decoded(mapped)?;
                Ok(())
            },
        )
    };
    let mut all: Vec<_> = TEXTS.iter().map(text).collect();
    all.push(exchange(
        "hosts-of-many-origins-are-mapped-one-byte-at-a-time",
        Setup::Origins,
        |_| {
            let sent: String = TEXTS
                .iter()
                .map(|(_, sent, _)| format!("{sent}\n"))
                .collect();
            answer(200).html().chunks(sent.as_bytes().chunks(1))
        },
        |get| get,
        |_, response, _| {
            let mapped: String = TEXTS
                .iter()
                .map(|(.., mapped)| format!("{mapped}\n"))
                .collect();
            response.has_status(200)?.has_decoded(mapped)?;
            Ok(())
        },
    ));
    all
}
