//! The page of two runs side by side.

use maud::{Markup, html};

use super::document::{document, plot};
use crate::lab::LabError;
use crate::lab::report::compare::{Compared, Comparison, counted, within, word};
use crate::lab::report::format::{date, interval, ratio, time};
use crate::lab::report::plots;

impl Comparison {
    /// The page. It needs no other file.
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
            @if alone(self) { a href="#alone" { "only in one run" } }
        };
        let body = html! {
            (runs(self))
            @for section in sections { (section) }
            @if alone(self) {
                section id="alone" aria-labelledby="alone-title" {
                    h2 id="alone-title" { "Only in one run" }
                    @for (rows, which) in self.alone.iter().zip(["first", "second"]) {
                        @if !rows.is_empty() { h3 { "Only in the " (which) " run" } ul { @for row in rows { li { (row) } } } }
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
                    caption { "the two runs, and their differences" }
                    thead { tr { th scope="col" { "what" } th.words scope="col" { "first" } th.words scope="col" { "second" } } }
                    tbody {
                        tr { th scope="row" { "file" } td.words { (first.file) } td.words { (second.file) } }
                        tr { th scope="row" { "started" } td.words { (date(first.started)) } td.words { (date(second.started)) } }
                        tr { th scope="row" { "to repeat" } td.words { code { (first.command) } } td.words { code { (second.command) } } }
                        @for row in &found.environment {
                            tr { th scope="row" { (row.name) } td.words { (row.values[0]) } td.words { (row.values[1]) } }
                        }
                    }
                }
            }
            p.method { "A ratio is the median of the second run divided by that of the first. Its 95 % interval (Student's t) is computed from the differences between the layings of each run, or between blocks of consecutive samples if a run has one laying. The rounds of different runs are not paired. A drift of the host between the runs is therefore in these ratios, but not in their intervals. The ratios within each run do not contain it." }
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
                thead { tr { @for head in ["row", "arm", "first", "second", "second / first", "95 % interval", "verdict", "ratio in the first", "ratio in the second", "counts that differ"] { th scope="col" { (head) } } } }
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
