//! `vellum report`

use std::path::PathBuf;

use serde_json::json;
use vellum::lab::run_report;

use super::Context;
use super::bench::EffortArguments;
use super::error::CliError;
use super::progress::Bar;

/// Measure mapped storage against slice calls on this machine, and write a report
///
/// Ctrl-C ends the measuring: the report then says what is missing.
#[derive(Debug, clap::Args)]
pub struct Report {
    #[command(flatten)]
    effort: EffortArguments,

    /// Where index.html, data.json and summary.csv are written
    #[arg(long, value_name = "DIR", default_value = "./vellum-report")]
    out: PathBuf,
}

impl Report {
    pub fn run(self, context: &mut Context) -> Result<(), CliError> {
        let Self { effort, out } = self;
        let options = effort.effort().options("report")?;
        let report = run_report(&options, &mut Bar::new())?;
        report.write(&out)?;
        let file = |name: &str| out.join(name).display().to_string();
        let document = || {
            json!({
                "html": file("index.html"),
                "data": file("data.json"),
                "csv": file("summary.csv"),
                "sentences": report.sentences(),
                "missing": report.missing,
            })
        };
        context.output.document(document, || format!("{}\n{}\n", report.summary(), file("index.html")))
    }
}
