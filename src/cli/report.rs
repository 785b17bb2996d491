//! `vellum report`

use std::path::{Path, PathBuf};

use serde::Serialize;
use vellum::lab::report::{DATA, OVERVIEW, Peers, write};
use vellum::lab::{Comparison, Report as Found, ReportOptions, run_report};

use super::bench::EffortArguments;
use super::context::Context;
use super::error::CliError;
use super::progress::Bar;
use super::signals::Signals;
use super::untrusted;

/// Measure mapped storage against slice calls on this machine, and write a report
///
/// Ctrl-C, or another signal to end, ends the measuring: the report then says what is missing, and --resume goes on with it. With --from or --compare nothing is measured.
#[derive(Debug, clap::Args)]
pub struct Report {
    #[command(flatten)]
    effort: EffortArguments,

    /// Make the report again from the data of a run
    #[arg(long, value_name = "DATA.JSON", conflicts_with_all = ["Which", "set", "compare"])]
    from: Option<PathBuf>,

    /// Add what a run of the peers found: other systems on the same workloads, measured by benches/peers
    #[arg(long, value_name = "PEERS.JSON", conflicts_with = "compare")]
    peers: Option<PathBuf>,

    /// Put two runs side by side, the earlier first: writes comparison.html
    #[arg(long, value_names = ["A.JSON", "B.JSON"], num_args = 2, conflicts_with_all = ["Which", "set"])]
    compare: Vec<PathBuf>,

    /// Where index.html, data.json and summary.csv are written
    #[arg(long, value_name = "DIR", default_value = "./vellum-report")]
    out: PathBuf,

    /// Also write overview-light.svg and overview-dark.svg into a directory: what mapping gains and loses, in one picture
    #[arg(long, value_name = "DIR", requires = "from")]
    picture: Option<PathBuf>,

    /// Go on with an interrupted run: what is whole in DIR/data.json is kept
    #[arg(long, conflicts_with_all = ["from", "compare"])]
    resume: bool,
}

/// Where the report is and what it says, for a program.
#[derive(Debug, Serialize)]
struct Written<'a> {
    html: String,
    data: String,
    csv: String,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pictures: &'a [String],
    sentences: Vec<String>,
    missing: &'a [String],
}

/// What two runs beside each other come to, for a program.
#[derive(Debug, Serialize)]
struct SideBySide<'a> {
    #[serde(flatten)]
    comparison: &'a Comparison,
    html: &'a str,
    sentences: Vec<String>,
}

impl Report {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { effort, from, peers, compare, out, picture, resume } = self;
        if let [first, second] = compare.as_slice() {
            return side_by_side(first, second, &out, context);
        }
        // Read before anything is measured, which takes minutes.
        let peers = match peers {
            Some(file) => Some(Peers::read(&file)?),
            None => None,
        };
        let signals = Signals::listen().map_err(CliError::Signals)?;
        let mut report = match from {
            Some(data) => Found::read(&data)?,
            None => {
                let resumed = match resume {
                    true => Some(Found::read(&out.join(DATA))?),
                    false => None,
                };
                let options =
                    ReportOptions { checkpoint: Some(out.clone()), resumed, ..effort.options("report", &signals)? };
                run_report(&options, &mut Bar::new())?
            }
        };
        if let Some(peers) = peers {
            report.join(peers);
        }
        report.write(&out)?;
        let mut pictures = Vec::new();
        if let Some(directory) = picture {
            for (name, scheme) in OVERVIEW {
                write(&directory, name, &report.overview(scheme)?)?;
                pictures.push(directory.join(name).display().to_string());
            }
        }
        let file = |name: &str| out.join(name).display().to_string();
        let document = || Written {
            html: file("index.html"),
            data: file("data.json"),
            csv: file("summary.csv"),
            pictures: &pictures,
            sentences: report.sentences(),
            missing: &report.missing,
        };
        let text = || format!("{}\n{}\n", untrusted::lines(&report.summary()), file("index.html"));
        match signals.received() {
            None => context.output.document(document, text),
            Some(signal) => Err(context.output.failing(document, text, CliError::Interrupted(signal))),
        }
    }
}

fn side_by_side(first: &Path, second: &Path, out: &Path, context: &mut Context) -> Result<(), CliError> {
    let (name, other) = (first.display().to_string(), second.display().to_string());
    let (before, after) = (Found::read(first)?, Found::read(second)?);
    let comparison = Comparison::new((&name, &before), (&other, &after));
    write(out, "comparison.html", &comparison.html()?)?;
    let page = out.join("comparison.html").display().to_string();
    let document = || SideBySide { comparison: &comparison, html: &page, sentences: comparison.sentences() };
    context.output.document(document, || format!("{}\n{page}\n", untrusted::lines(&comparison.text())))
}
