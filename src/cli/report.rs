//! `vellum report`

use std::path::{Path, PathBuf};

use serde::Serialize;
use vellum::lab::report::{DATA, OVERVIEW, Peers, write};
use vellum::lab::{Comparison, Report as LabReport, ReportOptions, run_report};

use super::bench::EffortArguments;
use super::context::Context;
use super::error::CliError;
use super::progress::Bar;
use super::signals::Signals;
use super::untrusted;

/// Measure mapped storage against slices on this host, and write a report
///
/// Ctrl-C or another termination signal stops the run. The report then says what is missing, and --resume continues the run. Nothing is measured with --from or --compare.
#[derive(Debug, clap::Args)]
pub struct Report {
    #[command(flatten)]
    effort: EffortArguments,

    /// Make the report again from the data of a run
    #[arg(long, value_name = "DATA.JSON", conflicts_with_all = ["Preset", "set", "compare"])]
    from: Option<PathBuf>,

    /// Add the results of a run of the peers: other systems on the same workloads, measured by benches/peers
    #[arg(long, value_name = "PEERS.JSON", conflicts_with = "compare")]
    peers: Option<PathBuf>,

    /// Compare two runs, the earlier one first, and write comparison.html
    #[arg(long, value_names = ["A.JSON", "B.JSON"], num_args = 2, conflicts_with_all = ["Preset", "set"])]
    compare: Vec<PathBuf>,

    /// The directory for index.html, data.json and summary.csv
    #[arg(long, value_name = "DIR", default_value = "./vellum-report")]
    out: PathBuf,

    /// Also write overview-light.svg and overview-dark.svg into a directory: one picture of what mapping gains and loses
    #[arg(long, value_name = "DIR", requires = "from")]
    picture: Option<PathBuf>,

    /// Resume an interrupted run: complete experiments in DIR/data.json are kept
    #[arg(long, conflicts_with_all = ["from", "compare"])]
    resume: bool,
}

/// The report, for a program: its files and sentences.
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

/// The comparison of two runs, for a program.
#[derive(Debug, Serialize)]
struct WrittenComparison<'a> {
    #[serde(flatten)]
    comparison: &'a Comparison,
    html: &'a str,
    sentences: Vec<String>,
}

impl Report {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { effort, from, peers, compare, out, picture, resume } = self;
        if let [first, second] = compare.as_slice() {
            return compare_runs(first, second, &out, context);
        }
        // A bad file should be refused before the run, which takes minutes.
        let peers = match peers {
            Some(file) => Some(Peers::read(&file)?),
            None => None,
        };
        let signals = Signals::listen().map_err(CliError::Signals)?;
        let mut report = match from {
            Some(data) => LabReport::read(&data)?,
            None => {
                let resumed = if resume { Some(LabReport::read(&out.join(DATA))?) } else { None };
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

fn compare_runs(first: &Path, second: &Path, out: &Path, context: &mut Context) -> Result<(), CliError> {
    let (name, other) = (first.display().to_string(), second.display().to_string());
    let (before, after) = (LabReport::read(first)?, LabReport::read(second)?);
    let comparison = Comparison::new((&name, &before), (&other, &after));
    write(out, "comparison.html", &comparison.html()?)?;
    let page = out.join("comparison.html").display().to_string();
    let document = || WrittenComparison { comparison: &comparison, html: &page, sentences: comparison.sentences() };
    context.output.document(document, || format!("{}\n{page}\n", untrusted::lines(&comparison.text())))
}
