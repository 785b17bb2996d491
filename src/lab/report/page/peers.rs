//! The tables of the peers: a row for each system, with its description beside its numbers.

use maud::{Markup, html};

use super::tables::cell;
use crate::lab::experiments::{Findings, Group};
use crate::lab::report::format::{date, digits};
use crate::lab::report::plots::arm_names;
use crate::lab::report::{PeersRun, Report};

pub fn tables(report: &Report, findings: &Findings, run: &PeersRun) -> Markup {
    html! {
        @for groups in findings.groups.chunk_by(|a, b| a.section == b.section) { (table(groups, run)) }
        (systems(run))
        (own_run(report, run))
    }
}

fn table(groups: &[Group], run: &PeersRun) -> Markup {
    let first = &groups[0];
    html! {
        div.scroll tabindex="0" role="region" aria-label=(first.section) {
            table {
                caption { (first.section) " · time per " (first.per.word()) ", and its ratio to that of " i { (first.base) } }
                thead { tr {
                    th scope="col" { "system" }
                    @for group in groups { th scope="col" { (group.title) } }
                } }
                tbody {
                    @for name in arm_names(groups.iter()) {
                        tr {
                            th scope="row" {
                                (name)
                                @if let Some(peer) = run.peer(&name) {
                                    br;
                                    span.interval {
                                        "commitment: " (peer.commitment) "; durability: " (peer.durability) "; metering: " (peer.metering)
                                    }
                                }
                            }
                            @for group in groups { td { (cell(group.arm(&name))) } }
                        }
                    }
                }
            }
        }
    }
}

fn systems(run: &PeersRun) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label="Systems" {
            table {
                caption { "the systems and their setup" }
                thead { tr { th scope="col" { "system" } th.words scope="col" { "version" } th.words scope="col" { "unit of state" } th.words scope="col" { "setup" } } }
                tbody {
                    @for peer in &run.peers {
                        tr { th scope="row" { (peer.name) } td.words { (peer.version) } td.words { (peer.state) } td.words { (peer.setup) } }
                    }
                }
            }
        }
    }
}

/// The run of the peers, and the differences of its environment to that of the report.
fn own_run(report: &Report, run: &PeersRun) -> Markup {
    let differing: Vec<String> = run
        .environment
        .rows()
        .into_iter()
        .zip(report.environment.rows())
        .filter(|(own, other)| own != other)
        .map(|((name, value), _)| format!("{name}: {value}"))
        .collect();
    html! {
        p.note {
            "Measured in a separate run, started " (date(run.started)) ", with a duration of " (digits(run.seconds)) " s and " (run.rounds) " rounds; the step of the clock was " (run.clock_step_ns) " ns. To repeat: " code { (run.command) }
        }
        @if !differing.is_empty() { p.note { "Differences to the environment below: " (differing.join("; ")) "." } }
    }
}
