//! The plots of `fault`.

use super::arms::{arm_names, point, rows, styled, tick};
use super::figure::Plot;
use super::kinds::{Shown, curve};
use crate::lab::experiments::{Findings, Group, fault};
use crate::lab::report::plot::Dots;

const ARMS: [&str; 6] = [fault::SLICE, fault::SOFT, fault::RESIDENT, fault::EAGER, fault::SIGSEGV, fault::UFFD];

/// The tables of all orders and steps. Each has its own plot.
const STEPPED: [&str; 4] = [fault::STEPPED_STORED, fault::STEPPED_KEPT, fault::STEPPED_HALF, fault::STEPPED_NEW];

/// The touches of a page, the time by the number of reads, and all orders and steps.
pub fn figures(findings: &Findings) -> Vec<(Plot, String)> {
    let first = |group: &Group| group.section != fault::MANY_READS && !STEPPED.contains(&&*group.section);
    let caption = "Time of a touch of a page. Further left is faster. The tables also have the loops by hand, and the hardware pagers with one page per fault.";
    let mut figures = vec![touches(findings, &first, caption)];
    figures.extend(curve(findings, fault::MANY_READS, "reads of each page", Vec::new(), "Time for a page, by the number of reads in one call. Where two lines cross, the expensive fault has paid for itself."));
    for section in STEPPED {
        let shown = |group: &Group| group.section == section;
        if findings.groups.iter().any(shown) {
            figures.push(touches(
                findings,
                &shown,
                "Time for a page, by access, direction and distance to the next page. Further left is faster.",
            ));
        }
    }
    figures
}

fn touches(findings: &Findings, shown: Shown<'_>, caption: &str) -> (Plot, String) {
    let touches: Vec<&Group> = findings.groups.iter().filter(|group| shown(group)).collect();
    let measured = arm_names(touches.iter().copied());
    let series: Vec<String> = ARMS.into_iter().map(str::to_owned).filter(|name| measured.contains(name)).collect();
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
