//! Every fault, with its exact text.

use super::{Config, ORIGIN};

fn assert_refused(text: &str, expected: &str) {
    let error = Config::from_toml(text, "f.toml").expect_err(text);
    assert_eq!(error.to_string(), format!("f.toml:{expected}"), "{text}");
}

#[test]
fn a_file_that_is_no_toml_or_lacks_its_origin_is_refused_with_line_and_key() {
    for (text, expected) in [
        ("x", "1: key with no value, expected `=`"),
        ("", "1: origin: missing"),
        ("[origin]", "1: origin.url: missing"),
        ("\n[gate]\nexplain = true", "1: origin: missing"),
        (
            "origin = 5",
            "1: origin: invalid type: integer `5`, expected a table",
        ),
        (
            "[origin]\nurl = 'https://o.example'\nurl = 'https://o.example'",
            "3: url: duplicate key",
        ),
        (
            "[origin]\nurl = 5",
            "2: origin.url: invalid type: integer `5`, expected a string",
        ),
        (
            "[origin]\nurl = 'https://o.example'\n\n[gates]\n",
            "4: gates: unknown key (did you mean gate?)",
        ),
        (
            "[origin]\nurl = 'https://o.example",
            "2: invalid literal string, expected `'`",
        ),
        (
            "[origin]\nurl = 'https://o.example'\n[origin]\npublic='http://a.example'",
            "3: origin: duplicate key",
        ),
        (
            "[origin]\nurl = 'ftp://o.example'",
            r#"2: origin.url: "ftp://o.example" is no origin: its scheme must be http or https"#,
        ),
        (
            "[origin]\nurl = 'https://o.example'\naliases = ['http://a.example',\n\n'http://a.example/p']",
            r#"5: origin.aliases[1]: "http://a.example/p" is no origin: it must end after host and port"#,
        ),
        (
            "[origin]\nurl = 'https://o.example'\npublic='x'",
            r#"3: origin.public: "x" is no origin: it must start with http:// or https://"#,
        ),
        (
            "[origin]\nurl = 'https://o.example'\nhost=\"a\\r\\nb\"",
            r#"3: origin.host: "a\r\nb" is no host: "a\r\nb" is no host name"#,
        ),
        (
            "[origin]\nurl = 'https://o.example'\ntls_name='a.example:443'",
            r#"3: origin.tls_name: "a.example:443" is no name in a certificate: it has a port"#,
        ),
        (
            "[origin]\nurl = 'http://o.example'\ntls_name='a.example'",
            "3: origin.tls_name: an origin whose URL starts with http:// has no certificate",
        ),
        (
            "[origin]\nurl = 'https://o.example'\nconnect_timeout='5'",
            r#"3: origin.connect_timeout: "5" is no duration: a duration is as "5 s", "300 ms" or "1 min""#,
        ),
        (
            "[origin]\nurl = 'https://o.example'\naddresses=['10.0.0.5',\n'b.example']",
            "4: origin.addresses[1]: \"b.example\" is no IP address, with or without a port, such as \"10.0.0.5:8080\" or \"2001:db8::5\"",
        ),
        (
            "[origin]\nurl = 'https://o.example'\nidle_connections=-1",
            "3: origin.idle_connections: invalid value: integer `-1`, expected usize",
        ),
        (
            "[origin]\nurl = 'https://o.example'\nfirst_byte_timeout=5",
            "3: origin.first_byte_timeout: invalid type: integer `5`, expected a string",
        ),
        (
            "[origin]\nurl = 'https://o.example'\n'x\ny'=5",
            "3: key with no value, expected `=`",
        ),
        (
            "[origin]\nurl = 'https://o.example'\n\"x\\ny\"=5",
            r#"3: origin."x\ny": unknown key (known here: url, addresses, public, host, tls_name, aliases, identity, forwarded, connect_timeout, first_byte_timeout, idle_timeout, idle_connections)"#,
        ),
    ] {
        assert_refused(text, expected);
    }
}

#[test]
fn a_fault_behind_the_origin_is_refused_with_line_and_key() {
    for (text, expected) in [
        (
            "[gate]\nbufer_limit = '1 MiB'",
            "3: gate.bufer_limit: unknown key (did you mean buffer_limit?)",
        ),
        (
            "[gate]\nbuffer_limit = '1 MB'",
            r#"3: gate.buffer_limit: "1 MB" is no size: a size is as "1 MiB", "512 KiB" or "65536" (bytes)"#,
        ),
        (
            "[gate]\nbuffer_limit = -1",
            r#"3: gate.buffer_limit: "-1" is no size: a size is as "1 MiB", "512 KiB" or "65536" (bytes)"#,
        ),
        (
            "[gate]\nbuffer_limit = 1.5",
            r#"3: gate.buffer_limit: invalid type: floating point `1.5`, expected a size as "1 MiB" or a number of bytes"#,
        ),
        (
            "[gate]\nbuffer_limit = 1073741825",
            r#"3: gate.buffer_limit: "1073741825" is more than 1 GiB"#,
        ),
        (
            "[gate]\nprocessable = ['text/html',\n'']",
            r#"4: gate.processable[1]: "" is no media type: an entry is as "text/html" or "+json", without parameters or wildcards"#,
        ),
        (
            "[gate]\nprocessable = 'text/html'",
            r#"3: gate.processable: invalid type: string "text/html", expected a sequence"#,
        ),
        (
            "[gate]\nno_transform = 'no'",
            "3: gate.no_transform: unknown variant `no`, expected `respect` or `ignore`",
        ),
        (
            "[gate]\nexplain = 'yes'",
            r#"3: gate.explain: invalid type: string "yes", expected a boolean"#,
        ),
        (
            "[gate]\ntrace_context = 'start'",
            "3: gate.trace_context: unknown variant `start`, expected `pass` or `span`",
        ),
        (
            "[gate]\nlimits.x = 1",
            "3: gate.limits: unknown key (known here: processable, no_transform, buffer_limit, public_hosts, explain, server_timing, learn_preloads, trace_context, country_field, trusted_proxies)",
        ),
        (
            "gate = { buffer_limits = 1 }",
            "2: gate.buffer_limits: unknown key (did you mean buffer_limit?)",
        ),
        ("gate = []", "2: gate: invalid length 0, expected a table"),
        (
            "[map]\nscope = 'all'",
            "3: map.scope: unknown variant `all`, expected `everywhere` or `attributes`",
        ),
        (
            "[map]\nscopes = 'all'",
            "3: map.scopes: unknown key (did you mean scope?)",
        ),
        (
            "[map]\nintegrity = 'drop'",
            "3: map.integrity: unknown variant `drop`, expected `remove` or `keep`",
        ),
        (
            "[map]\nqueries = ['/a?b',\n'/a']",
            r#"4: map.queries[1]: "/a" is no parameter of a path: it is as "/_next/image?url""#,
        ),
        (
            "[map]\nqueries = ['a?b']",
            r#"3: map.queries[0]: "a" is no pattern for a path: it is as "/news/*", and has neither query nor fragment"#,
        ),
        (
            "[map]\nback = 'off'",
            "3: map.back: invalid type: string \"off\", expected a boolean",
        ),
        (
            "[map]\nback_types = ['text/*']",
            r#"3: map.back_types[0]: "text/*" is no media type: an entry is as "text/html" or "+json", without parameters or wildcards"#,
        ),
        (
            "[map]\nback_limit = 'big'",
            r#"3: map.back_limit: "big" is no size: a size is as "1 MiB", "512 KiB" or "65536" (bytes)"#,
        ),
        (
            "[map]\nback_except = ['a',\n'']",
            r#"4: map.back_except[1]: "" is no name and no JSON pointer: it is as "redirect_uri" or "/user/url", without quotes or escapes"#,
        ),
        (
            "[map]\nback_only = ['a\"']",
            r#"3: map.back_only[0]: "a\"" is no name and no JSON pointer: it is as "redirect_uri" or "/user/url", without quotes or escapes"#,
        ),
        (
            "[map]\nback_only = ['/a/b~c']",
            r#"3: map.back_only[0]: "b~c" is no part of a JSON pointer: in it ~ is written as ~0, and / as ~1"#,
        ),
        (
            "[map]\nback_only = ['/////////////////////////////////a']",
            r#"3: map.back_only[0]: "/////////////////////////////////a" is too long: a name has at most 128 bytes, and a JSON pointer 32 names"#,
        ),
        (
            "[[route]]\npath = '/a'\norigin = 'https://a.example'\nback_except = ['/~']",
            r#"5: route[0].back_except[0]: "~" is no part of a JSON pointer: in it ~ is written as ~0, and / as ~1"#,
        ),
        (
            "[map]\nwebsocket = 'on'",
            "3: map.websocket: invalid type: string \"on\", expected a boolean",
        ),
        (
            "[map]\nwebsocket_limit = '1 MB'",
            r#"3: map.websocket_limit: "1 MB" is no size: a size is as "1 MiB", "512 KiB" or "65536" (bytes)"#,
        ),
        (
            "[map]\nrequest_fields = ['x-a',\n'x y']",
            r#"4: map.request_fields[1]: "x y" is no name of a field"#,
        ),
        (
            "[map]\nresponse_fields = ['x-a', 'X-A']",
            r#"3: map.response_fields: "x-a" is named twice"#,
        ),
        (
            "[map]\ncookie_domain = 'com'",
            r#"3: map.cookie_domain: "com" is no domain of cookies: it has one label only"#,
        ),
        (
            "origin.public = 'https://www.a.example'\n[map]\ncookie_domain = 'b.example'",
            r#"4: map.cookie_domain: no public host belongs to "b.example""#,
        ),
        (
            "[map]\nexcept = ['/a',\n'b']",
            r#"4: map.except[1]: "b" is no pattern for a path: it is as "/news/*", and has neither query nor fragment"#,
        ),
        (
            "[map]\nexcept_tags = ['p',\n'a b']",
            r##"4: map.except_tags[1]: "a b" is no selector of a tag: it is as "div.state", "#state" or "[data-state]", and says nothing about other elements"##,
        ),
        (
            "[map]\nscope = 'attributes'\nexcept_tags = ['p']",
            "4: map.except_tags: with scope = \"attributes\" no tag can be left out",
        ),
        (
            "[gate]\npublic_hosts = ['a.example',\n'https://b.example']",
            r#"4: gate.public_hosts[1]: "https://b.example" is no host: "//b.example" is no port"#,
        ),
        (
            "[html]\nselect = 'p'",
            "2: html: invalid type: map, expected a sequence",
        ),
        ("[[html]]\n", "2: html[0].select: missing"),
        (
            "[[html]]\nselect='p'",
            "2: html[0]: the rule has no action: give it prepend, append, before, after, inner, set, unset, rename, replace_text, unwrap or remove",
        ),
        (
            "[[html]]\nselect='p'\nonce=true",
            "2: html[0]: the rule has no action: give it prepend, append, before, after, inner, set, unset, rename, replace_text, unwrap or remove",
        ),
        (
            "[[html]]\nselect='p'\nremove=false",
            "2: html[0]: the rule has no action: give it prepend, append, before, after, inner, set, unset, rename, replace_text, unwrap or remove",
        ),
        (
            "[[html]]\nselect='p'\nremove=true\n\n[[html]]\nselect='p'\nappend='x'\nremove=true",
            "6: html[1]: remove cannot stand beside append: a rule of its own, with the same selector, can do the other",
        ),
        (
            "[[html]]\nselect='p'\nset={a='1'}\nremove=true",
            "2: html[0]: remove cannot stand beside set: a rule of its own, with the same selector, can do the other",
        ),
        (
            "[[html]]\nselect='p>'\nremove=true",
            r#"3: html[0].select: "p>" is no selector: Dangling combinator in selector"#,
        ),
        (
            "[[html]]\nselect=''\nremove=true",
            r#"3: html[0].select: "" is no selector: The selector is empty"#,
        ),
        (
            "[[html]]\nselect='p:hover'\nremove=true",
            r#"3: html[0].select: "p:hover" is no selector: Unsupported pseudo-class or pseudo-element in selector"#,
        ),
        (
            "[[html]]\nselect='a b['\nremove=true",
            r#"3: html[0].select: "a b[" is no selector: Unexpected end of selector"#,
        ),
        (
            "[[html]]\nselect='p'\nprepend=''",
            "4: html[0].prepend: the markup is empty",
        ),
        (
            "[[html]]\nselect='p'\nprepend=5",
            "4: html[0].prepend: invalid type: integer `5`, expected a string",
        ),
        (
            "[[html]]\nselect='p'\nset={}",
            "4: html[0].set: no attribute is set",
        ),
        (
            "[[html]]\nselect='p'\nset={'a b'='x'}",
            r#"4: html[0].set."a b": "a b" is no attribute name"#,
        ),
        (
            "[[html]]\nselect='p'\n[html.set]\na='x'\n'A'='y'",
            r#"4: html[0].set: the attribute "a" is set twice"#,
        ),
        (
            "[[html]]\nselect='p'\n[html.set]\na=5",
            "5: html[0].set.a: invalid type: integer `5`, expected a string",
        ),
        (
            "[[html]]\nselect='p'\nset='x'",
            r#"4: html[0].set: invalid type: string "x", expected a table of attributes"#,
        ),
        (
            "[[html]]\nselect='p'\nset={'é'='x'}",
            r#"4: html[0].set."é": "é" is no attribute name"#,
        ),
        (
            "[[html]]\nselect='p'\nset={''='x'}",
            r#"4: html[0].set."": "" is no attribute name"#,
        ),
        (
            "[[html]]\nselect='p'\nreplace='x'",
            "4: html[0].replace: unknown key (known here: select, prepend, append, before, after, inner, set, unset, rename, replace_text, unwrap, remove, once, nonce, values, when)",
        ),
        (
            "[[html]]\nselect='p'\nunwrap=true\nrename='b'",
            "2: html[0]: unwrap cannot stand beside rename: a rule of its own, with the same selector, can do the other",
        ),
        (
            "[[html]]\nselect='p'\nunwrap=true\nunset=['a']",
            "2: html[0]: unwrap cannot stand beside unset: a rule of its own, with the same selector, can do the other",
        ),
        (
            "[[html]]\nselect='p'\ninner='a'\nreplace_text={find='a',with='b'}",
            "2: html[0]: replace_text cannot stand beside inner: a rule of its own, with the same selector, can do the other",
        ),
        (
            "[[html]]\nselect='p'\nremove=true\nunwrap=true",
            "2: html[0]: remove cannot stand beside unwrap: a rule of its own, with the same selector, can do the other",
        ),
        (
            "[[html]]\nselect='p'\nset={a='1'}\nunset=['A']",
            r#"2: html[0]: the attribute "a" is both set and unset"#,
        ),
        (
            "[[html]]\nselect='p'\nunset=[]",
            "4: html[0].unset: no attribute is named",
        ),
        (
            "[[html]]\nselect='p'\nunset=['a',\n'b c']",
            r#"5: html[0].unset[1]: "b c" is no attribute name"#,
        ),
        (
            "[[html]]\nselect='p'\nunset='a'",
            r#"4: html[0].unset: invalid type: string "a", expected a sequence"#,
        ),
        (
            "[[html]]\nselect='p'\nrename='1a'",
            r#"4: html[0].rename: "1a" is no element name"#,
        ),
        (
            "[[html]]\nselect='p'\nrename='a>b'",
            r#"4: html[0].rename: "a>b" is no element name"#,
        ),
        (
            "[[html]]\nselect='p'\nrename='Script'",
            "4: html[0].rename: an element cannot be made a script: a browser reads what follows in another way",
        ),
        (
            "[[html]]\nselect='p'\nreplace_text={find='',with='a'}",
            "4: html[0].replace_text.find: there is nothing to find",
        ),
        (
            "[[html]]\nselect='p'\nreplace_text={find='a'}",
            "4: html[0].replace_text.with: missing",
        ),
        (
            "[[html]]\nselect='p'\nreplace_text=[]",
            "4: html[0].replace_text: there is nothing to find",
        ),
        (
            "[[html]]\nselect='p'\nreplace_text=[{find='a',with='b'},\n{find='c',by='d'}]",
            "5: html[0].replace_text[1].by: unknown key (known here: find, with)\nf.toml:5: html[0].replace_text[1].with: missing",
        ),
        (
            "[[html]]\nselect='p'\nreplace_text='a'",
            "4: html[0].replace_text: invalid type: string \"a\", expected a table as { find = \"…\", with = \"…\" } or a list of such",
        ),
        (
            "[[html]]\nselect='p'\nremove=true\nnonce=true",
            "2: html[0]: nonce has nothing to act on: no markup has a script, style or link tag",
        ),
        (
            "[[html]]\nselect='p'\nprepend='<!--<script>--><b>'\nnonce=true",
            "2: html[0]: nonce has nothing to act on: no markup has a script, style or link tag",
        ),
        (
            "[[html]]\nselect='p'\nremove=true\nwhen={}",
            "5: html[0].when: there is no condition: give path, media_type or another one",
        ),
        (
            "[[html]]\nselect='p'\nremove=true\nwhen={methods='GET'}",
            "5: html[0].when.methods: unknown key (did you mean method?)",
        ),
        (
            "[[html]]\nselect='p'\nremove=true\nwhen.path='news'",
            r#"5: html[0].when.path: "news" is no pattern for a path: it is as "/news/*", and has neither query nor fragment"#,
        ),
        (
            "[[html]]\nselect='p'\nremove=true\nwhen.path=['/a',\n'/b?c']",
            r#"6: html[0].when.path[1]: "/b?c" is no pattern for a path: it is as "/news/*", and has neither query nor fragment"#,
        ),
        (
            "[[html]]\nselect='p'\nremove=true\nwhen.path=[]",
            "5: html[0].when.path: the list is empty",
        ),
        (
            "[[html]]\nselect='p'\nremove=true\nwhen.path=5",
            "5: html[0].when.path: invalid type: integer `5`, expected a text or a list of texts",
        ),
        (
            "[[html]]\nselect='p'\nremove=true\nwhen.media_type='text/css'",
            r#"5: html[0].when.media_type: "text/css" is no markup: rules act on text/html, and on XML as "application/xhtml+xml", "image/svg+xml" or "+xml""#,
        ),
        (
            "[[html]]\nselect='p'\nremove=true\nwhen.media_type='text/*'",
            r#"5: html[0].when.media_type: "text/*" is no media type: an entry is as "text/html" or "+json", without parameters or wildcards"#,
        ),
        (
            "[document]\npost_processors=['preload-links','x']",
            r#"3: document.post_processors[1]: "x" is no post-processor (known: preload-links)"#,
        ),
        (
            "[document]\npost_processors=['preload-links','preload-links']",
            r#"3: document.post_processors: "preload-links" is named twice"#,
        ),
        (
            "[document]\npost_processor=[]",
            "3: document.post_processor: unknown key (did you mean post_processors?)",
        ),
        (
            "html = [{ select = 'p', remove = true },\n { select = 'p', removed = true }]",
            "3: html[1].removed: unknown key (did you mean remove?)",
        ),
    ] {
        assert_refused(&format!("{ORIGIN}{text}"), expected);
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(text in "(?s)[\\[\\]{}=.,'\"a-z \n\\\\#é0-9]{0,80}") {
        let _ = Config::from_toml(&text, "f.toml");
        let _ = Config::from_toml(&format!("{ORIGIN}{text}"), "f.toml");
        let _ = Config::from_toml(&format!("{ORIGIN}[[html]]\nremove = true\nselect = '''{text}'''\n"), "f.toml");
    }
}
