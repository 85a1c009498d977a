//! The fragments of one exchange: begun, waited for, noted.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use bytes::Bytes;

use super::asking::Asking;
use super::opening::{Begun, Known, Opening};
use super::reason::Reason;
use super::seams::{Mark, Seams};
use crate::config::{FragmentConfig, Start};
use crate::counts::Counts;
use crate::edge::Subrequests;
use crate::html::{PageSeams, Texts, encode_markup};

/// The fragments of one exchange.
pub(crate) struct Late<P: Subrequests> {
    asking: Arc<Asking>,
    platform: Option<Arc<P>>,
    counts: Counts,
    pub(crate) seams: Seams,
    /// The fragments that stand in the page, by their places in the configuration, and their texts.
    acting: BTreeMap<usize, Texts>,
    /// What is under way, or waits for its turn, by the places of the fragments, and for includes
    /// by what they name.
    begun: HashMap<(usize, Option<String>), Begun<P>>,
    /// How many fetches there were.
    asked: usize,
}

/// A fragment on its way into the page.
pub(crate) struct Due<P: Subrequests> {
    /// The place of the fragment in the configuration.
    pub(crate) fragment: usize,
    pub(crate) opening: Opening<P>,
}

impl<P: Subrequests> Late<P> {
    /// Prepares for the fragments of a page.
    pub(crate) fn new(asking: Asking, platform: Option<P>, counts: Counts) -> Self {
        Self {
            asking: Arc::new(asking),
            platform: platform.map(Arc::new),
            counts,
            seams: Seams::default(),
            acting: BTreeMap::new(),
            begun: HashMap::new(),
            asked: 0,
        }
    }

    /// Begins the fetches of these fragments that need not wait for the head of the page.
    pub(crate) fn begin_eager(&mut self, acting: &[usize]) {
        if self.asking.is_for_a_page {
            self.act(acting);
            self.begin_all(|fragment| fragment.start == Start::Eager);
        }
    }

    /// Begins the fetches for a page whose head is there, in which these fragments stand, and ends
    /// all others.
    pub(crate) fn begin_lazy(&mut self, acting: &[usize]) {
        self.act(acting);
        self.begin_all(|_| true);
    }

    fn act(&mut self, acting: &[usize]) {
        self.begun
            .retain(|(fragment, _), _| acting.contains(fragment));
        let fragments = self.asking.gate.site().fragments();
        let asked = self.asking.asked.as_deref();
        let texts = |fragment: &usize| (*fragment, fragments.texts(*fragment, asked));
        self.acting = acting.iter().map(texts).collect();
    }

    fn begin_all(&mut self, is_wanted: impl Fn(&FragmentConfig) -> bool) {
        let texts = self.acting.iter().filter(|(fragment, texts)| {
            !texts.src.is_empty() && self.config(**fragment).is_some_and(&is_wanted)
        });
        let wanted: Vec<(usize, String)> = texts
            .map(|(fragment, texts)| (*fragment, texts.src.clone()))
            .collect();
        for (fragment, src) in wanted {
            self.begin_if_room((fragment, None), &src);
        }
    }

    /// Returns how the seams of the page are found.
    pub(crate) fn page_seams(&self) -> PageSeams {
        let acting: Vec<usize> = self.acting.keys().copied().collect();
        let fragments = self.asking.gate.site().fragments();
        fragments.finding(&acting, self.seams.clone())
    }

    /// Begins the fetches of includes that the page has shown by now.
    pub(crate) fn foresee(&mut self) {
        for Mark { fragment, src, .. } in self.seams.coming() {
            if let Some(src) = src
                && let Ok(path) = self.asking.resolve(&src)
            {
                self.begin_if_room((fragment, Some(src)), &path);
            }
        }
    }

    fn config(&self, fragment: usize) -> Option<&FragmentConfig> {
        self.asking.gate.config().fragments.get(fragment)
    }

    /// Begins a fetch unless it has begun, or there would be too many at a time: one more is
    /// always left for the seam that the page waits at.
    fn begin_if_room(&mut self, key: (usize, Option<String>), path: &str) {
        let at_once = self.platform.as_ref().map_or(0, |it| it.at_once());
        let is_free = self.begun.len() < at_once.saturating_sub(1);
        if is_free
            && !self.begun.contains_key(&key)
            && let Ok(begun) = self.begin(key.0, path)
        {
            self.begun.insert(key, begun);
        }
    }

    fn begin(&mut self, fragment: usize, path: &str) -> Result<Begun<P>, Reason> {
        let platform = self.platform.clone().ok_or(Reason::Unsupported)?;
        if self.asked >= platform.in_all() {
            return Err(Reason::TooMany);
        }
        self.asked += 1;
        let config = self.config(fragment).ok_or(Reason::Source)?;
        let request = self.asking.request(config, path)?;
        let path = path.split('?').next().unwrap_or_default().to_owned();
        let view = self.asking.view(&path);
        let origin = view.route.origin();
        Ok(Begun {
            response: Box::pin(platform.fetch(origin, request, config.deadline)),
            late: Box::pin(platform.sleep(config.deadline)),
            path,
        })
    }

    /// Takes the fragment that belongs at a seam, and begins its fetch if that has not begun.
    pub(crate) fn take(&mut self, mark: &Mark) -> Due<P> {
        Due {
            fragment: mark.fragment,
            opening: self.open(mark).unwrap_or_else(Opening::refused),
        }
    }

    fn open(&mut self, mark: &Mark) -> Result<Opening<P>, Reason> {
        let config = self.config(mark.fragment).cloned().ok_or(Reason::Source)?;
        let begun = match self.begun.remove(&(mark.fragment, mark.src.clone())) {
            Some(begun) => begun,
            None => {
                let path = match &mark.src {
                    Some(src) => self.asking.resolve(src)?,
                    None => self.texts(mark.fragment).src,
                };
                self.begin(mark.fragment, &path)?
            }
        };
        let known = Known {
            asking: Arc::clone(&self.asking),
            platform: self.platform.clone().ok_or(Reason::Unsupported)?,
            counts: self.counts.clone(),
            charset: self.seams.charset(),
            config,
        };
        Ok(Opening::of(begun, known))
    }

    /// Returns the markup that stands in for a fragment.
    pub(crate) fn fallback(&self, fragment: usize) -> Bytes {
        encode_markup(&self.texts(fragment).fallback, self.seams.charset()).into()
    }

    fn texts(&self, fragment: usize) -> Texts {
        self.acting.get(&fragment).cloned().unwrap_or_default()
    }

    /// Returns whether a fragment lets the page go on.
    pub(crate) fn is_out_of_order(&self, fragment: usize) -> bool {
        self.config(fragment).is_some_and(|it| it.out_of_order)
    }

    /// Notes what has become of a fragment.
    pub(crate) fn note(&self, fragment: usize, end: Result<(), &Reason>) {
        self.counts
            .fragment(fragment, end.map_or_else(Reason::name, |()| "filled"));
        if let Err(reason) = end {
            let path = self.asking.path.as_str();
            tracing::warn!(path, fragment, %reason, "a fragment gives its fallback");
        }
    }

    /// Notes that a fragment has ended before its end.
    pub(crate) fn note_cut(&self, fragment: usize, reason: &Reason) {
        self.counts.fragment(fragment, "cut");
        let path = self.asking.path.as_str();
        tracing::warn!(path, fragment, %reason, "a fragment is cut");
    }
}
