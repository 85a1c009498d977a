//! What a value may do in an attribute.

/// The kind of an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Its value is a text.
    Text,
    /// Its value is a URL.
    Url,
    /// Its value is the URL of what runs in the page, of which a value may say no more than query
    /// and fragment.
    Code,
}

/// The attributes of any element whose value is a text that means nothing else to a browser.
const TEXTS: &[&str] = &[
    "abbr",
    "accesskey",
    "alt",
    "class",
    "datetime",
    "dir",
    "for",
    "headers",
    "height",
    "hidden",
    "id",
    "itemid",
    "itemprop",
    "itemtype",
    "label",
    "lang",
    "list",
    "max",
    "maxlength",
    "min",
    "name",
    "nonce",
    "pattern",
    "placeholder",
    "property",
    "rows",
    "size",
    "step",
    "summary",
    "tabindex",
    "title",
    "translate",
    "value",
    "width",
    "xml:lang",
];

/// The attributes whose value is a URL.
const URLS: &[&str] = &[
    "action",
    "background",
    "cite",
    "data",
    "formaction",
    "href",
    "longdesc",
    "manifest",
    "poster",
    "src",
    "xlink:href",
];

/// Returns the kind of an attribute, both names in lower case. An element of `None` may be any.
///
/// # Errors
/// Returns why a value cannot stand there.
pub(super) fn kind(element: Option<&str>, name: &str) -> Result<Kind, String> {
    let is = |names: &[&str]| element.is_none_or(|element| names.contains(&element));
    let is_custom = element.is_some_and(|element| element.contains('-'));
    let is_open = name.starts_with("on") || matches!(name, "style" | "srcdoc" | "is" | "slot");
    if URLS.contains(&name) {
        return match name {
            "href" if element == Some("base") => Err("the attribute \"href\" of <base>".to_owned()),
            "src" | "data" if is(&["script", "embed", "object", "iframe", "frame"]) => {
                Ok(Kind::Code)
            }
            "href" | "xlink:href" if is(&["base", "link", "use", "script", "image"]) => {
                Ok(Kind::Code)
            }
            _ => Ok(Kind::Url),
        };
    }
    let is_text = TEXTS.contains(&name)
        || (name == "content" && element.is_none_or(|it| it == "meta"))
        || name.starts_with("data-")
        || name.starts_with("aria-")
        || (is_custom && !is_open);
    match is_text {
        true => Ok(Kind::Text),
        false => Err(format!("the attribute {name:?}")),
    }
}
