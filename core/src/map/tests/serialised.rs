//! Strings of serialised PHP.

use super::{check_default, check_untouched};

#[test]
fn a_url_whose_length_is_written_before_it_stays() {
    check_untouched(&[
        r#"s:26:"https://origin.example.com";"#,
        r#"s:18:"origin.example.com";"#,
        r#"a:1:{s:3:"url";s:28:"https://origin.example.com/a";}"#,
        r#"s:40:"at https://origin.example.com/a, and so on""#,
        r#"s:46:"at ";// //origin.example.com/ https://origin.example.com/""#,
        r#"{"state":"s:26:\"https://origin.example.com\";"}"#,
        r#"s:26:\\\"https:\\\/\\\/origin.example.com\\\";"#,
        "s:26:&quot;https://origin.example.com&quot;;",
        "s:26:&#34;https://origin.example.com&#34;;",
    ]);
}

#[test]
fn a_url_that_no_length_counts_is_mapped() {
    check_default(&[
        (
            r#"s:1:"a";"https://origin.example.com/""#,
            r#"s:1:"a";"https://www.example.org/""#,
        ),
        (
            r#"s:1:\"a\"; \"https://origin.example.com/\""#,
            r#"s:1:\"a\"; \"https://www.example.org/\""#,
        ),
        (
            r#"{s:"https://origin.example.com/"}"#,
            r#"{s:"https://www.example.org/"}"#,
        ),
        (
            r#"css:26:"https://origin.example.com""#,
            r#"css:26:"https://www.example.org""#,
        ),
        (
            r#"s:26:'https://origin.example.com'"#,
            r#"s:26:'https://www.example.org'"#,
        ),
        (
            r#"s:1234567890:"https://origin.example.com""#,
            r#"s:1234567890:"https://www.example.org""#,
        ),
    ]);
}
