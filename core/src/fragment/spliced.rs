//! A page with its fragments.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;

use super::late::{Due, Late};
use super::opening::Opened;
use super::reason::Reason;
use super::seams::Mark;
use crate::body::{BodyError, ByteStream};
use crate::edge::Subrequests;

/// The body of a page, which waits at its seams. It never fails because of a fragment, and drops
/// all fetches with itself.
pub(crate) struct Spliced<S, P: Subrequests> {
    /// `None` once it has ended.
    page: Option<Pin<Box<S>>>,
    /// How many bytes of the page were given out.
    at: u64,
    /// The rest of the page's last chunk.
    chunk: Bytes,
    late: Late<P>,
    /// What is being put into the page.
    filling: Option<Filling<P>>,
    /// What comes behind the end of the page.
    behind: Vec<(Due<P>, Slot)>,
    slots: usize,
}

/// The place of a fragment that comes out of order.
#[derive(Debug, Clone)]
struct Slot {
    number: usize,
    nonce: Option<String>,
}

enum Filling<P: Subrequests> {
    /// The page waits for it at its seam.
    Opening(Box<Due<P>>),
    /// The page has ended, and waits for the first of those that are left for its end.
    Choosing,
    Reading {
        fragment: usize,
        opened: Opened<P>,
        /// Where it belongs, if it comes out of order.
        slot: Option<Slot>,
    },
    /// Bytes that close it.
    Closing(Bytes),
}

impl<S: ByteStream, P: Subrequests> Spliced<S, P> {
    /// Puts fragments into a page, whose stages tell of its seams.
    pub(crate) fn new(page: S, late: Late<P>) -> Self {
        Self {
            page: Some(Box::pin(page)),
            at: 0,
            chunk: Bytes::new(),
            late,
            filling: None,
            behind: Vec::new(),
            slots: 0,
        }
    }

    /// Arrives at a seam. Returns what the page has there meanwhile.
    fn arrive(&mut self, mark: Mark) -> Option<Bytes> {
        let due = self.late.take(&mark);
        if !self.late.is_out_of_order(mark.fragment) {
            self.filling = Some(Filling::Opening(Box::new(due)));
            return None;
        }
        let slot = Slot {
            number: self.slots,
            nonce: mark.nonce,
        };
        self.slots += 1;
        let fallback = self.late.fallback(mark.fragment);
        let room = slot.room(&fallback);
        self.behind.push((due, slot));
        Some(room)
    }

    /// Goes on with what is being put into the page. Returns nothing once it is through.
    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        loop {
            match &mut self.filling {
                None => return Poll::Ready(None),
                Some(Filling::Opening(due)) => {
                    let fragment = due.fragment;
                    self.filling = Some(match ready!(due.opening.poll(cx)) {
                        Ok(opened) => Filling::Reading {
                            fragment,
                            opened,
                            slot: None,
                        },
                        Err(reason) => {
                            self.late.note(fragment, Err(&reason));
                            Filling::Closing(self.late.fallback(fragment))
                        }
                    });
                }
                Some(Filling::Choosing) => {
                    let (fragment, opened, slot) = ready!(self.choose(cx));
                    self.filling = None;
                    match opened {
                        Ok(opened) => {
                            let slot = Some(slot);
                            self.filling = Some(Filling::Reading {
                                fragment,
                                opened,
                                slot,
                            });
                            return Poll::Ready(Some(Bytes::from_static(b"<template>")));
                        }
                        Err(reason) => self.late.note(fragment, Err(&reason)),
                    }
                }
                Some(Filling::Reading {
                    fragment, opened, ..
                }) => {
                    let fragment = *fragment;
                    match ready!(opened.poll_next(cx)) {
                        Some(Ok(bytes)) if bytes.is_empty() => continue,
                        Some(Ok(bytes)) => return Poll::Ready(Some(bytes)),
                        None => self.late.note(fragment, Ok(())),
                        Some(Err(reason)) => self.late.note_cut(fragment, &reason),
                    }
                    if let Some(Filling::Reading { opened, slot, .. }) = self.filling.take() {
                        let end = slot.map_or_else(String::new, |slot| slot.end());
                        let closing = [&opened.close()[..], end.as_bytes()].concat();
                        self.filling = Some(Filling::Closing(closing.into()));
                    }
                }
                Some(Filling::Closing(bytes)) => {
                    let bytes = std::mem::take(bytes);
                    self.filling = None;
                    return Poll::Ready(Some(bytes).filter(|bytes| !bytes.is_empty()));
                }
            }
        }
    }

    /// Waits for the first fragment of those that are left for the end of the page.
    fn choose(&mut self, cx: &mut Context<'_>) -> Poll<(usize, Result<Opened<P>, Reason>, Slot)> {
        for (at, (due, _)) in self.behind.iter_mut().enumerate() {
            if let Poll::Ready(opened) = due.opening.poll(cx) {
                let (due, slot) = self.behind.swap_remove(at);
                return Poll::Ready((due.fragment, opened, slot));
            }
        }
        Poll::Pending
    }
}

impl Slot {
    /// Returns what stands where the fragment belongs until it is there.
    fn room(&self, fallback: &[u8]) -> Bytes {
        let number = self.number;
        let begin = format!("<template id=\"sg-seam-{number}\"></template>");
        let end = format!("<!--/sg-seam-{number}-->");
        [begin.as_bytes(), fallback, end.as_bytes()].concat().into()
    }

    /// Returns what ends the fragment, and puts it where it belongs.
    fn end(&self) -> String {
        let number = self.number;
        let nonce = self.nonce.as_ref();
        let nonce = nonce.map_or_else(String::new, |nonce| format!(" nonce=\"{nonce}\""));
        format!(
            "</template><script{nonce}>(function(s,i){{var f=s.previousElementSibling,\
             t=document.getElementById(i),n;if(t){{while((n=t.nextSibling)&&\
             !(n.nodeType==8&&n.data==\"/\"+i))n.remove();if(n)n.remove();\
             t.replaceWith(f.content)}}f.remove();s.remove()}})\
             (document.currentScript,\"sg-seam-{number}\")</script>"
        )
    }
}

impl<S: ByteStream, P: Subrequests> Stream for Spliced<S, P> {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(bytes) = ready!(this.fill(cx)) {
                return Poll::Ready(Some(Ok(bytes)));
            }
            let end = this.at.saturating_add(this.chunk.len() as u64);
            let seam = this.late.seams.next_at(end);
            let before = seam.unwrap_or(end).saturating_sub(this.at);
            let before = usize::try_from(before).unwrap_or(usize::MAX);
            if before > 0 {
                let piece = this.chunk.split_to(before.min(this.chunk.len()));
                this.at = this.at.saturating_add(piece.len() as u64);
                return Poll::Ready(Some(Ok(piece)));
            }
            if let Some(seam) = this.late.seams.take(end) {
                if let Some(room) = this.arrive(seam.mark) {
                    return Poll::Ready(Some(Ok(room)));
                }
                continue;
            }
            let Some(page) = &mut this.page else {
                if this.behind.is_empty() {
                    return Poll::Ready(None);
                }
                this.filling = Some(Filling::Choosing);
                continue;
            };
            match ready!(page.as_mut().poll_next(cx)) {
                Some(Ok(chunk)) => {
                    this.chunk = chunk;
                    this.late.foresee();
                }
                Some(Err(error)) => {
                    this.page = None;
                    this.behind.clear();
                    return Poll::Ready(Some(Err(error)));
                }
                None => this.page = None,
            }
        }
    }
}
