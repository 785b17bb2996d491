//! The lab's workloads under criterion: `cargo bench`, for whoever changes the machine and wants to see what it did.
//!
//! The same contracts, judges and forms as in `vellum report`; a wrong answer stops the run.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use vellum::lab::workloads::{Form, Subject, World, standard};
use vellum::paging::PagerKind;

/// Whole warm dry runs of every workload, mapped under two pagers, with slices, and through a window where there is one.
fn dry_runs(criterion: &mut Criterion) {
    let forms = [
        ("mapped, soft", Form::Mapped, PagerKind::Soft),
        ("mapped, eager", Form::Mapped, PagerKind::Eager),
        ("slices", Form::Slices, PagerKind::Soft),
        ("window", Form::Window, PagerKind::Soft),
    ];
    for workload in standard() {
        let mut group = criterion.benchmark_group(workload.name());
        let forms = forms.into_iter().filter(|(_, form, _)| workload.forms().contains(form));
        for (name, form, pager) in forms {
            let world = World::in_memory().expect("a machine on a store in memory");
            let mut subject =
                Subject::new(workload.as_ref(), form, pager, world).expect("a contract with right answers");
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter_custom(|times| subject.dry_runs(times).expect("a right answer"));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, dry_runs);
criterion_main!(benches);
