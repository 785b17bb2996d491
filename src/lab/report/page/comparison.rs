//! The page of two runs side by side.

use maud::{Markup, html};

use super::document::{document, plot};
use crate::lab::LabError;
use crate::lab::report::compare::{Compared, Comparison, counted, within, word};
use crate::lab::report::format::{date, interval, ratio, time};
use crate::lab::report::plots;

impl Comparison {
    /// The page, whole in itself.
    pub fn html(&self) -> Result<String, LabError> {
        let experiments: Vec<&[Compared]> = self.rows.chunk_by(|a, b| a.experiment == b.experiment).collect();
        let mut sections = Vec::new();
        for rows in &experiments {
            sections.push(section(rows)?);
        }
        let header = html! {
            ul.sentences { @for sentence in self.sentences() { li { (sentence) } } }
        };
        let links = html! {
            a href="#runs" { "runs" }
            @for rows in &experiments { a href={ "#" (rows[0].experiment) } { (rows[0].experiment) } }
            @if alone(self) { a href="#alone" { "in one run only" } }
        };
        let body = html! {
            (runs(self))
            @for section in sections { (section) }
            @if alone(self) {
                section id="alone" aria-labelledby="alone-title" {
                    h2 id="alone-title" { "In one run only" }
                    @for (rows, which) in self.alone.iter().zip(["first", "second"]) {
                        @if !rows.is_empty() { h3 { "In the " (which) } ul { @for row in rows { li { (row) } } } }
                    }
                }
            }
        };
        Ok(document("Two runs of the lab side by side", &header, &links, &body))
    }
}

fn alone(found: &Comparison) -> bool {
    found.alone.iter().any(|rows| !rows.is_empty())
}

fn runs(found: &Comparison) -> Markup {
    let [first, second] = &found.runs;
    html! {
        section id="runs" aria-labelledby="runs-title" {
            h2 id="runs-title" { "Runs" }
            div.scroll tabindex="0" role="region" aria-label="Runs" {
                table.environment {
                    caption { "the two runs, and what was not the same" }
                    thead { tr { th scope="col" { "what" } th.words scope="col" { "first" } th.words scope="col" { "second" } } }
                    tbody {
                        tr { th scope="row" { "file" } td.words { (first.file) } td.words { (second.file) } }
                        tr { th scope="row" { "begun" } td.words { (date(first.started)) } td.words { (date(second.started)) } }
                        tr { th scope="row" { "to repeat" } td.words { code { (first.command) } } td.words { code { (second.command) } } }
                        @for row in &found.environment {
                            tr { th scope="row" { (row.name) } td.words { (row.values[0]) } td.words { (row.values[1]) } }
                        }
                    }
                }
            }
            p.method { "A ratio is the second run's median over the first's. Its 95 % interval (Student's t) goes by how much the layings of each run differ; where arms were laid once, by blocks of neighbouring samples, as a slow spell meets them alike. Rounds of different runs have nothing in common, so a drift of the machine between the runs is in these ratios, and not in their intervals; the ratios within each run, against the first arm of a row, are free of it." }
        }
    }
}

fn section(rows: &[Compared]) -> Result<Markup, LabError> {
    let name = &rows[0].experiment;
    let figure = plots::of_comparison(name, rows)?;
    Ok(html! {
        section id=(name) aria-labelledby={ (name) "-title" } {
            h2 id={ (name) "-title" } { (name) }
            @if let Some(figure) = &figure { (plot(name, figure)) }
            @for rows in rows.chunk_by(|a, b| a.section == b.section) { (table(rows)) }
        }
    })
}

fn table(rows: &[Compared]) -> Markup {
    let section = &rows[0].section;
    html! {
        div.scroll tabindex="0" role="region" aria-label=(section) {
            table {
                caption { (section) }
                thead { tr { @for head in ["row", "arm", "first", "second", "second over first", "95 % interval", "verdict", "within the first", "within the second", "counts that differ"] { th scope="col" { (head) } } } }
                tbody {
                    @for row in rows {
                        tr class=(class(row)) {
                            th scope="row" { (row.title) }
                            td.words { (row.arm) }
                            @for median in row.medians_ns { td { (time(median)) } }
                            @match &row.ratio {
                                Some(found) => { td { b { (ratio_alone(found)) } } td { (interval(&found.interval)) } }
                                None => { td { "-" } td { "-" } }
                            }
                            td.words { (row.verdict.map_or("no ratio", word)) }
                            @for found in &row.against_base { td { (within(found.as_ref())) } }
                            td.words { @for (name, [first, second]) in &row.counts { (name) ": " (counted(*first)) " to " (counted(*second)) br; } }
                        }
                    }
                }
            }
        }
    }
}

fn ratio_alone(found: &crate::lab::measure::Ratio) -> String {
    let text = ratio(found);
    text.split(' ').next().unwrap_or_default().to_owned()
}

fn class(row: &Compared) -> &'static str {
    match row.verdict {
        Some(crate::lab::measure::Verdict::Faster) => "faster",
        Some(crate::lab::measure::Verdict::Slower) => "slower",
        _ => "",
    }
}
