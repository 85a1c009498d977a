//! Bodies of type `text/x-component`.

use super::{COMPONENT, LIMIT, check, mapped, show};

#[test]
fn text_rows_get_their_new_length_and_lines_need_none() {
    check(
        COMPONENT,
        LIMIT,
        &[
            (
                "1:T1c,https://origin.example.com/a2:[\"$1\",\"https://origin.example.com/b\"]\n",
                "1:T13,https://w.example/a2:[\"$1\",\"https://w.example/b\"]\n",
            ),
            (
                ":HL[\"https://origin.example.com/f.woff2\",\"font\"]\n:N1795543226339.3\n0:\"//origin.example.com/\"\n",
                ":HL[\"https://w.example/f.woff2\",\"font\"]\n:N1795543226339.3\n0:\"//w.example/\"\n",
            ),
            // Bytes are counted, not characters, and a row begins where the text ends.
            (
                "fe:T20,é漢😀 //origin.example.com/fa:T1a,https://origin.example.com0:\"$fe\"\n",
                "fe:T17,é漢😀 //w.example/fa:T11,https://w.example0:\"$fe\"\n",
            ),
            // A text is a text of its own.
            (
                "1:T13,origin.example.com/2:T5,x/x/x",
                "1:Ta,w.example/2:T5,x/x/x",
            ),
            // A line behind the letter of a row of an old React, and an empty line.
            (
                "1:S\"react.suspense\"\n2:M{\"id\":\"//origin.example.com/x.js\"}\n3:\n4:T0,5:X\n",
                "1:S\"react.suspense\"\n2:M{\"id\":\"//w.example/x.js\"}\n3:\n4:T0,5:X\n",
            ),
            // What Next.js puts before a stream.
            (
                "~1:T1b,https://origin.example.com/2:1\n",
                "~1:T12,https://w.example/2:1\n",
            ),
            (
                "#:HC\"https://origin.example.com\"\n",
                "#:HC\"https://w.example\"\n",
            ),
        ],
    );
}

#[test]
fn a_length_that_need_not_change_stays_as_it_is_written() {
    check(
        COMPONENT,
        LIMIT,
        &[("1:T0004,abc\n2:T00005,//abc", "1:T0004,abc\n2:T00005,//abc")],
    );
    let same = mapped(
        COMPONENT,
        "public.example.net",
        LIMIT,
        b"1:T001b,https://origin.example.com/",
    );
    assert_eq!(show(&same), "1:T001b,https://public.example.net/");
}

#[test]
fn binary_rows_are_not_touched() {
    let mut body = b"1:o20,\n\0:T\xff https://origin.example.com".to_vec();
    body.extend(
        b"2:\"https://origin.example.com\"\n3:g8,//origin4:T12,//origin.example.c5:b2,\n\n",
    );
    let expected = show(&body).replace("\"https://origin.example.com", "\"https://w.example");
    assert_eq!(
        show(&mapped(COMPONENT, "w.example", LIMIT, &body)),
        expected
    );
}

#[test]
fn a_text_over_the_limit_flows_on_with_its_own_length() {
    check(
        COMPONENT,
        27,
        &[(
            "1:T1b,https://origin.example.com/2:T1c,https://origin.example.com/a3:T1b,https://origin.example.com/",
            "1:T12,https://w.example/2:T1c,https://origin.example.com/a3:T12,https://w.example/",
        )],
    );
}

#[test]
fn what_is_no_flight_is_mapped_as_text() {
    check(
        COMPONENT,
        LIMIT,
        &[
            (
                "<a href=https://origin.example.com/>T1b,https://origin.example.com/",
                "<a href=https://w.example/>T1b,https://w.example/",
            ),
            // React of 2022: tags before ids.
            (
                "M1:{\"id\":\"https://origin.example.com/\"}\nJ0:[]\n",
                "M1:{\"id\":\"https://w.example/\"}\nJ0:[]\n",
            ),
            (
                "1:\"https://origin.example.com\"\nx:T1b,https://origin.example.com/",
                "1:\"https://w.example\"\nx:T1b,https://w.example/",
            ),
            (
                "1:T1g,https://origin.example.com/",
                "1:T1g,https://w.example/",
            ),
            (
                "123456789:\"https://origin.example.com/\"",
                "123456789:\"https://w.example/\"",
            ),
            ("https://origin.example.com/", "https://w.example/"),
            (
                "1:T1ffffffff,//origin.example.com/",
                "1:T1ffffffff,//w.example/",
            ),
        ],
    );
}

#[test]
fn what_a_body_ends_in_is_not_lost() {
    for body in [
        "1:T1c,",
        "1:T1c",
        "1:T",
        "1:",
        "1",
        ":",
        "",
        "1:\"https://origin.exam",
        "1:o5,abc",
    ] {
        check(COMPONENT, LIMIT, &[(body, body)]);
    }
}

#[test]
fn a_text_that_is_cut_off_is_mapped_and_lacks_as_much_as_before() {
    check(
        COMPONENT,
        LIMIT,
        &[
            (
                "1:T1c,https://origin.example.com/",
                "1:T13,https://w.example/",
            ),
            (
                "0:1\n1:Tff,é //origin.example.com",
                "0:1\n1:Tf6,é //w.example",
            ),
            ("1:Tff,https://origin.exa", "1:Tff,https://origin.exa"),
        ],
    );
    check(
        COMPONENT,
        27,
        &[(
            "1:T1c,https://origin.example.com/",
            "1:T1c,https://origin.example.com/",
        )],
    );
    let longer = mapped(
        COMPONENT,
        "a-much-longer-host.example.com",
        LIMIT,
        b"1:T1c,https://origin.example.com/",
    );
    assert_eq!(
        show(&longer),
        "1:T28,https://a-much-longer-host.example.com/"
    );
}
