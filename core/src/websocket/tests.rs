//! Which messages are mapped, and that nothing else changes.

use http::{HeaderMap, HeaderValue, Request, header};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::frame::{Head, Opcode, mask};
use super::{EXTENSIONS, Frames, WebSocket, is_plain};
use crate::config::Config;
use crate::pipeline::{BLOCK, Transform};
use crate::site::Site;

const PUBLIC: &str = "https://www.example.com";
const ORIGIN: &str = "https://origin.example.com";
const KEY: [u8; 4] = [0x37, 0xfa, 0x21, 0x3d];
const ON: &str = "[map]\nwebsocket = true\n";

/// Returns what is mapped with a configuration, after a handshake of a page of this origin.
fn websocket(more: &str, page: &'static str) -> Option<WebSocket> {
    let text = format!("[origin]\nurl = '{ORIGIN}'\npublic = '{PUBLIC}'\n{more}");
    let config = Config::from_toml(&text, "test").expect("a configuration");
    let site = Site::new(&config).expect("a site");
    let mut request = Request::get(format!("{PUBLIC}/cable"))
        .body(())
        .expect("a request");
    let page = HeaderValue::from_static(page);
    request.headers_mut().insert(header::ORIGIN, page);
    let requested = PUBLIC.parse().expect("a URL");
    WebSocket::of(&request, site.view(Some(&requested), "/cable"), &config.map)
}

fn on() -> WebSocket {
    websocket(ON, PUBLIC).expect("a WebSocket that is mapped")
}

fn to_client() -> Frames {
    Frames::new(on().to_client)
}

fn to_origin() -> Frames {
    Frames::new(on().to_origin)
}

fn frame(opcode: Opcode, is_final: bool, key: Option<[u8; 4]>, payload: &[u8]) -> Vec<u8> {
    let head = Head {
        is_final,
        opcode,
        key,
        length: payload.len() as u64,
    };
    let mut bytes = Vec::new();
    head.write(&mut bytes);
    let mut payload = payload.to_vec();
    mask(&mut payload, key);
    bytes.append(&mut payload);
    bytes
}

fn text(payload: &str) -> Vec<u8> {
    frame(Opcode::Text, true, None, payload.as_bytes())
}

/// Runs the stage over input in pieces, as an adapter does.
fn run<'a>(mut stage: Frames, pieces: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut whole = Vec::new();
    for mut piece in pieces {
        loop {
            let mut out = Vec::new();
            stage.push(&mut piece, &mut out).expect("it never fails");
            whole.append(&mut out.clone());
            if out.len() < BLOCK {
                assert!(piece.is_empty());
                break;
            }
        }
    }
    stage.finish(&mut whole).expect("it never fails");
    whole
}

#[test]
fn the_configuration_and_the_handshake_decide_what_is_mapped() {
    for (config, page, expected) in [
        ("", PUBLIC, None),
        ("[map]\nwebsocket = false", PUBLIC, None),
        (ON, PUBLIC, Some(true)),
        (ON, "https://elsewhere.test", Some(false)),
        ("[map]\nwebsocket = true\nback = false", PUBLIC, Some(false)),
        (
            "[map]\nwebsocket = true\nscope = 'attributes'",
            PUBLIC,
            None,
        ),
        ("[map]\nwebsocket = true\nexcept = ['/cable']", PUBLIC, None),
        (
            "identity = 'forwarded'\n[map]\nwebsocket = true",
            PUBLIC,
            Some(false),
        ),
    ] {
        let websocket = websocket(config, page);
        let mapped = websocket.map(|websocket| {
            assert!(websocket.to_client.is_mapped(), "{config}");
            websocket.to_origin.is_mapped()
        });
        assert_eq!(mapped, expected, "{config} {page}");
    }
}

#[test]
fn only_a_websocket_without_extensions_is_plain() {
    for (upgrade, extensions, expected) in [
        (Some("websocket"), None, true),
        (Some("WebSocket"), None, true),
        (Some("websocket"), Some("permessage-deflate"), false),
        (Some("exotic/1, websocket"), None, false),
        (Some("exotic/1"), None, false),
        (None, None, false),
    ] {
        let mut head = HeaderMap::new();
        for (name, value) in [(header::UPGRADE, upgrade), (EXTENSIONS, extensions)] {
            if let Some(value) = value {
                head.insert(name, HeaderValue::from_static(value));
            }
        }
        assert_eq!(is_plain(&head), expected, "{upgrade:?} {extensions:?}");
    }
}

#[test]
fn a_text_is_mapped_in_each_direction() {
    let sent = r#"{"a":"<a href=\"https:\/\/origin.example.com\/\">","b":"//origin.example.com/"}"#;
    let seen = sent.replace("origin.example", "www.example");
    let mut on = on();
    assert_eq!(on.to_client.map(sent), Some(seen.clone()));
    assert_eq!(on.to_origin.map(&seen), Some(sent.to_owned()));
    assert_eq!(on.to_client.map("nothing"), None);
    assert_eq!(run(to_client(), [&text(sent)[..]]), text(&seen));
    let masked = |text: &str| frame(Opcode::Text, true, Some(KEY), text.as_bytes());
    assert_eq!(run(to_origin(), [&masked(&seen)[..]]), masked(sent));
}

#[test]
fn a_name_whose_value_stays_does_so_in_a_message() {
    let sent = r#"{"redirect_uri":"https://www.example.com/a","url":"https://www.example.com/b"}"#;
    let mapped =
        r#"{"redirect_uri":"https://www.example.com/a","url":"https://origin.example.com/b"}"#;
    assert_eq!(on().to_origin.map(sent), Some(mapped.to_owned()));
}

#[test]
fn a_fragmented_text_becomes_one_frame_and_control_frames_overtake_it() {
    let url = "é https://origin.example.com/".as_bytes();
    let ping = frame(Opcode::Ping, true, None, b"are you there?");
    let sent = [
        frame(Opcode::Text, false, None, &url[..1]),
        frame(Opcode::Continuation, false, None, &url[1..15]),
        ping.clone(),
        frame(Opcode::Continuation, false, None, b""),
        frame(Opcode::Continuation, true, None, &url[15..]),
    ];
    let expected = [ping, text("é https://www.example.com/")].concat();
    assert_eq!(run(to_client(), [&sent.concat()[..]]), expected);
}

#[test]
fn a_text_over_the_limit_goes_on_as_it_comes() {
    let config = "[map]\nwebsocket = true\nwebsocket_limit = 28\n";
    let stage = || {
        let websocket = websocket(config, PUBLIC).expect("a WebSocket that is mapped");
        Frames::new(websocket.to_client)
    };
    let fits = "https://origin.example.com/a";
    let mapped = text("https://www.example.com/a");
    let over = text("https://origin.example.com/ab");
    let fragments = [
        frame(Opcode::Text, false, None, &fits.as_bytes()[..20]),
        frame(Opcode::Continuation, false, None, b"in.example.com/a"),
        frame(Opcode::Continuation, true, None, b"!"),
    ];
    let sent = [over.clone(), text(fits), fragments.concat(), text(fits)].concat();
    let expected = [over, mapped.clone(), fragments.concat(), mapped].concat();
    assert_eq!(run(stage(), [&sent[..]]), expected);

    let mut stage = stage();
    let mut out = Vec::new();
    let start = frame(Opcode::Text, false, None, &[b'a'; 29]);
    stage.push(&mut &start[..10], &mut out).expect("a piece");
    assert_eq!(out, &start[..10], "nothing of it is held");

    let mut websocket = websocket(config, PUBLIC).expect("a WebSocket that is mapped");
    assert!(websocket.to_client.map(fits).is_some());
    assert!(websocket.to_client.map(&format!("{fits}b")).is_none());
}

#[test]
fn the_heads_of_what_is_held_are_bounded() {
    let mut stage = to_client();
    let mut input = frame(Opcode::Text, false, None, b"");
    let empty = frame(Opcode::Continuation, false, None, b"");
    input.extend(empty.iter().cycle().take(4 * 1024 * 1024));
    let mut out = Vec::new();
    for mut piece in input.chunks(BLOCK / 2) {
        let mut sent = Vec::new();
        stage.push(&mut piece, &mut sent).expect("a piece");
        out.append(&mut sent);
    }
    let held = input.len().saturating_sub(out.len());
    assert!(held <= 1024 * 1024 && input.starts_with(&out), "{held}");
}

#[test]
fn what_cannot_be_mapped_goes_on_as_it_came() {
    let url = text("https://origin.example.com/");
    let mapped = text("https://www.example.com/");
    let close = frame(Opcode::Close, true, None, b"\x03\xe8bye");
    for sent in [
        frame(Opcode::Binary, true, None, ORIGIN.as_bytes()),
        frame(
            Opcode::Text,
            true,
            None,
            b"\xff https://origin.example.com/",
        ),
        text("MESSAGE\ncontent-length:27\n\nhttps://origin.example.com/\0"),
        text("27|https://origin.example.com/"),
        text(""),
        frame(Opcode::Pong, true, None, ORIGIN.as_bytes()),
    ] {
        let input = [&sent[..], &url].concat();
        let expected = [&sent[..], &mapped].concat();
        assert_eq!(run(to_client(), [&input[..]]), expected, "{sent:?}");
    }
    // Behind these, nothing is read any more.
    let open = frame(Opcode::Text, false, None, b"https://");
    for last in [
        close.clone(),
        [&open[..], &close].concat(),
        [&open[..], &url].concat(),
        frame(Opcode::Continuation, true, None, b"x"),
        vec![0xc1, 0x01],
        vec![0x83, 0x00],
        vec![0x09, 0x00],
        vec![0x89, 0x7e, 0x00, 0x7e],
        vec![0x81, 0x7e, 0x00, 0x01],
        [&[0x81, 0x7f, 0x80][..], &[0; 7]].concat(),
        [&open[..], b"\xff\xff"].concat(),
    ] {
        let sent = [&last[..], &url].concat();
        assert_eq!(run(to_client(), [&sent[..]]), sent, "{last:?}");
    }
}

#[test]
fn an_end_within_a_message_loses_nothing() {
    let sent = [text("https://origin.example.com/"), text("second")].concat();
    for end in 0..sent.len() {
        let out = run(to_client(), [&sent[..end]]);
        if end < 29 {
            assert_eq!(out, &sent[..end]);
        }
    }
}

/// Returns one frame, which need not be valid where it stands.
fn any_frame(texts: &'static [&'static str]) -> impl Strategy<Value = Vec<u8>> {
    let opcode = select(&[
        Opcode::Text,
        Opcode::Text,
        Opcode::Continuation,
        Opcode::Continuation,
        Opcode::Binary,
        Opcode::Ping,
        Opcode::Close,
    ]);
    let payload = vec(select(texts), 0..12).prop_map(|texts| texts.concat());
    (
        opcode,
        any::<bool>(),
        proptest::option::of(any::<[u8; 4]>()),
        payload,
    )
        .prop_map(|(opcode, is_final, key, payload)| {
            let payload = payload.as_bytes();
            let payload = match opcode.is_control() {
                true => payload.get(..125).unwrap_or(payload),
                false => payload,
            };
            frame(opcode, is_final || opcode.is_control(), key, payload)
        })
}

const MAPPED: &[&str] = &[
    "https://origin.example.com/",
    "https:\\/\\/origin.example",
    ".com",
    "é",
    "\"",
    "x",
];
const UNMAPPED: &[&str] = &["https://elsewhere.test/", "é", "\"", "x", "origin"];

/// Returns a byte with which neither a ping nor a pong starts.
fn no_ping() -> impl Strategy<Value = u8> {
    any::<u8>().prop_filter("a ping or a pong", |byte| !matches!(byte, 0x89 | 0x8a))
}

/// Cuts bytes at these places.
fn cut<'a>(bytes: &'a [u8], at: &[Index]) -> Vec<&'a [u8]> {
    let mut at: Vec<usize> = at.iter().map(|at| at.index(bytes.len() + 1)).collect();
    at.sort_unstable();
    at.insert(0, 0);
    at.push(bytes.len());
    at.windows(2).map(|ends| &bytes[ends[0]..ends[1]]).collect()
}

proptest! {
    #[test]
    fn how_the_input_is_cut_never_changes_the_output(
        frames in vec(any_frame(MAPPED), 0..12),
        noise in vec(any::<u8>(), 0..4),
        at in vec(any::<Index>(), 0..12),
    ) {
        let sent = [frames.concat(), noise].concat();
        let whole = run(to_client(), [&sent[..]]);
        prop_assert_eq!(&run(to_client(), cut(&sent, &at)), &whole);
        prop_assert_eq!(&run(to_client(), sent.chunks(1)), &whole);
    }

    #[test]
    fn what_is_not_mapped_stays_byte_for_byte(
        frames in vec(any_frame(UNMAPPED), 0..12),
        noise in vec(no_ping(), 0..20),
        at in vec(any::<Index>(), 0..12),
    ) {
        // Only pings and pongs may change their place.
        let is_ping = |frame: &Vec<u8>| frame[0] == 0x89;
        let frames: Vec<_> = frames.into_iter().filter(|frame| !is_ping(frame)).collect();
        let sent = [frames.concat(), noise].concat();
        prop_assert_eq!(&run(to_client(), cut(&sent, &at)), &sent);
    }

    #[test]
    fn a_direction_that_is_not_mapped_stays_as_it_is(
        sent in vec(any::<u8>(), 0..200),
        at in vec(any::<Index>(), 0..12),
    ) {
        let off = websocket("[map]\nwebsocket = true\nback = false", PUBLIC);
        let stage = Frames::new(off.expect("a WebSocket that is mapped").to_origin);
        prop_assert_eq!(&run(stage, cut(&sent, &at)), &sent);
    }

    #[test]
    fn a_text_is_mapped_alike_however_it_is_fragmented(
        texts in vec(select(MAPPED), 0..12),
        at in vec(any::<Index>(), 0..5),
        key in any::<[u8; 4]>(),
    ) {
        let whole = texts.concat();
        let pieces = cut(whole.as_bytes(), &at);
        let sent = pieces.iter().enumerate().map(|(number, piece)| {
            let opcode = if number == 0 { Opcode::Text } else { Opcode::Continuation };
            frame(opcode, number + 1 == pieces.len(), Some(key), piece)
        });
        let sent = sent.collect::<Vec<_>>().concat();
        let expected = match on().to_client.map(&whole) {
            Some(mapped) => frame(Opcode::Text, true, Some(key), mapped.as_bytes()),
            None => sent.clone(),
        };
        prop_assert_eq!(run(to_client(), [&sent[..]]), expected);
    }
}
