//! Where fragments belong in a page, found with lol_html.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use fnv::FnvHasher;
use http::StatusCode;
use lol_html::HandlerResult;
use lol_html::html_content::{Comment, EndTag};
use lol_html::send::{DocumentContentHandlers, Element, Settings};

use super::handlers::handle;
use super::inserted::{SeamOf, marking};
use super::progress::Shared;
use super::rule::{Rule, SelectorError};
use super::{charset, sink::Sink};
use crate::asked::{Asked, Depends, Needs};
use crate::condition::Page;
use crate::config::{FragmentConfig, FragmentTemplates, Place, SeamConfig};
use crate::fragment::{Mark, Seams};
use crate::markup::reference;
use crate::value::Template;

/// The name of an include, as an end tag has it.
const INCLUDE: &str = "esi:include";

/// The fragments of a configuration, compiled. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct FragmentRules(Arc<[One]>);

struct One {
    config: FragmentConfig,
    seam: Option<Arc<Rule>>,
    templates: Option<FragmentTemplates>,
}

/// The texts of a fragment, for one request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Texts {
    /// Path and query at the public host. Empty if the page names it.
    pub(crate) src: String,
    /// The markup that stands in for the fragment.
    pub(crate) fallback: String,
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
            Ok(One {
                config: config.clone(),
                seam,
                // Checked with the configuration.
                templates: config.templates().unwrap_or_default(),
            })
        });
        Ok(Self(fragments.collect::<Result<_, _>>()?))
    }

    /// Returns what must be found out of a request for the fragments of pages with this path.
    pub(crate) fn needs(&self, path: &str) -> Needs {
        let about = self
            .0
            .iter()
            .filter(|one| one.config.when.is_about(path, None));
        about.fold(Needs::default(), |needs, one| needs.or(one.needs()))
    }

    /// Returns the places in the configuration of the fragments that may stand in an HTML page with
    /// this path, and whether they do: `None` depends on what is not known of the page. Notes in
    /// `depends` what that depends on.
    pub(crate) fn on_page(
        &self,
        path: &str,
        asked: Option<&Asked>,
        status: Option<StatusCode>,
        depends: &mut Depends,
    ) -> Vec<(usize, Option<bool>)> {
        let page = Page {
            media_type: None,
            status,
        };
        let mut judged = Vec::new();
        for (fragment, one) in self.0.iter().enumerate() {
            let when = &one.config.when;
            if !when.is_about(path, None) {
                continue;
            }
            let holds = match asked {
                Some(asked) => when.holds(asked, page, depends),
                None => Some(when.conditions.is_empty()),
            };
            if holds != Some(false) {
                judged.push((fragment, holds));
            }
        }
        judged
    }

    /// Returns the texts of a fragment for a request.
    pub(crate) fn texts(&self, fragment: usize, asked: Option<&Asked>) -> Texts {
        let Some(one) = self.0.get(fragment) else {
            return Texts::default();
        };
        // Nothing is noted: a page with fragments is for nobody else.
        let fill = |template: &Template| template.fill(asked, &mut Depends::default()).text;
        match &one.templates {
            Some(templates) => Texts {
                src: fill(&templates.src),
                fallback: fill(&templates.fallback),
            },
            None => Texts {
                src: one.config.src.clone(),
                fallback: one.config.fallback.clone(),
            },
        }
    }

    /// Returns a fingerprint of how the conditions of fragments are judged that depend on the
    /// request. Returns `None` if there are none.
    pub(crate) fn fingerprint(&self, asked: &Asked) -> Option<u64> {
        let mut hasher = FnvHasher::default();
        let mut depends = Depends::default();
        self.on_page(asked.path(), Some(asked), None, &mut depends)
            .hash(&mut hasher);
        for one in self.0.iter() {
            one.config.when.fingerprint(asked, &mut hasher);
        }
        depends.is_any().then(|| hasher.finish())
    }

    /// Says of each fragment that may stand in a page with this path what it is, and by which
    /// conditions it stands there or does not.
    pub(crate) fn about(
        &self,
        path: &str,
        asked: Option<&Asked>,
        status: StatusCode,
    ) -> Vec<AboutFragment> {
        let acting = self.on_page(path, asked, Some(status), &mut Depends::default());
        let about = self.0.iter().enumerate();
        let about = about.filter(|(_, one)| one.config.when.is_about(path, None));
        about
            .map(|(index, one)| {
                let when = &one.config.when;
                AboutFragment {
                    index,
                    what: one.config.to_string(),
                    when: (!when.conditions.is_empty()).then(|| when.to_string()),
                    acts: acting.contains(&(index, Some(true))),
                }
            })
            .collect()
    }

    /// Returns how the seams of these fragments are found in a page, which are told to `seams`.
    pub(crate) fn finding(&self, acting: &[usize], seams: Seams) -> PageSeams {
        let mut found = PageSeams {
            rules: Vec::new(),
            comments: Vec::new(),
            include: None,
            seams,
        };
        for &fragment in acting {
            let Some(one) = self.0.get(fragment) else {
                continue;
            };
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

impl One {
    fn needs(&self) -> Needs {
        let when = self.config.when.needs();
        match &self.templates {
            Some(templates) => when
                .or(templates.src.needs())
                .or(templates.fallback.needs()),
            None => when,
        }
    }
}

/// What there is to say of a fragment.
pub(crate) struct AboutFragment {
    /// Its place in the configuration.
    pub(crate) index: usize,
    /// Where it comes from, and where it goes.
    pub(crate) what: String,
    /// Its conditions, but for those of path and type.
    pub(crate) when: Option<String>,
    /// Whether it stands in the page.
    pub(crate) acts: bool,
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
