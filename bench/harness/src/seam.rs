//! A page with a slow fragment: streamed by the gate up to its seam, beside the same page put
//! together before it is sent, and beside the page alone.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};

use crate::Bench;
use crate::browser::Browser;
use crate::client::{Connection, find};
use crate::origin;
use crate::pages::{self, ORIGIN};
use crate::process::Server;
use crate::programs::{FRAGMENT, Program, Rules, Runtime, SEAM, Scene};
use crate::row::{Part, Row, Unit};
use crate::statistics::median;

/// The length of the page, in bytes, without its seam.
const LENGTH: usize = 30_000;
/// How long the origin takes for the fragment.
const DELAY: Duration = Duration::from_millis(300);
/// What the fragment consists of.
const TEXT: &str = "Three things are in your cart";
/// How often a round asks for the page.
const EXCHANGES: usize = 3;
/// How often a round loads the page in the browser.
const LOADS: usize = 3;

/// What is measured of a page, in milliseconds from its request on.
#[derive(Clone, Copy)]
enum Moment {
    FirstByte,
    LastByte,
    Paint,
}

impl Moment {
    const ALL: [Self; 3] = [Self::FirstByte, Self::Paint, Self::LastByte];

    fn words(self) -> &'static str {
        match self {
            Self::FirstByte => "first byte",
            Self::LastByte => "last byte",
            Self::Paint => "first contentful paint",
        }
    }

    /// Returns the most of the time of assembly by buffering, and the most milliseconds more than
    /// the page alone takes, where that is an aim.
    fn targets(self, rules: Rules) -> (f64, Option<f64>) {
        match self {
            Self::FirstByte => (0.05, Some(1.0)),
            // A frame of a screen with 60 of them a second.
            Self::Paint => (0.5, Some(1000.0 / 60.0)),
            // The script of a fragment out of order comes on top.
            Self::LastByte if rules == Rules::OutOfOrder => (1.05, None),
            Self::LastByte => (1.02, None),
        }
    }
}

/// The modes of the gate that are compared, then its peers.
const MODES: [(&str, Rules); 2] = [("", Rules::Late), (" out of order", Rules::OutOfOrder)];
const BUFFERED: (&str, Program) = ("assembled by buffering", Program::Assembler);
const ALONE: (&str, Program) = (
    "the page alone, through the gate",
    Program::Gate(Runtime::Native, Rules::None),
);

/// A program that runs, and the medians of each round.
struct Lane {
    program: Program,
    server: Server,
    rounds: Vec<Times>,
}

/// The milliseconds to each moment. There is no paint if no browser is started.
#[derive(Clone, Copy)]
struct Times {
    first_byte: f64,
    last_byte: f64,
    paint: f64,
}

impl Lane {
    fn figures(&self, moment: Moment) -> Vec<f64> {
        let of = |times: &Times| match moment {
            Moment::FirstByte => times.first_byte,
            Moment::LastByte => times.last_byte,
            Moment::Paint => times.paint,
        };
        self.rounds.iter().map(of).collect()
    }
}

/// Measures all modes, and returns rows for each moment.
pub(crate) fn rows(bench: &Bench) -> Vec<Row> {
    let work = |moment: Moment, mode: &str| {
        let moment = moment.words();
        format!("{moment} of a page with a fragment of 300 ms{mode}, native")
    };
    let all = Moment::ALL
        .into_iter()
        .flat_map(|moment| MODES.map(|(mode, rules)| (moment, work(moment, mode), rules)));
    let wanted: Vec<_> = all.filter(|(_, work, _)| bench.wants(work)).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    let paints = wanted
        .iter()
        .any(|(moment, ..)| matches!(moment, Moment::Paint));
    let lanes = measure(bench, paints);
    let mut rows = Vec::new();
    for (moment, work, rules) in wanted {
        let (of_buffered, more_than_alone) = moment.targets(rules);
        let mut add = |(name, program), unit, target| {
            let part = compared(&lanes, moment, rules, program, unit);
            rows.push(Row::new(
                (&work, name),
                unit,
                target,
                part.map(|part| vec![part]),
            ));
        };
        add(BUFFERED, Unit::Time, Some(of_buffered));
        if more_than_alone.is_some() {
            add(ALONE, Unit::MillisecondsMore, more_than_alone);
        }
    }
    rows
}

/// Compares what the gate did with what a peer did.
fn compared(
    lanes: &Result<Vec<Lane>>,
    moment: Moment,
    rules: Rules,
    peer: Program,
    unit: Unit,
) -> Result<Part> {
    let lanes = lanes.as_ref().map_err(|error| anyhow!("{error:#}"))?;
    let of = |program| {
        let mut lanes = lanes.iter().filter(|lane| lane.program == program);
        let lane = lanes.next().context("a side was not measured")?;
        Ok::<_, anyhow::Error>(lane.figures(moment))
    };
    let gate = of(Program::Gate(Runtime::Native, rules))?;
    Ok(Part::new("article, 30 KB", unit, &gate, &of(peer)?))
}

/// Lets all sides take turns.
fn measure(bench: &Bench, paints: bool) -> Result<Vec<Lane>> {
    let scene = Scene {
        upstream: serve()?,
        origin: ORIGIN.to_owned(),
    };
    let mut browser = match paints {
        true => Some(Browser::start(&bench.painter, &bench.modules)?),
        false => None,
    };
    let modes = MODES.map(|(_, rules)| Program::Gate(Runtime::Native, rules));
    let mut lanes = Vec::new();
    for program in modes.into_iter().chain([BUFFERED.1, ALONE.1]) {
        lanes.push(Lane {
            program,
            server: bench.places.start(program, &scene)?,
            rounds: Vec::new(),
        });
    }
    for round in 0..=bench.rounds {
        for lane in &mut lanes {
            let times = turn(lane, browser.as_mut());
            let times = times.with_context(|| format!("{:?}", lane.program))?;
            // The first round warms up, and does not count.
            if round > 0 {
                lane.rounds.push(times);
            }
        }
    }
    Ok(lanes)
}

/// Asks one side, and loads its page.
fn turn(lane: &Lane, browser: Option<&mut Browser>) -> Result<Times> {
    let Server { address, .. } = lane.server;
    let has_fragment = lane.program != ALONE.1;
    let (mut first, mut last, mut paints) = (Vec::new(), Vec::new(), Vec::new());
    let mut connection = Connection::open(address)?.accepting("text/html");
    for _ in 0..EXCHANGES {
        let response = connection.get("/", None)?;
        let has = find(&response.body, TEXT.as_bytes()).is_some();
        ensure!(response.status == 200, "the status is {}", response.status);
        ensure!(has == has_fragment, "the page has not what it should have");
        ensure!(
            find(&response.body, ORIGIN.as_bytes()).is_none(),
            "a URL is not mapped"
        );
        first.push(response.first_byte.as_secs_f64() * 1e3);
        last.push(response.last_byte.as_secs_f64() * 1e3);
    }
    if let Some(browser) = browser {
        for _ in 0..LOADS {
            let load = browser.load(&format!("http://{address}/"))?;
            let wanted = if has_fragment { TEXT } else { "" };
            ensure!(load.seam.trim() == wanted, "the seam has: {}", load.seam);
            paints.push(load.paint);
        }
    }
    Ok(Times {
        first_byte: median(&first),
        last_byte: median(&last),
        paint: median(&paints),
    })
}

/// Starts the origin of the page, which is there at once, and of its fragment, which is not.
fn serve() -> Result<SocketAddr> {
    let page = page()?;
    origin::serve(move |path, stream: &mut &TcpStream| {
        let body = match path {
            FRAGMENT => {
                thread::sleep(DELAY);
                format!("<p>{TEXT}</p>")
            }
            _ => page.clone(),
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
             Content-Length: {}\r\n\r\n",
            body.len()
        );
        Ok(stream.write_all((head + &body).as_bytes())?)
    })
}

/// Makes the page: an article with the seam in the middle, where a paragraph would begin.
fn page() -> Result<String> {
    let article = pages::article(LENGTH);
    let (before, after) = article.split_at(article.floor_char_boundary(LENGTH / 2));
    let (rest, after) = after
        .split_once("<p class")
        .context("the article has no paragraph")?;
    Ok(format!("{before}{rest}{SEAM}</div>\n<p class{after}"))
}

#[cfg(test)]
mod tests {
    use super::{SEAM, page};

    #[test]
    fn the_page_has_text_on_both_sides_of_its_seam() {
        let page = page().expect("a page");
        let (before, after) = page.split_once(SEAM).expect("a seam");
        for side in [before, after] {
            assert!(side.matches("<p class=\"story__text\">").count() > 3);
        }
    }
}
