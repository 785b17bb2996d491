//! The lab's workloads under criterion (`cargo bench`), for developers who change the VM.
//!
//! The workloads, forms and native models are those of `vellum report`. A wrong answer stops the run.

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use vellum::lab::workloads::{Form, Subject, Testbed, standard};
use vellum::paging::PagerKind;

/// Warm dry runs of every workload: mapped under two pagers, with slices, and with the window of workloads that have one.
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
            let testbed = Testbed::in_memory().expect("a testbed in memory");
            let mut subject =
                Subject::new(workload.as_ref(), form, pager, testbed).expect("a contract that agrees with its model");
            group.bench_function(BenchmarkId::from_parameter(name), |bencher| {
                bencher.iter_custom(|times| subject.dry_runs(times).expect("a right answer"));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, dry_runs);
criterion_main!(benches);
