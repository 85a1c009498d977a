//! Validators on their way to the origin and back.

use http::header::{
    ETAG, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LAST_MODIFIED, RANGE,
};

use super::*;

const NOW: u64 = 0x00ab_cdef_0123_4567;
const BEFORE: u64 = 7;
const DATE: &str = "Tue, 24 Nov 2026 14:15:03 GMT";

fn head(fields: &[(header::HeaderName, &str)]) -> HeaderMap {
    let mut head = HeaderMap::new();
    for (name, value) in fields {
        head.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    head
}

/// Returns the `ETag` that the client gets for a rewritten response with these fields.
fn etag_of(fields: &[(header::HeaderName, &str)], fingerprint: u64) -> String {
    let mut head = head(fields);
    derive(&mut head, fingerprint);
    head.get(ETAG).map_or_else(String::new, |value| {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    })
}

#[test]
fn a_derived_etag_is_weak_and_carries_the_fingerprint() {
    let table: [(&[_], &str); 8] = [
        (&[(ETAG, "\"abc\"")], "W/\"abc~sg00abcdef01234567s\""),
        (
            &[(ETAG, "W/\"abc\""), (LAST_MODIFIED, DATE)],
            "W/\"abc~sg00abcdef01234567w\"",
        ),
        (
            &[(LAST_MODIFIED, DATE)],
            "W/\"Tue,_24_Nov_2026_14:15:03_GMT~sg00abcdef01234567d\"",
        ),
        (&[], ""),
        (&[(ETAG, "abc")], ""),
        (
            &[(ETAG, "abc"), (LAST_MODIFIED, DATE)],
            "W/\"Tue,_24_Nov_2026_14:15:03_GMT~sg00abcdef01234567d\"",
        ),
        (&[(ETAG, "\"a\""), (ETAG, "\"b\"")], ""),
        (&[(LAST_MODIFIED, "\"")], ""),
    ];
    for (fields, etag) in table {
        assert_eq!(etag_of(fields, NOW), etag, "{fields:?}");
    }
}

#[test]
fn the_origin_gets_its_own_validator_back() {
    let table: [&[_]; 4] = [
        &[(ETAG, "\"abc\"")],
        &[(ETAG, "W/\"a,b c\"")],
        &[(ETAG, "\"caf\u{e9}\"")],
        &[(ETAG, "\"\"")],
    ];
    for fields in table {
        let mut request = head(&[(IF_NONE_MATCH, &etag_of(fields, NOW))]);
        let translation = translate(&mut request, NOW);
        assert_eq!(
            request.get(IF_NONE_MATCH),
            head(fields).get(ETAG),
            "{fields:?}"
        );
        let mut not_modified = head(fields);
        assert!(translation.confirm(&mut not_modified));
        assert_eq!(
            not_modified.get(ETAG).unwrap().as_bytes(),
            etag_of(fields, NOW).as_bytes()
        );
    }
}

#[test]
fn a_date_goes_back_as_if_modified_since() {
    let etag = etag_of(&[(LAST_MODIFIED, DATE)], NOW);
    let mut request = head(&[(IF_NONE_MATCH, &etag)]);
    let translation = translate(&mut request, NOW);
    assert!(!request.contains_key(IF_NONE_MATCH));
    assert_eq!(request.get(IF_MODIFIED_SINCE).unwrap(), DATE);
    let mut not_modified = HeaderMap::new();
    assert!(translation.confirm(&mut not_modified));
    assert_eq!(not_modified.get(ETAG).unwrap(), etag.as_str());
}

#[test]
fn after_a_change_of_rules_nothing_conditional_is_left() {
    for fields in [(ETAG, "\"abc\""), (LAST_MODIFIED, DATE)] {
        let mut request = head(&[
            (IF_NONE_MATCH, &etag_of(&[fields], BEFORE)),
            (IF_MODIFIED_SINCE, DATE),
        ]);
        let translation = translate(&mut request, NOW);
        assert!(request.is_empty(), "{request:?}");
        assert!(!translation.confirm(&mut HeaderMap::new()));
    }
}

#[test]
fn what_is_not_ours_is_left_alone() {
    for value in [
        "*",
        "\"abc\"",
        "W/\"abc\", \"d\"",
        "nonsense",
        "\"~sgs\"",
        "\"x~sg00abcdef0123456zs\"",
        "\"open",
    ] {
        let fields = [
            (IF_NONE_MATCH, value),
            (IF_MODIFIED_SINCE, DATE),
            (IF_MATCH, value),
            (IF_RANGE, value),
            (RANGE, "bytes=0-1"),
        ];
        let mut request = head(&fields);
        let translation = translate(&mut request, NOW);
        assert_eq!(request, head(&fields), "{value}");
        let mut not_modified = head(&[(ETAG, "\"abc\"")]);
        assert!(!translation.confirm(&mut not_modified));
        assert_eq!(not_modified.get(ETAG).unwrap(), "\"abc\"");
    }
}

#[test]
fn of_a_list_ours_are_translated_the_stale_dropped_and_others_kept() {
    let ours = etag_of(&[(ETAG, "\"a\"")], NOW);
    let stale = etag_of(&[(ETAG, "\"b\"")], BEFORE);
    let mut request = head(&[
        (IF_NONE_MATCH, &format!("{ours}, {stale}")),
        (IF_NONE_MATCH, "W/\"image\""),
    ]);
    let translation = translate(&mut request, NOW);
    assert_eq!(request.get(IF_NONE_MATCH).unwrap(), "\"a\", W/\"image\"");
    assert_eq!(translation.translated, [ours.as_str()]);
    for (etag, ours) in [("\"a\"", true), ("W/\"a\"", true), ("W/\"image\"", false)] {
        assert_eq!(
            translation.confirm(&mut head(&[(ETAG, etag)])),
            ours,
            "{etag}"
        );
    }
}

#[test]
fn if_match_names_the_origins_tag_whatever_the_rules() {
    let mut request = head(&[(IF_MATCH, &etag_of(&[(ETAG, "\"a\"")], BEFORE))]);
    translate(&mut request, NOW);
    assert_eq!(request.get(IF_MATCH).unwrap(), "\"a\"");
    let mut request = head(&[(IF_MATCH, &etag_of(&[(LAST_MODIFIED, DATE)], BEFORE))]);
    translate(&mut request, NOW);
    assert_eq!(request, head(&[(header::IF_UNMODIFIED_SINCE, DATE)]));
}

#[test]
fn a_range_conditional_on_a_rewritten_page_is_dropped() {
    let mut request = head(&[
        (IF_RANGE, &etag_of(&[(ETAG, "\"a\"")], NOW)),
        (RANGE, "bytes=0-1"),
    ]);
    translate(&mut request, NOW);
    assert!(request.is_empty());
}

#[test]
fn a_304_to_a_date_names_no_etag() {
    let mut request = head(&[(IF_MODIFIED_SINCE, DATE)]);
    let translation = translate(&mut request, NOW);
    assert_eq!(request, head(&[(IF_MODIFIED_SINCE, DATE)]));
    let mut not_modified = head(&[(ETAG, "\"abc\""), (LAST_MODIFIED, DATE)]);
    assert!(!translation.confirm(&mut not_modified));
    assert_eq!(not_modified, head(&[(LAST_MODIFIED, DATE)]));
}
