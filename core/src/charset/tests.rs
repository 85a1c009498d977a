//! What decides the charset, and that no cut between chunks changes it.

use std::sync::{Arc, Mutex};

use encoding_rs::{
    BIG5, Encoding, GBK, ISO_2022_JP, REPLACEMENT, SHIFT_JIS, UTF_8, UTF_16BE, UTF_16LE,
    WINDOWS_1252,
};
use proptest::prelude::*;

use super::{Declaration, sniff};
use crate::media_type::Charset;
use crate::pipeline::{Course, Deferred, Pipeline, Transform, TransformError};

fn html(page: &[u8]) -> Charset {
    sniff(page, Charset::Unstated, Declaration::Html, true).expect("the page is whole")
}

fn known(encoding: &'static Encoding) -> Charset {
    Charset::Known(encoding)
}

#[test]
fn a_page_declares_its_charset_in_a_meta_element() {
    for (page, expected) in [
        ("<meta charset=shift_jis>", Some(SHIFT_JIS)),
        ("<META CharSet = 'GB2312' >", Some(GBK)),
        ("<meta/charset=\"big5\"/>", Some(BIG5)),
        (
            "<!doctype html><html lang='>'><head><title>x</title><meta charset=big5>",
            Some(BIG5),
        ),
        (
            "<meta http-equiv=Content-Type content='text/html; charset=windows-1252'>",
            Some(WINDOWS_1252),
        ),
        (
            "<meta content='text/html;CHARSET = \"Big5\" ; x' http-equiv=content-type>",
            Some(BIG5),
        ),
        (
            "<meta content='charset charset=big5;' http-equiv=content-type>",
            Some(BIG5),
        ),
        ("<meta content='text/html; charset=big5'>", None),
        (
            "<meta http-equiv=refresh content='text/html; charset=big5'>",
            None,
        ),
        (
            "<meta http-equiv=content-type content='charset=\"big5'>",
            None,
        ),
        ("<meta charset=utf-7><meta charset=big5>", Some(BIG5)),
        ("<meta charset=none-such>", None),
        ("<meta charset=big5 charset=gbk>", Some(BIG5)),
        ("<meta charset=utf-16>", Some(UTF_8)),
        ("<meta charset=x-user-defined>", Some(WINDOWS_1252)),
        ("<meta charset=iso-2022-jp>", Some(ISO_2022_JP)),
        ("<meta charset=hz-gb-2312>", Some(REPLACEMENT)),
        ("<!-- <meta charset=gbk> --><meta charset=big5>", Some(BIG5)),
        ("<!--><meta charset=gbk> -->", Some(GBK)),
        (
            "<link title='<meta charset=gbk>'><meta charset=big5>",
            Some(BIG5),
        ),
        ("</x y='<meta charset=gbk>'><meta charset=big5>", Some(BIG5)),
        ("<? <meta charset=gbk><meta charset=big5>", Some(BIG5)),
        ("<metadata charset=gbk>", None),
        ("<1<meta charset=big5>", None),
        ("<meta charset=big5", None),
        ("<meta charset='big5", None),
        ("<p><meta charset=big5>", None),
        ("<head></head><meta charset=big5>", None),
        ("<script>'<p>'</script><meta charset=big5>", Some(BIG5)),
        ("<?xml version='1.0' encoding='gbk'?><html>", Some(GBK)),
        ("<?xml encoding='gbk'?><meta charset=big5>", Some(BIG5)),
        ("<p>no word of it", None),
        ("", None),
    ] {
        assert_eq!(
            html(page.as_bytes()),
            expected.map_or(Charset::Unstated, known),
            "{page}"
        );
    }
}

#[test]
fn a_declaration_counts_within_the_first_1024_bytes() {
    let tag = "<meta charset=big5>";
    for (length, expected) in [(1024, known(BIG5)), (1025, Charset::Unstated)] {
        let page = format!("{}{tag}", " ".repeat(length - tag.len()));
        assert_eq!(page.len(), length);
        assert_eq!(html(page.as_bytes()), expected);
    }
}

#[test]
fn a_byte_order_mark_outdoes_the_head_and_the_head_outdoes_the_page() {
    for (start, expected) in [
        (&b"\xEF\xBB\xBF<meta charset=gbk>"[..], UTF_8),
        (b"\xFE\xFF\0<", UTF_16BE),
        (b"\xFF\xFE<\0", UTF_16LE),
        (b"\xFF\xFD", BIG5),
        (b"\xEF\xBB", BIG5),
        (b"<meta charset=gbk>", BIG5),
        (b"<\0?\0x\0", BIG5),
        (b"", BIG5),
    ] {
        for declaration in [Declaration::Html, Declaration::Xml, Declaration::None] {
            let charset = sniff(start, known(BIG5), declaration, true);
            assert_eq!(charset, Some(known(expected)), "{start:?}");
        }
    }
}

#[test]
fn xml_is_in_what_its_declaration_says_or_in_utf_8() {
    for (start, expected) in [
        (
            &b"<?xml version=\"1.0\" encoding=\"Shift_JIS\" ?><a/>"[..],
            SHIFT_JIS,
        ),
        (b"<?xml version='1.0' encoding = 'big5'?>", BIG5),
        (b"<?xml version='1.0'?><a encoding='big5'/>", UTF_8),
        (b"<?xml encoding='big 5'?>", UTF_8),
        (b"<?xml encoding=big5?>", UTF_8),
        (b"<?xml encoding='utf-16'?>", UTF_8),
        (b"<html><meta charset='big5'/>", UTF_8),
        (b"<\0?\0x\0m\0l\0", UTF_16LE),
        (b"\0<\0?\0x\0m\0l", UTF_16BE),
        (b"<?xml encoding='big5'", UTF_8),
        (b"", UTF_8),
    ] {
        let charset = sniff(start, Charset::Unstated, Declaration::Xml, true);
        assert_eq!(charset, Some(known(expected)), "{start:?}");
    }
}

#[test]
fn no_more_is_held_back_than_it_takes() {
    let stated = known(UTF_8);
    for (start, charset, declaration, decided) in [
        (&b"<"[..], stated, Declaration::Html, true),
        (b"\xEF\xBB", stated, Declaration::Html, false),
        (b"\xFF", stated, Declaration::None, false),
        (b"\xFFx", stated, Declaration::None, true),
        (b"{", Charset::Unstated, Declaration::None, true),
        (
            b"<!doctype html><meta charset=utf-8>",
            Charset::Unstated,
            Declaration::Html,
            true,
        ),
        (
            b"<!doctype html><p>text",
            Charset::Unstated,
            Declaration::Html,
            true,
        ),
        (
            b"<!doctype html><title>text</title><scr",
            Charset::Unstated,
            Declaration::Html,
            false,
        ),
        (b"<rss>", Charset::Unstated, Declaration::Xml, true),
        (b"<?x", Charset::Unstated, Declaration::Xml, false),
        (
            b"<?xml version='1.0'",
            Charset::Unstated,
            Declaration::Xml,
            false,
        ),
        (
            b"<?xml version='1.0'?>",
            Charset::Unstated,
            Declaration::Xml,
            true,
        ),
        (b"<?xsl ", Charset::Unstated, Declaration::Xml, true),
    ] {
        let now = sniff(start, charset, declaration, false);
        assert_eq!(now.is_some(), decided, "{start:?}");
    }
}

/// A stage that marks the beginning of its input, and its end.
struct Marked(Option<&'static str>);

impl Transform for Marked {
    fn push(&mut self, input: &mut &[u8], out: &mut Vec<u8>) -> Result<(), TransformError> {
        if let Some(name) = self.0.take() {
            out.extend_from_slice(format!("[{name}]").as_bytes());
        }
        out.extend_from_slice(input);
        *input = &[];
        Ok(())
    }

    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), TransformError> {
        out.extend_from_slice(b"[end]");
        Ok(())
    }
}

fn stage(
    stated: Charset,
    declaration: Declaration,
    composed: Arc<Mutex<u32>>,
) -> Box<dyn Transform> {
    Box::new(Deferred::new(move |start, whole| {
        let charset = sniff(start, stated, declaration, whole)?;
        *composed.lock().expect("nothing panics") += 1;
        Some(if charset.is_ascii_superset() {
            Course::Through(vec![Box::new(Marked(Some(charset.encoding().name())))])
        } else {
            Course::Past
        })
    }))
}

fn run(input: &[u8], cuts: &[usize], stated: Charset, declaration: Declaration) -> Vec<u8> {
    let composed = Arc::default();
    let mut stage = stage(stated, declaration, Arc::clone(&composed));
    let (mut out, mut start) = (Vec::new(), 0);
    for end in cuts.iter().copied().chain([input.len()]) {
        let end = end.clamp(start, input.len());
        stage
            .push(&mut &input[start..end], &mut out)
            .expect("no input fails");
        stage.flush(&mut out).expect("no input fails");
        start = end;
    }
    stage.finish(&mut out).expect("no input fails");
    assert!(*composed.lock().expect("nothing panics") <= 1);
    out
}

#[test]
fn a_body_goes_through_the_stages_of_its_charset_or_past_all() {
    for (page, expected) in [
        (
            &b"<meta charset=gbk>a"[..],
            &b"[GBK]<meta charset=gbk>a[end]"[..],
        ),
        (b"<p>a", b"[UTF-8]<p>a[end]"),
        (b"", b"[end]"),
        (
            b"<meta charset=iso-2022-jp>a",
            b"<meta charset=iso-2022-jp>a",
        ),
        (b"\xFF\xFEa\0", b"\xFF\xFEa\0"),
    ] {
        let whole = run(page, &[], Charset::Unstated, Declaration::Html);
        assert_eq!(whole, expected);
    }
    let long = [&b"<meta charset=iso-2022-jp>"[..], &[b'a'; 500_000]].concat();
    let stages = vec![stage(Charset::Unstated, Declaration::Html, Arc::default())];
    assert!(
        Pipeline::new(stages)
            .run_to_vec(&long)
            .expect("no input fails")
            == long
    );
}

proptest! {
    #[test]
    fn no_cut_changes_which_charset_counts(
        tokens in proptest::collection::vec(proptest::sample::select(vec![
            "<meta ", "charset=", "gbk", "iso-2022-jp", "'", "\"", ">", "<!--", "-->", "http-equiv=content-type ",
            "content=", "text/html;", " ", "<p ", "/", "<?xml ", "encoding=", "\u{FEFF}", "=", "<", "x",
        ]), 0..40),
        cuts in proptest::collection::vec(0..200_usize, 0..6),
        marked in any::<bool>(),
        xml in any::<bool>(),
    ) {
        let mut page = if marked { b"\xFF".to_vec() } else { Vec::new() };
        page.extend_from_slice(tokens.concat().as_bytes());
        let mut cuts = cuts;
        cuts.sort_unstable();
        let declaration = if xml { Declaration::Xml } else { Declaration::Html };
        let whole = run(&page, &[], Charset::Unstated, declaration);
        prop_assert_eq!(&run(&page, &cuts, Charset::Unstated, declaration), &whole);
        let each: Vec<usize> = (0..page.len()).collect();
        prop_assert_eq!(run(&page, &each, Charset::Unstated, declaration), whole);
    }
}
