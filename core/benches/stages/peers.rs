//! What does less than the gate with the same bytes.

use bytes::Bytes;
use lol_html::html_content::ContentType;
use lol_html::{HtmlRewriter, Settings, element};
use memchr::memmem;
use streamgate::Pipeline;
use streamgate::internals::{Coding, decode, encode};

use crate::cases::Fault;
use crate::pages::{PUBLIC, TAG};
use crate::site::chunks;

/// The attributes that a careful engineer would think of.
const SELECTORS: [(&str, &str); 8] = [
    ("a[href]", "href"),
    ("link[href]", "href"),
    ("img[src]", "src"),
    ("img[srcset]", "srcset"),
    ("source[srcset]", "srcset"),
    ("script[src]", "src"),
    ("iframe[src]", "src"),
    ("form[action]", "action"),
];

/// Replaces one string.
pub(crate) fn replace(page: &[u8], from: &memmem::Finder<'_>) -> Vec<u8> {
    let mut out = Vec::with_capacity(page.len());
    let mut done = 0;
    for at in from.find_iter(page) {
        out.extend_from_slice(&page[done..at]);
        out.extend_from_slice(PUBLIC.as_bytes());
        done = at + from.needle().len();
    }
    out.extend_from_slice(&page[done..]);
    out
}

/// Replaces the origin in attributes by lol_html, and injects an element into `head`.
pub(crate) fn lol_html(page: &Bytes, origin: &str) -> Result<usize, Fault> {
    let mut settings = Settings::new().append_element_content_handler(element!("head", |head| {
        head.prepend(TAG, ContentType::Html);
        Ok(())
    }));
    for (selector, attribute) in SELECTORS {
        let handler = element!(selector, move |element| {
            let value = element.get_attribute(attribute);
            if let Some(value) = value.filter(|value| value.contains(origin)) {
                element.set_attribute(attribute, &value.replace(origin, PUBLIC))?;
            }
            Ok(())
        });
        settings = settings.append_element_content_handler(handler);
    }
    let mut length = 0;
    let mut rewriter = HtmlRewriter::new(settings, |chunk: &[u8]| length += chunk.len());
    for chunk in chunks(page) {
        rewriter.write(&chunk)?;
    }
    rewriter.end()?;
    Ok(length)
}

/// Decodes and encodes again, at the gate's own level.
pub(crate) fn recode(coded: &Bytes, coding: Coding) -> Result<usize, Fault> {
    let encoder = encode::encoder(coding).ok_or("there is no such encoder")?;
    let pipeline = Pipeline::new(vec![decode::decoder(coding), encoder]);
    Ok(pipeline.run_to_vec(coded)?.len())
}
