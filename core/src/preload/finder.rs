//! Finds the resources of a page as it is read.

use std::borrow::Cow;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lol_html::errors::RewritingError;
use lol_html::html_content::EndTag;
use lol_html::send::{Element, ElementContentHandlers, HtmlRewriter, Settings};
use lol_html::{HandlerResult, MemorySettings, Selector};

use super::resource::{MAX_LINKS, Preload};

/// The memory limit for parsing, in bytes.
pub(crate) const MEMORY_LIMIT: usize = 256 * 1024;

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    /// What holds back the first paint: the style sheets and the blocking scripts of the head.
    Blocking,
    /// These, what the head preloads by itself, and the hero image: the first one that the page
    /// calls important.
    Early,
}

/// Reads a page up to what ends the search.
pub(crate) struct Finder {
    parser: HtmlRewriter<'static, fn(&[u8])>,
    found: Arc<Mutex<Found>>,
}

#[derive(Default)]
struct Found {
    in_head: Vec<Preload>,
    hero: Option<Preload>,
    has_base: bool,
    /// The numbers of open elements of these names. What is in a `template` is no part of the
    /// document, and an image in a `picture` has other URLs.
    templates: usize,
    pictures: usize,
    is_behind_head: bool,
    is_complete: bool,
}

impl Finder {
    pub(crate) fn new(wanted: Wanted) -> Result<Self, RewritingError> {
        let found = Arc::new(Mutex::new(Found::default()));
        let shared = Arc::clone(&found);
        let every: Selector = "*"
            .parse()
            .map_err(|error| RewritingError::ContentHandlerError(Box::new(error)))?;
        let handler = move |element: &mut Element<'_, '_>| Found::meet(&shared, wanted, element);
        let settings = Settings::new_send()
            .with_strict(false)
            .with_memory_settings(MemorySettings::new().with_max_allowed_memory_usage(MEMORY_LIMIT))
            .append_element_content_handler((
                Cow::Owned(every),
                ElementContentHandlers::default().element(handler),
            ));
        Ok(Self {
            parser: HtmlRewriter::new(settings, |_| {}),
            found,
        })
    }

    /// Reads the next bytes of the page. Returns the resources once nothing behind them is looked
    /// for. The finder must not be used afterwards, nor after an error.
    ///
    /// # Errors
    /// Returns the error of the parser, whose memory is limited.
    pub(crate) fn read(&mut self, bytes: &[u8]) -> Result<Option<Vec<Preload>>, RewritingError> {
        match self.parser.write(bytes) {
            Ok(()) => Ok(None),
            Err(_) if lock(&self.found).is_complete => Ok(Some(self.found())),
            Err(error) => Err(error),
        }
    }

    /// Returns the resources that were found, in the order of the document, eight at most. If there
    /// is a hero image, it is one of them.
    pub(crate) fn found(&self) -> Vec<Preload> {
        let found = lock(&self.found);
        // A relative URL in a field is relative to the document's own URL, not to its `base`.
        let fits = |preload: &&Preload| !found.has_base || preload.is_absolute();
        let hero = found.hero.iter().find(fits);
        let most = MAX_LINKS.saturating_sub(usize::from(hero.is_some()));
        let mut all: Vec<Preload> = Vec::new();
        for preload in found.in_head.iter().filter(fits) {
            if all.len() < most && !all.iter().any(|known| known.has_the_url_of(preload)) {
                all.push(preload.clone());
            }
        }
        all.extend(
            hero.filter(|hero| !all.iter().any(|known| known.has_the_url_of(hero)))
                .cloned(),
        );
        all
    }
}

impl Found {
    fn meet(
        shared: &Arc<Mutex<Self>>,
        wanted: Wanted,
        element: &mut Element<'_, '_>,
    ) -> HandlerResult {
        let mut found = lock(shared);
        match element.tag_name().as_str() {
            "base" => found.has_base |= element.has_attribute("href"),
            "template" => {
                let ends = Self::at_end(shared, element, |found| &mut found.templates);
                found.templates = found.templates.saturating_add(ends);
            }
            _ if found.templates > 0 => {}
            "link" if !found.is_behind_head => {
                let mut preload = Preload::of_style_sheet(element);
                if wanted == Wanted::Early {
                    preload = preload.or_else(|| Preload::of_preload(element));
                }
                found.keep(preload);
            }
            "script" if !found.is_behind_head => found.keep(Preload::of_script(element)),
            "html" | "head" | "basefont" | "bgsound" | "link" | "meta" | "title" | "noscript"
            | "noframes" | "script" | "style" => {}
            // The body has begun.
            _ if wanted == Wanted::Blocking => {
                found.is_complete = true;
                return Err("the head has ended".into());
            }
            name => {
                found.is_behind_head = true;
                if name == "picture" {
                    let ends = Self::at_end(shared, element, |found| &mut found.pictures);
                    found.pictures = found.pictures.saturating_add(ends);
                } else if name == "img" && found.pictures == 0 {
                    found.hero = Preload::of_hero(element);
                    if found.hero.is_some() {
                        found.is_complete = true;
                        return Err("the hero image is found".into());
                    }
                }
            }
        }
        Ok(())
    }

    /// Counts an element out at its end tag. Returns by how much it is to be counted in.
    fn at_end(
        shared: &Arc<Mutex<Self>>,
        element: &mut Element<'_, '_>,
        count: fn(&mut Self) -> &mut usize,
    ) -> usize {
        let shared = Arc::clone(shared);
        let counted = element.on_end_tag(Box::new(move |_: &mut EndTag<'_>| {
            let mut found = lock(&shared);
            let count = count(&mut found);
            *count = count.saturating_sub(1);
            Ok(())
        }));
        usize::from(counted.is_ok())
    }

    fn keep(&mut self, preload: Option<Preload>) {
        // More than this many are not announced, but one that comes twice is announced once.
        let room = 4 * MAX_LINKS;
        self.in_head
            .extend(preload.filter(|_| self.in_head.len() < room));
    }
}

fn lock(found: &Mutex<Found>) -> MutexGuard<'_, Found> {
    found.lock().unwrap_or_else(PoisonError::into_inner)
}
