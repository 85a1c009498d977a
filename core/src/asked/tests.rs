use super::*;
use http::HeaderValue;
use std::num::NonZeroU32;

fn asked(target: &str, fields: &[(&'static str, &'static str)], needs: Needs) -> Asked {
    let mut request = Request::get(target).body(()).expect("a request");
    for (name, value) in fields {
        let value = HeaderValue::from_static(value);
        request.headers_mut().append(*name, value);
    }
    let fill = |bytes: &mut [u8]| {
        bytes.fill(1);
        true
    };
    Asked::new(&request, None, None, needs, || Some("de".to_owned()), fill)
}

#[test]
fn a_parameter_is_the_first_of_its_name_and_decoded() {
    let asked = asked("/a?x=1&y=a+b%C3%A9%ff&x=2&z&%7a=3", &[], Needs::default());
    for (name, expected) in [
        ("x", Some("1")),
        ("y", Some("a bé\u{FFFD}")),
        ("z", Some("")),
        ("w", None),
    ] {
        assert_eq!(asked.query(name).as_deref(), expected, "{name}");
    }
}

#[test]
fn a_cookie_is_the_first_of_its_name_in_whichever_line() {
    let fields = [
        ("cookie", "a=1; ab=2;a = 3"),
        ("cookie", "c=\"x=y\"; d; e="),
        ("x-list", "1"),
        ("x-list", "2"),
    ];
    let asked = asked("/", &fields, Needs::default());
    let mut depends = Depends::default();
    for (name, expected) in [
        ("a", Some("1")),
        ("ab", Some("2")),
        ("c", Some("\"x=y\"")),
        ("d", None),
        ("e", Some("")),
        ("A", None),
    ] {
        assert_eq!(
            asked.cookie(name, &mut depends).as_deref(),
            expected,
            "{name}"
        );
    }
    let list = asked.field(&HeaderName::from_static("x-list"), &mut depends);
    assert_eq!(list.as_deref(), Some("1, 2"));
}

#[test]
fn a_segment_is_counted_from_one_and_decoded() {
    let asked = asked("/shop//c%C3%A4p%2f/7?a=/b", &[], Needs::default());
    for (number, expected) in [
        (1, Some("shop")),
        (2, None),
        (3, Some("cäp/")),
        (4, Some("7")),
        (5, None),
    ] {
        let number = NonZeroU32::new(number).unwrap();
        assert_eq!(asked.segment(number).as_deref(), expected, "{number}");
    }
}

#[test]
fn only_what_is_needed_is_found_out() {
    let mut depends = Depends::default();
    let none = asked("/", &[], Needs::default());
    assert_eq!(none.country(&mut depends), None);
    assert_eq!(none.id(&mut depends), None);
    assert_eq!(none.bucket(&mut depends), None);
    let all = Needs {
        request: true,
        country: true,
        bucket: true,
        id: true,
    };
    let found = asked("/", &[("cookie", "streamgate_bucket=000042")], all);
    assert_eq!(found.country(&mut depends), Some("DE"));
    assert_eq!(found.bucket(&mut depends), Some(42));
    assert_eq!(found.id(&mut depends), Some("01".repeat(16).as_str()));
    for invalid in ["streamgate_bucket=42", "streamgate_bucket=-00042"] {
        let drawn = asked("/", &[("cookie", invalid)], all);
        let mut depends = Depends::default();
        assert!(drawn.bucket(&mut depends).is_some_and(|it| it < BUCKETS));
        let mut head = HeaderMap::new();
        depends.tell(&mut head);
        assert!(head.contains_key("set-cookie"), "{invalid}");
    }
}

#[test]
fn a_country_is_two_letters() {
    for (text, expected) in [
        ("de", Some("DE")),
        (" AT ", Some("AT")),
        ("T1", Some("T1")),
        ("XX", None),
        ("", None),
        ("Germany", None),
        ("É", None),
    ] {
        assert_eq!(country_code(text).as_deref(), expected, "{text}");
    }
}
