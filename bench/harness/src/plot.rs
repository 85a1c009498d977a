//! The report as a page with plots.

use std::error::Error;
use std::path::Path;

use anyhow::{Result, anyhow};
use plotters::prelude::{
    BLACK, ChartBuilder, Circle, Color, IntoDrawingArea, IntoFont, IntoLogRange, LineSeries,
    PathElement, RED, RGBColor, SVGBackend, Text, WHITE,
};

use crate::report::{self, put};
use crate::row::{Part, Row};

/// The width of a plot, in pixels.
const WIDTH: u32 = 1100;
/// The height of a row of a plot, in pixels.
const LINE: u32 = 36;
const BLUE: RGBColor = RGBColor(0x1f, 0x5f, 0xa8);
const GREY: RGBColor = RGBColor(0x77, 0x77, 0x77);
/// A word of the work that is drawn as curves.
const GROWTH: &str = "growing";

/// Writes the page.
pub(crate) fn html(rows: &[Row], machine: &str, file: &Path) -> Result<()> {
    let draw = |more: bool| {
        let drawn = |row: &&Row| row.unit.more_is_better() == more && row.fault.is_none();
        let rows: Vec<_> = rows.iter().filter(drawn).collect();
        ratios(&rows).map_err(|error| anyhow!("a plot: {error}"))
    };
    let (more, less) = (draw(true)?, draw(false)?);
    let growing = rows
        .iter()
        .find(|row| row.work.contains(GROWTH) && row.fault.is_none());
    let growth = growing.map_or(Ok(String::new()), growth);
    let growth = growth.map_err(|error| anyhow!("a plot: {error}"))?;
    let (targets, met) = report::tally(rows);
    let mut cells = String::new();
    for line in report::table(rows).lines().skip(2) {
        let columns: Vec<_> = line.trim_matches('|').split('|').map(escaped).collect();
        cells.push_str(&format!(
            "<tr><td>{}</td></tr>\n",
            columns.join("</td><td>")
        ));
    }
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n\
         <title>streamgate and its peers</title>\n\
         <style>body{{font:16px/1.4 sans-serif;max-width:{WIDTH}px;margin:2em auto}}\
         td,th{{padding:.2em .6em;border-bottom:1px solid #ccc;text-align:left}}</style></head>\n\
         <body><h1>streamgate and its peers</h1>\n\
         <p>{machine} {met} of {targets} targets are met.</p>\n\
         <p>A dot is the median, the line goes from the least to the greatest round, and the red \
         ring is the target.</p>\n\
         <h2>More is better</h2>\n{more}\n<h2>Less is better</h2>\n{less}\n\
         <h2>The time of a page, by its size</h2>\n\
         <p>In milliseconds and kilobytes: the gate in blue, nginx in grey.</p>\n{growth}\n\
         <h2>All rows</h2>\n<table><tr><th>work<th>peer<th>ratio<th>spread<th>target<th>met</tr>\n\
         {cells}</table>\n</body></html>\n"
    );
    put(file, &page)
}

/// Draws ratios on a logarithmic scale, each as a dot with its spread.
fn ratios(rows: &[&Row]) -> Result<String, Box<dyn Error>> {
    let numbers = |row: &&Row| [row.ratio_min, row.ratio_median, row.ratio_max, row.target];
    // A logarithm needs numbers above zero.
    let numbers = rows
        .iter()
        .flat_map(numbers)
        .flatten()
        .filter(|number| *number > 0.0);
    let (least, greatest) = numbers.fold((0.5_f64, 2.0_f64), |(least, greatest), number| {
        (least.min(number), greatest.max(number))
    });
    let (least, greatest) = (least * 0.8, greatest * 1.25);
    let count = u32::try_from(rows.len())?;
    let mut svg = String::new();
    {
        let area =
            SVGBackend::with_string(&mut svg, (WIDTH, 60 + LINE * count)).into_drawing_area();
        area.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&area)
            .margin(10)
            .x_label_area_size(30)
            .build_cartesian_2d((least..greatest).log_scale(), 0.0..f64::from(count))?;
        chart
            .configure_mesh()
            .disable_y_mesh()
            .disable_y_axis()
            .draw()?;
        let whole = vec![(1.0, 0.0), (1.0, f64::from(count))];
        chart.draw_series([PathElement::new(whole, GREY.stroke_width(2))])?;
        for (index, row) in rows.iter().rev().enumerate() {
            let height = f64::from(u32::try_from(index)?) + 0.25;
            let at = |number: Option<f64>| (number.unwrap_or(least).max(least), height);
            let spread = vec![at(row.ratio_min), at(row.ratio_max)];
            chart.draw_series([PathElement::new(spread, BLUE.stroke_width(3))])?;
            chart.draw_series([Circle::new(at(row.ratio_median), 5, BLUE.filled())])?;
            if row.target.is_some() {
                chart.draw_series([Circle::new(at(row.target), 6, RED.stroke_width(2))])?;
            }
            let label = format!("{} / {} ({})", row.work, row.peer, row.unit.words());
            let font = ("sans-serif", 12).into_font().color(&BLACK);
            chart.draw_series([Text::new(label, (least * 1.02, height + 0.6), font)])?;
        }
        area.present()?;
    }
    Ok(svg)
}

/// Draws the time of a page by its size, for the gate and its peer.
fn growth(row: &Row) -> Result<String, Box<dyn Error>> {
    let points = |rate: fn(&Part) -> f64| {
        let point = |part: &Part| Some((part.bytes? as f64 / 1e3, 1e3 / rate(part)));
        row.parts.iter().filter_map(point).collect::<Vec<_>>()
    };
    let (gate, peer) = (points(|part| part.gate), points(|part| part.peer));
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, 420)).into_drawing_area();
        area.fill(&WHITE)?;
        let times = || gate.iter().chain(&peer).map(|(_, time)| *time);
        let sizes = || gate.iter().map(|(size, _)| *size);
        let range = |least: Option<f64>, most: Option<f64>| {
            (least.unwrap_or(0.1) * 0.8..most.unwrap_or(10.0) * 1.25).log_scale()
        };
        let mut chart = ChartBuilder::on(&area)
            .margin(10)
            .x_label_area_size(30)
            .y_label_area_size(50)
            .build_cartesian_2d(
                range(sizes().reduce(f64::min), sizes().reduce(f64::max)),
                range(times().reduce(f64::min), times().reduce(f64::max)),
            )?;
        chart.configure_mesh().x_desc("KB").y_desc("ms").draw()?;
        chart.draw_series(LineSeries::new(gate.clone(), BLUE.stroke_width(3)))?;
        chart.draw_series(LineSeries::new(peer.clone(), GREY.stroke_width(3)))?;
        area.present()?;
    }
    Ok(svg)
}

fn escaped(text: &str) -> String {
    let text = text.trim().replace('&', "&amp;");
    text.replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use crate::row::{Part, Row, Unit};

    #[test]
    fn a_page_has_three_plots() {
        let mut part = Part::new("page", Unit::Rate, &[300.0], &[100.0]);
        part.bytes = Some(1000);
        let larger = Part {
            bytes: Some(9000),
            ..part.clone()
        };
        let less = Part::new("page", Unit::MillisecondsMore, &[1.0], &[2.0]);
        let rows = [
            Row::new(
                ("growing", "peer"),
                Unit::Rate,
                Some(2.0),
                Ok(vec![part, larger]),
            ),
            Row::new(
                ("less", "peer"),
                Unit::MillisecondsMore,
                Some(1.0),
                Ok(vec![less]),
            ),
            Row::new(
                ("wrong", "peer"),
                Unit::Rate,
                None,
                Err(anyhow::anyhow!("a <fault>")),
            ),
        ];
        let name = format!("streamgate-bench-{}.html", std::process::id());
        let file = std::env::temp_dir().join(name);
        super::html(&rows, "A machine.", &file).expect("a page");
        let page = std::fs::read_to_string(&file).expect("the page");
        std::fs::remove_file(&file).expect("the page");
        assert_eq!(page.matches("<svg").count(), 3);
        assert!(page.contains("a &lt;fault&gt;"), "{page}");
    }
}
