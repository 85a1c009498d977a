//! Large and odd pages. Each arrives complete and mapped. Where lol_html gives up, the rest is as
//! the origin sent it except for its URLs, and the log says so.

use super::fixture::fill;
use crate::blocks::Blocks;
use crate::failure::Verdict;
use crate::origin::answer;
use crate::scenario::{Scenario, scenario};
use crate::setup::{ALIAS, PUBLIC, Setup};
use crate::stage::Stage;

const MIB: usize = 1 << 20;

/// The log line that says that lol_html gave up.
const GIVEN_UP: &str = "structure rules given up: the rest of the page flows unmodified";

/// The start of a page.
const START: &str = "<!DOCTYPE html><html><head><title>t</title></head><body><h1>a</h1>";
/// The start after the rules.
const START_WITH_RULES: &str = "<!DOCTYPE html><html><head><script src=\"/_sg/tag.js\"></script>\
    <title>t</title></head><body><!--before--><h1>a</h1><!--after-->";

/// A page: its start, what precedes the large part, the large part itself, and what follows it.
#[derive(Clone)]
struct Page {
    before: &'static str,
    unit: &'static str,
    length: usize,
    after: String,
    /// `after` as the rules leave it, or `None` if lol_html gives up before.
    after_with_rules: Option<String>,
}

impl Page {
    /// Makes the page that points at a host.
    fn fill(&self, host: &str, start: &str, after: &str) -> Blocks {
        // A unit has the size that a server writes at once.
        let at_once = (16 << 10) / self.unit.len() + 1;
        Blocks {
            before: fill(&format!("{start}{}", self.before), host),
            unit: fill(&self.unit.repeat(at_once), host),
            count: self.length.div_ceil(self.unit.len() * at_once),
            after: fill(after, host),
        }
    }

    fn sent(&self) -> Blocks {
        self.fill(ALIAS, START, &self.after)
    }

    fn expected(&self, setup: Setup) -> Blocks {
        match (setup, &self.after_with_rules) {
            (Setup::Map, _) => self.fill(PUBLIC, START, &self.after),
            (_, None) => self.fill(PUBLIC, START_WITH_RULES, &self.after),
            (_, Some(after)) => self.fill(PUBLIC, START_WITH_RULES, after),
        }
    }
}

/// The end of a page that lol_html reads to its end, and the same after the rules.
const TAIL: &str = "<img src='{o}/i.png'><h1>b</h1><p>{o}/</p></body></html>";
const TAIL_WITH_RULES: &str = "<img src='{o}/i.png' loading=\"lazy\"><!--before--><h1>b</h1><!--after-->\
    <hr><p>{o}/</p><!--end--></body></html>";

/// Makes a page that lol_html reads to its end. `between` ends the large part.
fn read(before: &'static str, unit: &'static str, length: usize, between: &str) -> Page {
    Page {
        before,
        unit,
        length,
        after: format!("{between}{TAIL}"),
        after_with_rules: Some(format!("{between}{TAIL_WITH_RULES}")),
    }
}

/// Makes a page on which lol_html gives up within the large part.
fn given_up(before: &'static str, unit: &'static str, length: usize, between: &str) -> Page {
    Page {
        before,
        unit,
        length,
        after: format!("{between}{TAIL}"),
        after_with_rules: None,
    }
}

/// Makes a page in which everything that follows `tag` is the text of one element.
fn swallowed(tag: &'static str) -> Page {
    Page {
        before: tag,
        unit: "<h1>no heading</h1> {o}/a < <img src='{o}/no-image'> ",
        length: MIB,
        after: String::new(),
        after_with_rules: Some("<!--end-->".to_owned()),
    }
}

pub(super) fn scenarios() -> Vec<Scenario> {
    let data_url = || {
        let between = "\" srcset=\"{o}/2x.png 2x\">";
        given_up(
            "<img src=\"data:image/png;base64,",
            "iVBORw0KGgoAAAANSUhEUgAA",
            10 * MIB,
            between,
        )
    };
    let line = "Lorem ipsum dolor sit amet, consetetur sadipscing elitr, sed diam nonumy eirmod \
        tempor invidunt ut labore et dolore magna aliquyam erat. <a href=\"{o}/a?b=c&amp;d=e\">More</a> <em>of it</em> and <b>of that</b>. ";
    let script = "f(\"{o}/a\",'<h1>',a<b,\"{e}\\/b\",'<\\/script>');";
    vec![
        large(
            "a-data-url-of-10-mebibytes-arrives-whole",
            Setup::Map,
            data_url,
        ),
        large(
            "a-data-url-of-10-mebibytes-arrives-whole-where-rules-give-up",
            Setup::Rules,
            data_url,
        ),
        large(
            "a-page-of-50-mebibytes-without-a-newline-arrives-whole",
            Setup::Map,
            move || read("", line, 50 * MIB, ""),
        ),
        large(
            "rules-act-on-all-of-a-page-without-a-newline",
            Setup::Rules,
            move || read("", line, 8 * MIB, ""),
        ),
        large(
            "a-hundred-thousand-nested-elements-arrive-whole",
            Setup::Map,
            nested,
        ),
        large(
            "a-hundred-thousand-nested-elements-arrive-whole-where-rules-give-up",
            Setup::Rules,
            nested,
        ),
        large(
            "a-tag-of-20-mebibytes-without-an-end-arrives-whole",
            Setup::Map,
            || unclosed(20),
        ),
        large(
            "a-tag-without-an-end-arrives-whole-where-rules-give-up",
            Setup::Rules,
            || unclosed(20),
        ),
        large(
            "a-comment-of-20-mebibytes-arrives-whole-and-rules-act-after-it",
            Setup::Rules,
            || {
                read(
                    "<!--",
                    "<h1>no heading</h1> -- {o}/comment ----- Lorem ipsum dolor sit amet, consetetur. ",
                    20 * MIB,
                    "-->",
                )
            },
        ),
        large(
            "an-attribute-of-20-mebibytes-is-mapped-where-rules-give-up",
            Setup::Rules,
            || {
                let unit =
                    "{o}/i.png?width=1000&amp;height=1000&amp;format=webp&amp;quality=80 1000w, ";
                given_up("<img alt='' srcset=\"", unit, 20 * MIB, "\">")
            },
        ),
        large(
            "an-attribute-that-no-rule-concerns-may-have-20-mebibytes",
            Setup::Rules,
            || {
                read(
                    "<div data-state='",
                    "{\"url\":\"{e}\\/a\",\"text\":\"Lorem ipsum dolor > sit amet\"},",
                    20 * MIB,
                    "'></div>",
                )
            },
        ),
        large(
            "a-script-of-5-mebibytes-in-one-line-arrives-whole",
            Setup::Rules,
            move || read("<script>", script, 5 * MIB, "</script>"),
        ),
        large(
            "a-million-tags-arrive-and-rules-act-after-them",
            Setup::Rules,
            || read("", "<b></b><br></i><wbr>", 5_000_000, ""),
        ),
        large(
            "a-script-without-an-end-arrives-whole",
            Setup::Rules,
            || swallowed("<script>"),
        ),
        large(
            "a-textarea-without-an-end-arrives-whole",
            Setup::Rules,
            || swallowed("<textarea>"),
        ),
        large(
            "plain-text-without-an-end-arrives-whole",
            Setup::Rules,
            || swallowed("<plaintext>"),
        ),
        large(
            "a-page-with-nul-and-other-control-characters-arrives-byte-for-byte",
            Setup::Rules,
            || {
                read(
                    "",
                    "\0<i\0 a=\0>\0{o}/a\0</i\0>\0<!\0>&\0;\x0B\x0C\x1A\u{85}\u{FFFE}\r\r\n",
                    MIB,
                    "",
                )
            },
        ),
    ]
}

fn nested() -> Page {
    given_up("", "<div>", 5 * 100_000, &"</div>".repeat(100_000))
}

/// Makes a page that ends within a tag.
fn unclosed(mebibytes: usize) -> Page {
    Page {
        after: String::new(),
        ..given_up(
            "<img alt=\"",
            "Lorem ipsum dolor sit amet, consetetur sadipscing elitr {o}/a <h1>no heading</h1> ",
            mebibytes * MIB,
            "",
        )
    }
}

/// Makes a scenario of a large page, which arrives complete. If lol_html gave up on it, the log
/// says so.
fn large(
    id: &'static str,
    setup: Setup,
    page: impl Fn() -> Page + Send + Sync + 'static,
) -> Scenario {
    scenario(id, setup, move |stage| arrives(stage, setup, &page())).within(60)
}

fn arrives(stage: &Stage, setup: Setup, page: &Page) -> Verdict {
    let sent = page.sent();
    stage.always(answer(200).html().length(sent.len()).fill(sent));
    let response = stage.exchange(&stage.get("/x").field("Accept-Encoding", "identity"))?;
    response
        .has_status(200)?
        .decided("stream", 12)?
        .is_complete()?;
    response.is_made_of(&page.expected(setup))?;
    if setup == Setup::Rules && page.after_with_rules.is_none() {
        stage.logs(GIVEN_UP)?;
    }
    Ok(())
}
