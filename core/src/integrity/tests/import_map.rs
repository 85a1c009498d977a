//! What is left of an import map.

use crate::integrity::import_map::edit;

fn without_own(map: &str) -> String {
    let edited = edit(map.as_bytes(), |url, metadata| {
        url.starts_with('/') && metadata.starts_with("sha384-")
    });
    edited.map_or_else(
        || map.to_owned(),
        |it| String::from_utf8(it).expect("UTF-8"),
    )
}

#[test]
fn members_go_with_a_comma() {
    for (members, expected) in [
        (r#""/a":"sha384-a""#, ""),
        (r#" "/a" : "sha384-a" "#, ""),
        (r#""/a":"sha384-a","/b":"sha384-b""#, ""),
        (r#""/a":"sha384-a","b":"sha384-b""#, r#""b":"sha384-b""#),
        (r#""a":"sha384-a","/b":"sha384-b""#, r#""a":"sha384-a""#),
        (
            "\n\"/a\":\"sha384-a\",\n\"b\":\"sha384-b\",\n\"/c\":\"sha384-c\"\n",
            "\n\"b\":\"sha384-b\"",
        ),
        (
            r#""a":"","/b":"sha384-b","c":"","/d":"sha384-d","/e":"sha384-e""#,
            r#""a":"","c":"""#,
        ),
        (r#""\/a":"sha384-\u0061","\u002fb":"sha384-b""#, ""),
    ] {
        let map = format!(r#"{{"imports":{{"/a":"/a"}},"integrity":{{{members}}},"x":[]}}"#);
        let expected = format!(r#"{{"imports":{{"/a":"/a"}},"integrity":{{{expected}}},"x":[]}}"#);
        assert_eq!(without_own(&map), expected);
        // A map of one member, with white space around everything.
        let map = format!("\n {{ \"integrity\" : {{{members}}} }} \n");
        assert!(without_own(&map).ends_with("} } \n"), "{map}");
    }
}

#[test]
fn other_members_and_what_is_no_import_map_stay() {
    for map in [
        "",
        "{",
        "{}",
        "[]",
        "null",
        r#"{"imports":{"integrity":{"/a":"sha384-a"}}}"#,
        r#"{"integrity":"/a"}"#,
        r#"{"integrity":["/a","sha384-a"]}"#,
        r#"{"integrity":{"/a":["sha384-a"]}}"#,
        r#"{"integrity":{"/a":1,"/b":null,"/c":{"/d":"sha384-d"}}}"#,
        r#"{"integrity":{"b":"sha384-b"}}"#,
        r#"{"integrity":{"/a":"sha384-a"}"#,
        r#"{"integrity":{"/a":"sha384-a""#,
        r#"{"integrity":{"/a":"sha384-a",}}"#,
        r#"{"integrity":{"/a" "sha384-a"}}"#,
        r#"{"integrity":{"/a":"sha384-a\u00"}}"#,
        r#"{"integrity":{"/a":"\"#,
        r#"{"integrity":{"/a":]}}"#,
        r#"{"integrity":{/a:"sha384-a"}}"#,
    ] {
        assert_eq!(without_own(map), map);
    }
}

#[test]
fn depth_costs_no_stack() {
    let map = format!(r#"{{"x":{}"#, "[{".repeat(200_000));
    assert_eq!(without_own(&map), map);
}
