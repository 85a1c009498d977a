//! Pages whose scripts push a stream.

use super::{HTML, LIMIT, check, mapped, show, stream, urls};

/// Returns a page that pushes these pieces, each spelled as JSON.
fn page(pieces: &[&str]) -> String {
    let mut page = "<a href=https://origin.example.com/><script>(self.__next_f=self.__next_f||[]).push([0])</script>".to_owned();
    for piece in pieces {
        page += &format!("<script>self.__next_f.push([1,\"{piece}\"])</script>\n");
    }
    page + "<b>https://origin.example.com/</b>"
}

/// Checks rows of what is pushed before and after.
fn check_pushed(limit: usize, rows: &[(&[&str], &[&str])]) {
    for (input, output) in rows {
        let got = mapped(HTML, "w.example", limit, page(input).as_bytes());
        let outside = |html: &str| {
            html.replace("=https://origin.example.com/>", "=https://w.example/>")
                .replace(">https://origin.example.com/<", ">https://w.example/<")
        };
        assert_eq!(show(&got), outside(&page(output)), "of {input:?}");
    }
}

#[test]
fn pushed_rows_are_mapped_and_counted_in_bytes_of_utf_8() {
    check_pushed(
        LIMIT,
        &[
            (
                &[
                    r#"1:T1c,https://origin.example.com/a2:[\"$1\",\"https://origin.example.com/b\"]\n"#,
                ],
                &[r#"1:T13,https://w.example/a2:[\"$1\",\"https://w.example/b\"]\n"#],
            ),
            (
                &[
                    r#":HL[\"https://origin.example.com/f.woff2\",\"font\"]\n0:\"$\\u0026 //origin.example.com/\"\n"#,
                ],
                &[r#":HL[\"https://w.example/f.woff2\",\"font\"]\n0:\"$\\u0026 //w.example/\"\n"#],
            ),
            // One byte, two, three and four, each as itself and escaped; escapes of one byte.
            (
                &[
                    r#"1:T3b,aé漢😀\u0061\u00e9\u6f22\ud83d\ude00\u003c\"\\\/\b\f\n\r\t https://origin.example.com/2:T2,\u00e9"#,
                ],
                &[
                    r#"1:T32,aé漢😀\u0061\u00e9\u6f22\ud83d\ude00\u003c\"\\\/\b\f\n\r\t https://w.example/2:T2,\u00e9"#,
                ],
            ),
            // Slashes in a script of a script.
            (
                &[r#"1:T1f,\"https:\\/\\/origin.example.com\"\n2:1\n"#],
                &[r#"1:T16,\"https:\\/\\/w.example\"\n2:1\n"#],
            ),
        ],
    );
}

#[test]
fn what_crosses_pushes_moves_to_the_next_one() {
    check_pushed(
        LIMIT,
        &[
            // A URL.
            (
                &[r#"0:\"https://orig"#, r#"in.example.com/a\"\n"#],
                &[r#"0:\""#, r#"https://w.example/a\"\n"#],
            ),
            // A text, its header, and a row behind it.
            (
                &["1:T1", "b,https://origin.exa", "mple.com", "/2:1\\n"],
                &["", "", "", "1:T12,https://w.example/2:1\\n"],
            ),
            (
                &["1:T1b,https://origin.example.com/", "2:1\\n"],
                &["1:T12,https://w.example/", "2:1\\n"],
            ),
            // A header of a line.
            (
                &["1", ":", "\\\"https://origin.example.com/\\\"\\n"],
                &["", "", "1:\\\"https://w.example/\\\"\\n"],
            ),
        ],
    );
}

#[test]
fn a_text_over_the_limit_flows_on_with_its_own_length() {
    check_pushed(
        28,
        &[
            (
                &[
                    "1:T1b,https://origin.example.com/2:T1d,https://origin.exampl",
                    "e.com/ab3:\\\"//origin.example.com\\\"\\n",
                ],
                &[
                    "1:T12,https://w.example/2:T1d,https://origin.exampl",
                    "e.com/ab3:\\\"//w.example\\\"\\n",
                ],
            ),
            // Its spelling is over the limit.
            (
                &[r"1:T1c,https://origin", r".example.com/\u0061", "2:1\\n"],
                &["", r"1:T1c,https://origin.example.com/\u0061", "2:1\\n"],
            ),
        ],
    );
}

#[test]
fn base64_is_followed_and_what_is_held_comes_before_it() {
    let script = |call: &str| format!("<script>self.__next_f.push([{call}])</script>");
    for (calls, expected) in [
        // 1:o3, with \xff\n\xfe, and then a row as text.
        (
            &[
                "1,\"0:1\\n\"",
                "3,\"MTpvMyz/Cv4=\"",
                "1,\"2:T1b,https://origin.example.com/\"",
            ][..],
            &[
                "1,\"0:1\\n\"",
                "3,\"MTpvMyz/Cv4=\"",
                "1,\"2:T12,https://w.example/\"",
            ][..],
        ),
        // The end of a text, and the beginning of a binary row.
        (
            &[
                "1,\"2:T1d,https://origin.example.com/\"",
                "3,\"w7wxOm8zLP8=\"",
                "1,\"ab2:T1b,https://origin.example.com/\"",
            ],
            &[
                "1,\"\"",
                "(self.__next_f.push([1,\"2:T1d,https://origin.example.com/\"]),3),\"w7wxOm8zLP8=\"",
                "1,\"ab2:T12,https://w.example/\"",
            ],
        ),
        // A URL's beginning, and half a header.
        (
            &[
                "1,\"2:\\\"https://orig\"",
                "3,\"Igox\"",
                "1,\":T1b,https://origin.example.com/0:\\\"//origin.example.com\\\"\\n\"",
            ],
            &[
                "1,\"2:\\\"\"",
                "(self.__next_f.push([1,\"https://orig\"]),3),\"Igox\"",
                "1,\":T1b,https://origin.example.com/0:\\\"//w.example\\\"\\n\"",
            ],
        ),
    ] {
        let [input, output] = [calls, expected]
            .map(|calls| calls.iter().map(|call| script(call)).collect::<String>());
        assert_eq!(
            show(&mapped(HTML, "w.example", LIMIT, input.as_bytes())),
            output
        );
    }
}

#[test]
fn other_calls_are_html() {
    for call in [
        "self.__next_f.push([2,\"https://origin.example.com/\"])",
        "self.__next_f.push([1 1,\"1:T1b,https://origin.example.com/\"])",
        "self.__next_f.push ([ 1, x]);x=\"https://origin.example.com/\"",
        "self.__next_f.pushed([1,\"1:T1b,https://origin.example.com/\"])",
        "self.__next_f.push([31,\"https://origin.example.com/\"])",
        "self.__next_f.push([\"https://origin.example.com/\"])",
        "self.__next_f.push([1,\"1:1\\n\"]);x=\"https://origin.example.com/\"",
        "__next__next_f.push([0]);__next_f.push(https://origin.example.com/",
        "self.__next_f.push(",
        "self.__next_f.push([",
        "self.__next_f.push ( [\n ",
        "self.__next_f.push([1",
        "self.__next_f.push([3,",
        "self.__next_f=self.__next_f||[];x=\"https://origin.example.com/\"",
        "(self.__next_f=self.__next_f||[]).push([2,\"https://origin.example.com/\"])",
        "(self.__next_f=self.__next_f||[]).map([1,\"https://origin.example.com/\"])",
        "(self.__FLIGHT_DATA||=[]).push(Uint8Array.of(1));x=\"https://origin.example.com/\"",
        "self.__FLIGHT_DATA.push(row(\"https://origin.example.com/\"))",
        "self.__FLIGHT_DATA.length(\"https://origin.example.com/\")",
    ] {
        let call = format!("<script>{call}");
        let expected = call.replace("https://origin.example.com/", "https://w.example/");
        check(HTML, LIMIT, &[(&call, &expected)]);
    }
}

#[test]
fn what_looks_like_a_call_outside_of_a_script_that_runs_is_html() {
    let call = "self.__next_f.push([1,\"1a:T30,\\u003cimg src=https://origin.example.com/ onerror=alert(1)\\u003e\"])";
    let real =
        "<script>self.__next_f.push([1,\"0:[\\\"https://origin.example.com/\\\"]\\n\"])</script>";
    for around in [
        "<div class=comment>{}</div>",
        "<!-- {} -->",
        "<!-- <script>{}</script> -->",
        "<!--><p>{}<!--->{}<!-- <!-- <script>{}--!>",
        "<div title='<script>{}</script>'></div>",
        "</div title='<script>{}</script>'>",
        "<div title = '> <script>{}'a='<script>{}'></div>",
        "<div 'title=' <script>{}>",
        "<textarea><script>{}</script></textarea>",
        "<title></titles><script>{}</script></title>",
        "<STYLE a='</style>'><script>{}</script></Style\t>",
        "<noscript><script>{}</script></noscript>",
        "<iframe><script>{}</script></iframe><xmp><script>{}</script></xmp>",
        "<!doctype <script {}><?<script {}></<script {}>",
        "<scripts>{}</scripts>",
        "<script type=application/json>{}</script>",
        "<script TYPE='text/template'>{}</script>",
        "<script type=' '>{}</script>",
        "<script src='/x.js'>{}</script>",
        "<script language=vbscript>{}</script>",
        "<script><!-- {} --></script>",
        "<script><!-- <script> {} </script> {} </script>",
        "<script></script a='<script>'>{}",
        "<script></script/>{}",
        "<svg><title><script>{}</script></title></svg>",
        "<math><script>{}</script></math>",
    ] {
        let page = format!("{}{real}", around.replace("{}", call));
        let expected = page.replace("https://origin.example.com/", "https://w.example/");
        check(HTML, LIMIT, &[(&page, &expected)]);
    }
}

#[test]
fn a_call_in_any_script_that_runs_is_one() {
    for before in [
        "<script type=''>",
        "<SCRIPT type=Module>",
        "<script language=JavaScript nonce='>'>",
        "<script\ntype=\" text/javascript \"/>",
        "<script>a<b;'</scripts>';'<script>';'<!-- x -->';",
        "<script>'<!-->';",
        "<script><!-- <script> </script> --> ",
        "<script><!-- </script><script>",
        "<p title=a'b><script>",
        "<a b='<!--'><script>",
        "<svg><title>x</title><path d='<'/></svg><textarea><</textarea><script>",
        "<svg/><title><</title><script>",
        "<title><script></title><script>",
        "<!----><!-- > ---><script>",
        "a < b <1 <><<script>",
    ] {
        let page = |row: &str| format!("{before}self.__next_f.push([1,\"{row}\"])</script>");
        let (input, output) = (
            page("1:T1b,https://origin.example.com/2:1\\n"),
            page("1:T12,https://w.example/2:1\\n"),
        );
        check(HTML, LIMIT, &[(&input, &output)]);
    }
}

#[test]
fn where_text_and_elements_cannot_be_told_apart_nothing_is_a_script() {
    for before in [
        "<svg><style><a title='</style>",
        "<math><title><!--</title>",
        "<select><style><b></style>",
        "<svg><![CDATA[ <a title='> ",
        "<svg><style/>",
        "<plaintext>",
    ] {
        let page = format!(
            "{before}<script>self.__next_f.push([1,\"1:T1b,https://origin.example.com/2:1\\n\"])</script>"
        );
        let expected = page.replace("https://origin.example.com/", "https://w.example/");
        check(HTML, LIMIT, &[(&page, &expected)]);
    }
}

#[test]
fn no_script_is_added_where_none_can_stand() {
    for end in ["", "</script", "</script><!-- ", "</script><p title='"] {
        let page = |text: &str| format!("<script>self.__next_f.push([1,\"{text}\"])</script>{end}");
        let page = |text: &str| page(text).replace(&format!("</script>{end}"), end);
        check(HTML, LIMIT, &[(&page("1:1\\n2:T400,abc"), &page("1:1\\n"))]);
    }
}

#[test]
fn white_space_in_a_call_stays() {
    let wide = " ".repeat(245);
    for opening in ["( [1, ", " (\n  [\r\n\t1 ,\n  ", &format!("([{wide}1,")] {
        let page = |row: &str| format!("<script>__next_f.push{opening}\"{row}\" ] )</script>");
        let (input, output) = (
            page("1:T1b,https://origin.example.com/2:1\\n"),
            page("1:T12,https://w.example/2:1\\n"),
        );
        check(HTML, LIMIT, &[(&input, &output)]);
    }
    let page = |text: &str, base64: &str| {
        format!(
            "<script>self.__next_f.push([1,\"{text}\"]);self.__next_f.push( [ {base64} , \"w7wxOm8zLP8=\"])</script>"
        )
    };
    let held = "2:T1d,https://origin.example.com/";
    let moved = format!("(self.__next_f.push([1,\"{held}\"]),3)");
    check(HTML, LIMIT, &[(&page(held, "3"), &page("", &moved))]);
    // There is an end to that.
    let page = format!(
        "<script>__next_f.push([1,{wide}{wide}\"1:T1b,https://origin.example.com/2:1\\n\"])</script>"
    );
    let expected = page.replace("https://origin.example.com/", "https://w.example/");
    check(HTML, LIMIT, &[(&page, &expected)]);
}

#[test]
fn from_a_string_in_other_quotes_on_scripts_with_calls_stay() {
    for (quote, held, moved) in [
        ('\'', "1:1\\n", "1:1\\n"),
        (
            '\'',
            "1:T1e,'https://origin.example.com",
            "1:T1e,\\'https://origin.example.com",
        ),
        (
            '`',
            "1:T1e,`https://origin.example.com",
            "1:T1e,\\`https://origin.example.com",
        ),
        (
            '`',
            "1:T1e,${https://origin.example.com",
            "1:T1e,\\${https://origin.example.com",
        ),
    ] {
        let is_whole = held.ends_with('n');
        let page = |first: &str, moved: &str, url: &str| {
            format!(
                "<script>self.__next_f.push([1,\"{first}\"])</script>\
                 <script>self.__next_f.push([1,{quote}{moved}/2:T1b,https://origin.example.com/{quote}])</script>\
                 <a href={url}><script>x='{url}';self.__next_f.push([1,\"3:T1b,https://origin.example.com/\"])</script>\
                 <b>{url}</b>"
            )
        };
        let input = page(held, "", "https://origin.example.com/");
        let output = match is_whole {
            true => page(held, "", "https://w.example/"),
            false => page("", moved, "https://w.example/"),
        };
        check(HTML, LIMIT, &[(&input, &output)]);
    }
}

#[test]
fn rows_that_cannot_be_followed_stay_and_so_do_all_that_come() {
    for rest in [
        "x:T1b,https://origin.example.com/",
        "0:1\\n\\n1:T1b,https://origin.example.com/",
        "1:\\\"\\x https://origin.example.com/",
        "1:\\\"\\ud83d https://origin.example.com/",
        "1:\\\"\n https://origin.example.com/",
        "1:T30,\\ude00 https://origin.example.com/",
        "1:T30,x https://origin.example.com/\\x",
        "1:T1,é https://origin.example.com/",
        "1:T1,\\u00e9 https://origin.example.com/",
        "\\u0031:\\\"https://origin.example.com/\\\"",
        "1:\\\"<!-- https://origin.example.com/",
    ] {
        for end in [
            "",
            "\"])</script>",
            "\"])</script><script>self.__next_f.push([1,\"2:T1b,https://origin.example.com/",
        ] {
            let body = format!("<script>self.__next_f.push([1,\"{rest}{end}");
            check(HTML, LIMIT, &[(&body, &body)]);
        }
        let page = |url: &str| {
            format!(
                "<i>{url}</i><script>self.__next_f.push([1,\"{rest}\"])</script><i>{url}</i>\
                 <script>x='{url}'</script>"
            )
        };
        let (input, output) = (
            page("https://origin.example.com/"),
            page("https://w.example/"),
        );
        if !rest.contains("<!--") {
            check(HTML, LIMIT, &[(&input, &output)]);
        }
    }
    let body = "<script>self.__next_f.push([3,\"&https://origin.example.com/";
    let got = show(&mapped(HTML, "w.example", LIMIT, body.as_bytes()));
    assert!(
        got.starts_with("<script>self.__next_f.push([3,\"&"),
        "{got}"
    );
}

/// A page of `rsc-html-stream`, which pushes these expressions.
fn data(pushes: &[&str]) -> String {
    let mut page = "<!DOCTYPE html><a href=https://origin.example.com/>".to_owned();
    for push in pushes {
        page += &format!("<script>(self.__FLIGHT_DATA||=[]).push({push})</script>");
    }
    page
}

#[test]
fn rows_of_rsc_html_stream_are_mapped_and_counted() {
    for (input, output) in [
        (
            &[
                r#""1:T1b,https://origin.example.com/2:[\"$1\",\"https://origin.example.com/b\"]\n""#,
            ][..],
            &[r#""1:T12,https://w.example/2:[\"$1\",\"https://w.example/b\"]\n""#][..],
        ),
        // What ends the script is escaped, all else is not.
        (
            &[r#""1:T33,<b><\!--</b><\/script></p>https://origin.example.com/2:T2,é3:\"<\"\n""#],
            &[r#""1:T2a,<b><\!--</b><\/script></p>https://w.example/2:T2,é3:\"<\"\n""#],
        ),
        (
            &[
                r#""1:T1b,https://orig""#,
                r#""in.example.com/2:\"<\/Script>\"\n""#,
            ],
            &[r#""""#, r#""1:T12,https://w.example/2:\"<\/Script>\"\n""#],
        ),
        // 1:o3, with \xff\n\xfe.
        (
            &[
                r#""0:1\n""#,
                r#"Uint8Array.from(atob("MTpvMyz/Cv4="), m => m.codePointAt(0))"#,
                r#""2:T1b,https://origin.example.com/""#,
            ],
            &[
                r#""0:1\n""#,
                r#"Uint8Array.from(atob("MTpvMyz/Cv4="), m => m.codePointAt(0))"#,
                r#""2:T12,https://w.example/""#,
            ],
        ),
        // The end of a text, and the beginning of a binary row.
        (
            &[
                r#""2:T1d,https://origin.example.com/""#,
                r#"Uint8Array.from(atob("w7wxOm8zLP8="), m => m.codePointAt(0))"#,
                r#""ab2:T1b,https://origin.example.com/""#,
            ],
            &[
                r#""""#,
                r#"((self.__FLIGHT_DATA||=[]).push("2:T1d,https://origin.example.com/"),Uint8Array).from(atob("w7wxOm8zLP8="), m => m.codePointAt(0))"#,
                r#""ab2:T12,https://w.example/""#,
            ],
        ),
    ] {
        let output = data(output).replace("=https://origin.example.com/", "=https://w.example/");
        check(HTML, LIMIT, &[(&data(input), &output)]);
    }
    let cut = data(&[r#""1:T1c,https://origin.example.com/""#]);
    let expected = format!(
        "{}<script>(self.__FLIGHT_DATA||=[]).push(\"1:T13,https://w.example/\")</script>",
        data(&[r#""""#]).replace("origin.example.com", "w.example")
    );
    check(HTML, LIMIT, &[(&cut, &expected)]);
}

#[test]
fn a_call_may_make_the_array_that_it_pushes_to() {
    for callee in [
        "self.__next_f.push",
        "(self.__next_f=self.__next_f||[]).push",
        "(self.__next_f = self.__next_f || []).push",
        "(window.__next_f||=[]).push",
        "(self.__next_f??=[]).push",
        "(globalThis[\"x\"],self.__next_f=self.__next_f??[]).push",
    ] {
        let page = |row: &str| format!("<script>{callee}([1,\"{row}\"])</script>");
        let (input, output) = (
            page("1:T1b,https://origin.example.com/2:1\\n"),
            page("1:T12,https://w.example/2:1\\n"),
        );
        check(HTML, LIMIT, &[(&input, &output)]);
    }
    for callee in [
        "self.__FLIGHT_DATA.push",
        "(self.__FLIGHT_DATA||=[]).push",
        "(self.__FLIGHT_DATA=self.__FLIGHT_DATA||[]).push",
    ] {
        let page = |row: &str| format!("<script>{callee}(\"{row}\")</script>");
        let (input, output) = (
            page("1:T1b,https://origin.example.com/2:1\\n"),
            page("1:T12,https://w.example/2:1\\n"),
        );
        check(HTML, LIMIT, &[(&input, &output)]);
    }
}

#[test]
fn the_streams_of_a_page_are_apart() {
    let page = |text: &str, row: &str, url: &str| {
        format!(
            "<script>self.__next_f.push([1,\"{text}\"])</script>\
             <script>(self.__FLIGHT_DATA||=[]).push(\"1:\\\"{url}\\\"\\n\")</script>\
             <script>self.__next_f.push([1,\"{row}\"])</script>"
        )
    };
    check(
        HTML,
        LIMIT,
        &[(
            &page(
                "1:T1b,",
                "https://origin.example.com/",
                "//origin.example.com",
            ),
            &page("", "1:T12,https://w.example/", "//w.example"),
        )],
    );
}

#[test]
fn what_a_page_ends_in_is_not_lost() {
    for (body, end) in [
        ("<script>self.__next_f.push([1,\"1:\\\"https://orig", ""),
        ("<script>self.__next_f.push([1,\"1:\\\"\\u00", ""),
        ("<script>self.__next_f.push([1,\"1:T3,\\ud83d", ""),
        ("<script>self.__next_f.push([3,\"MTpvMyz/", ""),
        ("<script>self.__next_f.push([1,\"1:1\\n\"])</script>", ""),
    ] {
        check(HTML, LIMIT, &[(body, &format!("{body}{end}"))]);
    }
    check(
        HTML,
        LIMIT,
        &[(
            "<script>self.__next_f.push([1,\"1:T1c,https://origin.example.com/\"])</script></body></html>",
            "<script>self.__next_f.push([1,\"\"])</script></body></html>\
             <script>self.__next_f.push([1,\"1:T13,https://w.example/\"])</script>",
        )],
    );
}

#[test]
fn a_text_that_is_cut_off_with_the_page_is_mapped() {
    let page = "<script>self.__next_f.push([1,\"1:1\\n";
    for (end, expected) in [
        (
            "1:T1c,https://origin.example.com/",
            "1:T13,https://w.example/",
        ),
        (
            "1:T40,https://origin.example.com/\\u00",
            "1:T37,https://w.example/\\u00",
        ),
        ("1:T40,https:\\", "1:T40,https:\\"),
    ] {
        let [end, expected] = [end, expected].map(|end| format!("{page}{end}"));
        check(HTML, LIMIT, &[(&end, &expected)]);
    }
}

#[test]
fn a_page_in_another_charset_is_mapped_as_text() {
    let body = b"<script>self.__next_f.push([1,\"1:T1b,https://origin.example.com/\"])</script>";
    let got = stream(
        "text/html; charset=windows-1252",
        "w.example",
        LIMIT,
        [&body[..]],
    );
    assert_eq!(got, *urls().map_bytes(&super::public("w.example"), body));
}

#[test]
fn a_push_that_ends_between_a_backslash_and_a_slash_stays_a_string() {
    check_pushed(
        LIMIT,
        &[(
            &[r#"2:\"xhttps:\\/\\/origin.example.com\\"#, r#"/a\"\n"#],
            &[r#"2:\"xhttps:\\/\\/origin.example.com\\"#, r#"/a\"\n"#],
        )],
    );
}
