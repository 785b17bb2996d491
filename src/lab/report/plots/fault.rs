//! The plots of `fault`.

use super::arms::{arm_names, point, rows, styled, tick};
use super::figure::Plot;
use super::kinds::{Shown, curve};
use crate::lab::experiments::{Findings, Group, fault};
use crate::lab::report::plot::Dots;

const WAYS: [&str; 6] = [fault::SLICE, fault::SOFT, fault::RESIDENT, fault::EAGER, fault::SIGSEGV, fault::UFFD];

/// The tables of all orders and steps, a plot for each.
const STEPPED: [&str; 4] = [fault::STEPPED_STORED, fault::STEPPED_KEPT, fault::STEPPED_HALF, fault::STEPPED_NEW];

/// The ways of a contract, and what further accesses to a page cost.
pub fn figures(findings: &Findings) -> Vec<(Plot, String)> {
    let first = |group: &Group| group.section != fault::AGAIN && !STEPPED.contains(&&*group.section);
    let caption = "Time of the first touch of a page. Further left is faster. The tables have the loops by hand, and the hardware pagers without a window.";
    let mut figures = vec![touches(findings, &first, caption)];
    figures.extend(curve(findings, fault::AGAIN, "reads of each page", Vec::new(), "Time for a page, by how often it is read in one call. Where two lines cross, the dear fault has paid for itself."));
    for section in STEPPED {
        let shown = |group: &Group| group.section == section;
        if findings.groups.iter().any(shown) {
            figures.push(touches(findings, &shown, "Time for a page, by what is done, in which direction, and how far it is from one to the next. Further left is faster."));
        }
    }
    figures
}

fn touches(findings: &Findings, shown: Shown<'_>, caption: &str) -> (Plot, String) {
    let touches: Vec<&Group> = findings.groups.iter().filter(|group| shown(group)).collect();
    let measured = arm_names(touches.iter().copied());
    let series: Vec<String> = WAYS.into_iter().map(str::to_owned).filter(|name| measured.contains(name)).collect();
    let dots = Dots {
        description: format!("{} Medians with 95 % intervals; the tables below have the values.", findings.question),
        axis: "time per page (logarithmic)".to_owned(),
        label: tick,
        reference: None,
        rows: rows(&touches, &series, |arm| (arm.median_ns > 0.0).then(|| point(arm))),
        series: styled(&series),
    };
    (Plot::Dots(dots), caption.to_owned())
}
