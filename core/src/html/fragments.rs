//! Where fragments belong in a page, found with lol_html.

use std::sync::Arc;

use lol_html::HandlerResult;
use lol_html::html_content::{Comment, EndTag};
use lol_html::send::{DocumentContentHandlers, Element, Settings};

use super::handlers::handle;
use super::inserted::{SeamOf, marking};
use super::progress::Shared;
use super::rule::{Rule, SelectorError};
use super::{charset, sink::Sink};
use crate::config::{FragmentConfig, Place, SeamConfig};
use crate::fragment::{Mark, Seams};
use crate::markup::reference;

/// The name of an include, as an end tag has it.
const INCLUDE: &str = "esi:include";

/// The fragments of a configuration, compiled. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct FragmentRules(Arc<[One]>);

struct One {
    config: FragmentConfig,
    seam: Option<Arc<Rule>>,
}

impl FragmentRules {
    /// Compiles the fragments: each selector is parsed here.
    ///
    /// # Errors
    /// [`SelectorError`], where lol_html does not take a selector.
    pub(crate) fn compile(fragments: &[FragmentConfig]) -> Result<Self, SelectorError> {
        let fragments = fragments.iter().enumerate().map(|(fragment, config)| {
            let seam = match &config.seam {
                SeamConfig::Element(select) => Some(Rule::of_fragment(
                    select,
                    config.place,
                    SeamOf {
                        fragment,
                        nonce: config.out_of_order,
                    },
                )?),
                SeamConfig::Comment(_) | SeamConfig::Include => None,
            };
            let config = config.clone();
            Ok(One { config, seam })
        });
        Ok(Self(fragments.collect::<Result<_, _>>()?))
    }

    /// Returns the places in the configuration of the fragments for HTML pages with this path.
    pub(crate) fn on_page(&self, path: &str) -> impl Iterator<Item = usize> {
        let fragments = self.0.iter().enumerate();
        fragments
            .filter(move |(_, one)| one.config.is_of(path))
            .map(|(fragment, _)| fragment)
    }

    /// Returns how the seams of a page with this path are found, which are told to `seams`.
    pub(crate) fn finding(&self, path: &str, seams: Seams) -> PageSeams {
        let mut found = PageSeams {
            rules: Vec::new(),
            comments: Vec::new(),
            include: None,
            seams,
        };
        for (fragment, one) in self.0.iter().enumerate() {
            if !one.config.is_of(path) {
                continue;
            }
            found.rules.extend(one.seam.clone());
            let nonce = one.config.out_of_order;
            let seam = SeamOf { fragment, nonce };
            match &one.config.seam {
                SeamConfig::Element(_) => {}
                SeamConfig::Comment(text) => {
                    let text = text.clone();
                    found.comments.push((text, one.config.place, seam));
                }
                SeamConfig::Include => {
                    found.include.get_or_insert(seam);
                }
            }
        }
        found
    }
}

/// How the seams of one page are found.
pub(crate) struct PageSeams {
    /// The seams at elements.
    pub(super) rules: Vec<Arc<Rule>>,
    comments: Vec<(String, Place, SeamOf)>,
    include: Option<SeamOf>,
    pub(super) seams: Seams,
}

impl PageSeams {
    /// Returns who is told of the seams.
    pub(crate) fn seams(&self) -> Seams {
        self.seams.clone()
    }

    /// Returns whether seams may be anywhere up to the end of the page.
    pub(super) fn sees_all(&self) -> bool {
        !self.comments.is_empty() || self.include.is_some()
    }

    /// Returns whether some seam wants the page's nonces, besides those at elements.
    pub(super) fn needs_nonces(&self) -> bool {
        let comments = self.comments.iter().map(|(_, _, seam)| seam);
        comments.chain(&self.include).any(|seam| seam.nonce)
    }

    /// Adds what finds comments and includes.
    pub(super) fn watch<'rules>(
        &self,
        mut settings: Settings<'static, 'rules>,
        progress: &Shared,
    ) -> Settings<'static, 'rules> {
        for (text, place, seam) in &self.comments {
            let (text, place, seam) = (text.clone(), *place, *seam);
            let progress = progress.clone();
            let mut is_found = false;
            let handlers =
                DocumentContentHandlers::default().comments(move |comment: &mut Comment<'_>| {
                    if !is_found && !comment.removed() && comment.text().trim() == text {
                        is_found = true;
                        at_comment(comment, place, progress.mark(seam, None));
                    }
                    Ok(())
                });
            settings = settings.append_document_content_handler(handlers);
        }
        if let Some(seam) = self.include {
            let progress = progress.clone();
            settings = handle(settings, r"esi\:include", move |element| {
                let src = element.get_attribute("src").unwrap_or_default();
                let src = String::from_utf8_lossy(&charset::bytes(&src)).into_owned();
                let src = reference::decode(&src);
                at_include(element, progress.mark(seam, Some(src)))
            });
            settings = handle(settings, r"esi\:remove", |element| {
                element.remove();
                Ok(())
            });
        }
        settings
    }
}

fn at_comment(comment: &mut Comment<'_>, place: Place, (sink, mark): (Sink, Mark)) {
    let marking = marking(sink, mark);
    match place {
        Place::After => comment.streaming_after(marking),
        Place::Before => comment.streaming_before(marking),
        Place::Replace | Place::Prepend | Place::Inner | Place::Append => {
            comment.streaming_replace(marking);
        }
    }
}

/// Puts a seam in the place of an include. Only its tags go: an include is mostly written without
/// an end tag, so that lol_html takes all that follows for its content.
fn at_include(element: &mut Element<'_, '_>, (sink, mark): (Sink, Mark)) -> HandlerResult {
    if element.removed() {
        return Ok(());
    }
    let tag = element.start_tag();
    tag.streaming_before(marking(sink, mark));
    tag.remove();
    if element.can_have_content() {
        element.on_end_tag(Box::new(|end: &mut EndTag<'_>| {
            if end.name() == INCLUDE {
                end.remove();
            }
            Ok(())
        }))?;
    }
    Ok(())
}
