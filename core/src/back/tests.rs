//! Which bodies are mapped back, and what becomes of them.

use http::{HeaderName, HeaderValue, Request};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::Back;
use crate::config::Config;
use crate::site::Site;

const PUBLIC: &str = "https://www.example.com";
const ORIGIN: &str = "https://origin.example.com";
const FORM: &str = "application/x-www-form-urlencoded";

fn site(more: &str) -> Site {
    let text = format!("[origin]\nurl = '{ORIGIN}'\npublic = '{PUBLIC}'\n{more}");
    Site::new(&Config::from_toml(&text, "test").expect("a configuration")).expect("a site")
}

/// Returns a request of a page of the site, with a body of a type, and these fields added.
fn request(media_type: &str, fields: &[(&str, &str)]) -> Request<()> {
    let mut request = Request::post(format!("{PUBLIC}/x"))
        .body(())
        .expect("a request");
    let common = [("content-type", media_type), ("origin", PUBLIC)];
    for (name, value) in common.iter().chain(fields) {
        let name = HeaderName::try_from(*name).expect("a name");
        let value = HeaderValue::try_from(*value).expect("a value");
        request.headers_mut().insert(name, value);
    }
    request
}

fn back(site: &Site, request: &Request<()>) -> Option<Back> {
    let requested = PUBLIC.parse().expect("a URL");
    Back::of(request, site.view(Some(&requested), request.uri().path()))
}

/// Maps a body back, in one piece.
fn mapped(media_type: &str, body: &[u8]) -> Vec<u8> {
    let back = back(&site(""), &request(media_type, &[])).expect("a body that is mapped");
    back.pipeline.run_to_vec(body).expect("mapping never fails")
}

/// A media type, fields that are added, and whether the body is mapped.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], bool);

#[test]
fn the_head_decides_which_bodies_are_mapped() {
    let json = "application/json";
    let cases: [Case<'_>; 41] = [
        (FORM, &[], true),
        ("Application/JSON; charset=utf-8", &[], true),
        ("application/vnd.api+json", &[], true),
        ("multipart/form-data; boundary=b", &[], true),
        ("application/graphql", &[], true),
        ("text/plain;charset=UTF-8", &[], true),
        ("text/plain;charset=utf-16", &[], false),
        ("application/octet-stream", &[], false),
        ("application/offset+octet-stream", &[], false),
        ("application/connect+json", &[], false),
        ("application/grpc+json", &[], false),
        ("text/html", &[], false),
        ("nothing", &[], false),
        // Who sends it.
        (json, &[("origin", "https://elsewhere.test")], false),
        (json, &[("origin", "null")], false),
        (
            json,
            &[("origin", "null"), ("sec-fetch-site", "same-origin")],
            true,
        ),
        (
            json,
            &[("origin", "null"), ("sec-fetch-site", "cross-site")],
            false,
        ),
        (
            json,
            &[
                ("origin", "null"),
                ("referer", "https://www.example.com/a?b"),
            ],
            true,
        ),
        (
            json,
            &[
                ("origin", "null"),
                ("referer", "https://www.example.com.evil.test/"),
            ],
            false,
        ),
        // How long it is.
        (json, &[("content-length", "1")], true),
        (json, &[("content-length", "1048576")], true),
        (json, &[("content-length", "1048577")], false),
        (json, &[("content-length", "0")], false),
        (json, &[("content-length", "7, 7")], false),
        (json, &[("content-length", "99999999999999999999")], false),
        (json, &[("transfer-encoding", "chunked")], true),
        // What it is bound to.
        (json, &[("content-encoding", "gzip")], false),
        (json, &[("content-range", "bytes 0-1/2")], false),
        (json, &[("content-digest", "sha-256=:x:")], false),
        (json, &[("repr-digest", "sha-256=:x:")], false),
        (json, &[("digest", "sha-256=x")], false),
        (json, &[("content-md5", "x")], false),
        (json, &[("signature-input", "x")], false),
        (json, &[("x-hub-signature-256", "x")], false),
        (json, &[("x-amz-date", "x")], false),
        (
            json,
            &[("authorization", "AWS4-HMAC-SHA256 Credential=x")],
            false,
        ),
        (json, &[("authorization", "OAuth oauth_nonce=x")], false),
        (json, &[("authorization", "Bearer x")], true),
        (json, &[("authorization", "Basic x")], true),
        (json, &[("cookie", "signature=x")], true),
        (json, &[("x-csrf-token", "x")], true),
    ];
    let site = site("");
    for (media_type, fields, expected) in cases {
        let is_mapped = back(&site, &request(media_type, fields)).is_some();
        assert_eq!(is_mapped, expected, "{media_type} {fields:?}");
    }
}

#[test]
fn the_configuration_decides_which_bodies_are_mapped() {
    for (more, length, expected) in [
        ("", "9", true),
        ("[map]\nback = false", "9", false),
        ("[map]\nscope = 'attributes'", "9", false),
        ("[map]\nscope = 'attributes'\nback = true", "9", true),
        ("[map]\nback_types = ['text/xml']", "9", false),
        (
            "[map]\nback_types = ['+json', 'application/json']",
            "9",
            true,
        ),
        ("[map]\nback_limit = 8", "9", false),
        ("[map]\nback_limit = 9", "9", true),
        ("[map]\nback_only = ['text']", "9", true),
        // A route has its own say.
        (
            "[map]\nback = false\n[[route]]\npath = '/x'\norigin = 'https://x.test'\nback = true",
            "9",
            true,
        ),
        (
            "[[route]]\npath = '/x'\norigin = 'https://x.test'\nback = false",
            "9",
            false,
        ),
        (
            "[[route]]\npath = '/y'\norigin = 'https://x.test'\nback = false",
            "9",
            true,
        ),
        ("identity = 'forwarded'", "9", false),
        ("identity = 'transparent'", "9", false),
    ] {
        let request = request("application/json", &[("content-length", length)]);
        assert_eq!(back(&site(more), &request).is_some(), expected, "{more}");
    }
}

#[test]
fn a_text_without_names_is_none_of_the_named_values() {
    let site = site("[map]\nback_only = ['text', '/a']");
    for (media_type, expected) in [
        (FORM, true),
        ("multipart/form-data; boundary=b", true),
        ("application/vnd.api+json", true),
        ("text/plain", false),
        ("application/graphql", false),
    ] {
        let is_mapped = back(&site, &request(media_type, &[])).is_some();
        assert_eq!(is_mapped, expected, "{media_type}");
    }
}

#[test]
fn parts_that_carry_their_length_stay() {
    let mut polling = request("text/plain", &[]);
    *polling.uri_mut() = format!("{PUBLIC}/socket.io/?EIO=3&transport=polling")
        .parse()
        .expect("a URL");
    assert!(back(&site(""), &polling).is_none());
    let payload = b"35:42[\"say\",\"https://www.example.com\"]";
    assert_eq!(mapped("text/plain", payload), payload);
}

#[test]
fn the_values_of_a_form_are_mapped_and_nothing_else() {
    for (form, expected) in [
        (
            "log=a&redirect_to=https%3A%2F%2Fwww.example.com%2Fwp-admin%2F%3Fa%3Db&x=%7e+y",
            "log=a&redirect_to=https%3A%2F%2Forigin.example.com%2Fwp-admin%2F%3Fa%3Db&x=%7e+y",
        ),
        // A value is a text of its own, in which a plus sign is a space.
        ("a=www.example.com&b", "a=origin.example.com&b"),
        (
            "text=see+www.example.com+or+%2F%2Fwww.example.com%2Fx",
            "text=see+origin.example.com+or+%2F%2Forigin.example.com%2Fx",
        ),
        ("t=a%2Bwww.example.com", "t=a%2Borigin.example.com"),
        // JSON in a value, with escapes of its own.
        (
            "s=%7B%22u%22%3A%22https%3A%5C%2F%5C%2Fwww.example.com%5C%2Fa%22%7D",
            "s=%7B%22u%22%3A%22https%3A%5C%2F%5C%2Forigin.example.com%5C%2Fa%22%7D",
        ),
        // Names stay, and so do the values of some.
        ("https://www.example.com=1&a", "https://www.example.com=1&a"),
        (
            "https%3A%2F%2Fwww.example.com",
            "https%3A%2F%2Fwww.example.com",
        ),
        (
            "redirect_uri=https://www.example.com&redirect%5Furi=https://www.example.com&a=https://www.example.com",
            "redirect_uri=https://www.example.com&redirect%5Furi=https://www.example.com&a=https://origin.example.com",
        ),
        ("", ""),
        (
            "&&=&a=&=https://www.example.com/",
            "&&=&a=&=https://origin.example.com/",
        ),
        ("e=me%40www.example.com", "e=me%40www.example.com"),
    ] {
        let mapped = mapped(FORM, form.as_bytes());
        assert_eq!(String::from_utf8_lossy(&mapped), expected);
    }
}

#[test]
fn json_is_mapped_but_for_the_members_whose_values_stay() {
    for (json, expected) in [
        (
            r#"{"state":"{\"u\":\"https:\\\/\\\/www.example.com\\\/a\"}","mac":"1"}"#,
            r#"{"state":"{\"u\":\"https:\\\/\\\/origin.example.com\\\/a\"}","mac":"1"}"#,
        ),
        (
            r#"{"https://www.example.com/":["www.example.com"]}"#,
            r#"{"https://origin.example.com/":["origin.example.com"]}"#,
        ),
        (
            r#"{"redirect_uri": "https://www.example.com/cb", "next": "https://www.example.com/"}"#,
            r#"{"redirect_uri": "https://www.example.com/cb", "next": "https://origin.example.com/"}"#,
        ),
        (
            r#"{"redirectUri" :"a\"\\https://www.example.com/cb","b":"www.example.com"}"#,
            r#"{"redirectUri" :"a\"\\https://www.example.com/cb","b":"origin.example.com"}"#,
        ),
        // Only the value itself stays, and only that of the name.
        (
            r#"{"redirect_uri":["https://www.example.com"],"a":"redirect_uri","b":"https://www.example.com"}"#,
            r#"{"redirect_uri":["https://origin.example.com"],"a":"redirect_uri","b":"https://origin.example.com"}"#,
        ),
        (
            r#"["redirect_uri","https://www.example.com"]"#,
            r#"["redirect_uri","https://origin.example.com"]"#,
        ),
        ("", ""),
        (
            r#"{"redirect_uri":"https://www.example.com"#,
            r#"{"redirect_uri":"https://www.example.com"#,
        ),
    ] {
        let mapped = mapped("application/json", json.as_bytes());
        assert_eq!(String::from_utf8_lossy(&mapped), expected);
    }
}

/// Maps a body back, in one piece, with these keys of the configuration.
fn mapped_by(keys: &str, media_type: &str, body: &str) -> String {
    let site = site(&format!("[map]\n{keys}"));
    let back = back(&site, &request(media_type, &[])).expect("a body that is mapped");
    let mapped = back.pipeline.run_to_vec(body.as_bytes());
    String::from_utf8(mapped.expect("mapping never fails")).expect("UTF-8")
}

/// Checks what of a JSON text is mapped: where `p` stands for the public URL, `o` must be the
/// origin's and `p` must stay.
fn check_json(keys: &str, json: &str) {
    let fill = |of_o: &str| json.replace("o:", of_o).replace("p:", PUBLIC);
    let mapped = mapped_by(keys, "application/json", &fill(PUBLIC));
    assert_eq!(mapped, fill(ORIGIN), "{keys}");
}

#[test]
fn pointers_tell_which_values_of_json_stay() {
    for (keys, json) in [
        // A pointer leads to one value, with all that is in it.
        (
            "back_except = ['/a']",
            r#"{"a":"p:","b":{"a":"o:"},"c":["a","o:"]}"#,
        ),
        (
            "back_except = ['/a']",
            r#"{"a" : {"p:":["p:",{"x":"p:"}]} ,"o:":"o:"}"#,
        ),
        (
            "back_except = ['/a/b']",
            r#"{"b":"o:","a":{"a":"o:","b":"p:","c":"o:"},"d":[{"b":"o:"}]}"#,
        ),
        (
            "back_except = ['/a/1']",
            r#"{"a":["o:","p:","o:"],"b":["o:","o:"]}"#,
        ),
        ("back_except = ['/1']", r#"{"1":"p:","01":"o:"}"#),
        ("back_except = ['/01', '/+1']", r#"["o:","o:"]"#),
        ("back_except = ['/0/0']", r#"[["p:","o:"],["o:"]]"#),
        // A star is any name or index.
        (
            "back_except = ['/list/*/url']",
            r#"{"list":[{"url":"p:","x":"o:"},{"x":["o:"],"url":["p:"]}],"url":"o:"}"#,
        ),
        ("back_except = ['/*']", r#"{"a":"p:","b":["p:"],"o:":1}"#),
        // In a name, `~1` is a slash, and `~0` a tilde.
        (
            "back_except = ['/a~1b', '/~01']",
            r#"{"a/b":"p:","~1":"p:","/":"o:"}"#,
        ),
        ("back_except = ['/']", r#"{"":"p:","a":"o:"}"#),
        // Several texts, one behind the other.
        (
            "back_except = ['/a']",
            "{\"a\":\"p:\"}\n{\"b\":\"o:\",\"a\":\"p:\"}",
        ),
        // What is no JSON harms nobody.
        ("back_except = ['/a/b']", r#"]}}{"a":}{"b":"o:"]"#),
        ("back_except = ['/a']", r#"{"a":"p:"#),
    ] {
        check_json(keys, json);
    }
}

#[test]
fn only_named_values_are_mapped_where_names_are_listed() {
    for (keys, json) in [
        (
            "back_only = ['text']",
            r#"{"text":"o:","p:":"p:","a":{"text":"o:"},"b":["text","p:"]}"#,
        ),
        // A name is that of a string.
        (
            "back_only = ['text']",
            r#"{"text":["p:"],"a":"text","b":"p:"}"#,
        ),
        (
            "back_only = ['/data']",
            r#"{"data":{"o:":["o:",{"x":"o:"}]},"next":"p:"}"#,
        ),
        (
            "back_only = ['/list/*/text', 'note']",
            r#"{"list":[{"text":"o:","x":"p:"},{"x":{"note":"o:"},"text":{"o:":"o:"}}],"text":"p:"}"#,
        ),
        // What is excepted stays all the same.
        (
            "back_only = ['/data']\nback_except = ['key', '/data/raw']",
            r#"{"data":{"a":"o:","key":"p:","raw":["p:"],"z":"o:"},"key":"p:"}"#,
        ),
        ("back_only = []", r#"{"a":"p:"}"#),
        ("back_only = ['a']", r#"{p: "a":"o:" p:}"#),
    ] {
        check_json(keys, json);
    }
    let form =
        "text=https://www.example.com&b=https://www.example.com&te%78t=https://www.example.com";
    assert_eq!(
        mapped_by("back_only = ['text', '/b']", FORM, form),
        "text=https://origin.example.com&b=https://www.example.com&te%78t=https://origin.example.com"
    );
    let part = |name: &str, host: &str| {
        format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\nhttps://{host}\r\n")
    };
    let parts = |host: &str| part("text", host) + &part("b", "www.example.com") + "--b--\r\n";
    assert_eq!(
        mapped_by(
            "back_only = ['text']",
            "multipart/form-data; boundary=b",
            &parts("www.example.com")
        ),
        parts("origin.example.com")
    );
}

/// Encodes a text as the value of a form (URL standard).
fn encoded(text: &str) -> String {
    text.bytes().fold(String::new(), |text, byte| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => {
            text + &char::from(byte).to_string()
        }
        b' ' => text + "+",
        _ => text + &format!("%{byte:02X}"),
    })
}

/// Generates what a page may have got from the origin.
fn values() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "https://origin.example.com/a?b=c d",
        "https:\\/\\/origin.example.com\\/a",
        "\\\"https:\\\\\\/\\\\\\/origin.example.com\\\"",
        "https%3A%2F%2Forigin.example.com%2Fa",
        "see origin.example.com for more",
        "\"origin.example.com\"",
        "&quot;//origin.example.com/x&quot;",
        "https&#58;&#47;&#47;origin.example.com",
        "me@origin.example.com",
        "a+origin.example.com",
        "\\u0022https:\\u002F\\u002Forigin.example.com\\u0022",
        " ",
        "=",
        "&",
        "é",
        "\r\n",
        "plain",
    ]);
    vec(piece, 0..4).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_form_comes_back_as_the_origin_would_have_got_it(
        values in vec(values(), 0..4), kept in any::<bool>(), cuts in vec(any::<Index>(), 0..6)
    ) {
        let site = site("");
        let public = PUBLIC.parse().expect("a URL");
        let pair = |value: &str| format!("https%3A%2F%2Fwww.example.com={}", encoded(value));
        let direct: Vec<String> = values.iter().map(|value| pair(value)).collect();
        let seen: Vec<String> = values
            .iter()
            .map(|value| {
                let seen = site.urls().map_bytes(&public, value.as_bytes());
                pair(&String::from_utf8_lossy(&seen))
            })
            .collect();
        let end = if kept { "&redirect_uri=https%3A%2F%2Fwww.example.com" } else { "" };
        let (direct, seen) = (direct.join("&") + end, seen.join("&") + end);
        prop_assert_eq!(streamed(&site, FORM, seen.as_bytes(), &cuts), direct);
    }

    #[test]
    fn how_a_body_is_cut_never_changes_the_output(
        values in vec(values(), 0..4), cuts in vec(any::<Index>(), 0..6)
    ) {
        let quoted: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
        let json = format!(
            "{{\"redirect_uri\":[{}], \"a\" : \"redirect_uri\" ,\"redirect_uri\" : {}}}",
            quoted.join(","),
            quoted.concat(),
        );
        let json = json.replace("origin.", "www.");
        for media_type in ["application/json", FORM, "text/plain"] {
            let whole = String::from_utf8(mapped(media_type, json.as_bytes())).expect("UTF-8");
            prop_assert_eq!(streamed(&site(""), media_type, json.as_bytes(), &cuts), whole);
        }
        for keys in [
            "back_except = ['/redirect_uri/1', 'a']",
            "back_only = ['/redirect_uri', 'a']",
            "back_only = ['/*/0', '/*/2']",
        ] {
            let whole = mapped_by(keys, "application/json", &json);
            let site = site(&format!("[map]\n{keys}"));
            prop_assert_eq!(streamed(&site, "application/json", json.as_bytes(), &cuts), whole);
        }
    }
}

/// Maps a body back as it streams in pieces.
fn streamed(site: &Site, media_type: &str, body: &[u8], cuts: &[Index]) -> String {
    use bytes::Bytes;
    use futures::{FutureExt, StreamExt, stream};

    let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
    cuts.extend([0, body.len()]);
    cuts.sort_unstable();
    let pieces = cuts.windows(2).map(|ends| {
        let piece = body.get(ends[0]..ends[1]).expect("a piece");
        Ok(Bytes::copy_from_slice(piece))
    });
    let pieces = stream::iter(pieces.collect::<Vec<_>>());
    let back = back(site, &request(media_type, &[])).expect("a body that is mapped");
    let mapped = back
        .pipeline
        .over(pieces)
        .map(|piece| piece.expect("no fault"));
    let mapped: Vec<Bytes> = mapped.collect().now_or_never().expect("no wait");
    String::from_utf8(mapped.concat()).expect("UTF-8")
}
