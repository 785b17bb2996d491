mod coverage;
mod events;

use std::time::Duration;

use proptest::prelude::*;

use super::*;

/// Samples like those of a busy shared host: a slow drift that affects all arms, jitter of a few per cent, and now and then
/// an interrupted sample.
fn noisy_arms(seed: u64, rounds: usize, costs: &[f64]) -> Vec<Vec<f64>> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut arms = vec![Vec::new(); costs.len()];
    for round in 0..rounds {
        let drift = 1.0 + 0.15 * (round as f64 / 7.0).sin();
        for (samples, cost) in arms.iter_mut().zip(costs) {
            let jitter: f64 = (0..6).map(|_| random.f64() - 0.5).sum::<f64>() * 0.04;
            let interrupted = if random.u32(..15) == 0 { 1.0 + random.f64() * 2.0 } else { 1.0 };
            samples.push(cost * drift * (1.0 + jitter) * interrupted);
        }
    }
    arms
}

#[test]
fn a_difference_of_ten_per_cent_is_found() {
    for seed in 0..20 {
        let arms = noisy_arms(seed, 40, &[100.0, 110.0]);
        let found = ratio(&arms[1], &arms[0], Layings::ONE).unwrap();
        assert_eq!(found.verdict(), Verdict::Slower, "seed {seed}: {found:?}");
        assert!((1.04..1.17).contains(&found.value), "seed {seed}: {found:?}");
        assert_eq!(ratio(&arms[0], &arms[1], Layings::ONE).unwrap().verdict(), Verdict::Faster, "seed {seed}");
    }
}

#[test]
fn of_forty_arms_compared_with_themselves_at_most_six_differ() {
    let differing = (0..40)
        .filter(|&seed| {
            let arms = noisy_arms(1_000 + seed, 30, &[100.0, 100.0]);
            ratio(&arms[1], &arms[0], Layings::ONE).unwrap().verdict() != Verdict::NoDifference
        })
        .count();
    assert!(differing <= 6, "{differing} of 40 self-comparisons differ");
}

/// Samples with recorded noise: 302 rounds of one contract in two testbeds, committing to memory and to LMDB on a shared
/// virtual host with two processors. Each sample is a multiple of the median of its arm. Samples are drawn in runs of five
/// rounds, so that slow spells stay together. Which arm gets which noise is drawn too.
fn recorded_arms(seed: u64, rounds: usize, costs: [f64; 2]) -> [Vec<f64>; 2] {
    let recorded: Vec<[f64; 2]> = include_str!("noise.txt")
        .lines()
        .map(|line| line.split_once(' ').map(|(one, other)| [one, other].map(|noise| noise.parse().unwrap())).unwrap())
        .collect();
    assert_eq!(recorded.len(), 302);
    let mut random = fastrand::Rng::with_seed(seed);
    let mut arms = [Vec::new(), Vec::new()];
    while arms[0].len() < rounds {
        let start = random.usize(..recorded.len() - 5);
        let swapped = random.usize(..2);
        for noise in &recorded[start..start + 5] {
            for (arm, samples) in arms.iter_mut().enumerate() {
                samples.push(costs[arm] * noise[arm ^ swapped]);
            }
        }
    }
    arms
}

#[test]
fn a_difference_of_ten_per_cent_is_found_in_recorded_noise() {
    for seed in 0..20 {
        let arms = recorded_arms(seed, 40, [100.0, 110.0]);
        assert_eq!(ratio(&arms[1], &arms[0], Layings::ONE).unwrap().verdict(), Verdict::Slower, "seed {seed}");
        assert_eq!(ratio(&arms[0], &arms[1], Layings::ONE).unwrap().verdict(), Verdict::Faster, "seed {seed}");
    }
}

#[test]
fn no_difference_is_found_in_recorded_noise_where_there_is_none() {
    let differs = |seed: &u64| {
        let arms = recorded_arms(2_000 + seed, 40, [100.0, 100.0]);
        ratio(&arms[1], &arms[0], Layings::ONE).unwrap().verdict() != Verdict::NoDifference
    };
    let differing = (0..40).filter(differs).count();
    assert!(differing <= 6, "{differing} of 40 self-comparisons differ");
}

#[test]
fn between_runs_a_real_difference_is_found_and_a_false_one_seldom() {
    let found = |seed: u64, costs: [f64; 2]| {
        // The arms come from different runs: their rounds are not paired.
        let (first, second) = (recorded_arms(seed, 60, costs), recorded_arms(seed + 9_000, 60, costs));
        ratio_of_runs((&second[1], Layings::ONE), (&first[0], Layings::ONE)).unwrap()
    };
    assert!((0..20).all(|seed| found(seed, [100.0, 140.0]).verdict() == Verdict::Slower));
    assert!((0..20).all(|seed| found(seed, [140.0, 100.0]).verdict() == Verdict::Faster));
    // A 95 % interval misses one in twenty. It would miss one in five if it took neighbouring samples for independent.
    let differing = (0..200).filter(|&seed| found(seed, [100.0, 100.0]).verdict() != Verdict::NoDifference).count();
    assert!(differing <= 17, "{differing} of 200 self-comparisons differ");
    let once = |run: &[f64], base: &[f64]| ratio_of_runs((run, Layings::ONE), (base, Layings::ONE));
    assert_eq!(once(&[], &[1.0]), None);
    assert_eq!(once(&[1.0; 9], &[-1.0; 9]), None);
    assert_eq!(once(&[1.0; 9], &[f64::MIN_POSITIVE / 8.0; 9]), None, "infinity is no ratio");
}

#[test]
fn an_interval_holds_the_true_ratio_about_as_often_as_it_claims() {
    let held = (0..200)
        .filter(|&seed| {
            let arms = noisy_arms(5_000 + seed, 30, &[100.0, 250.0]);
            ratio(&arms[1], &arms[0], Layings::ONE).unwrap().interval.contains(2.5)
        })
        .count();
    assert!((180..=200).contains(&held), "{held} of 200 intervals hold the true ratio");
}

#[test]
fn a_base_that_takes_no_time_gives_no_ratio() {
    assert_eq!(ratio(&[1.0; 9], &[0.0; 9], Layings::ONE), None);
    assert_eq!(ratio(&[], &[], Layings::ONE), None);
    assert_eq!(ratio(&[0.0; 9], &[1.0; 9], Layings::ONE).map(|ratio| ratio.value), Some(0.0));
}

#[test]
fn weak_measurements_carry_warnings() {
    let series = |batch, samples: &[f64]| Series { name: "arm".into(), batch, samples: samples.to_vec() };
    let step = Duration::from_nanos(40);
    assert_eq!(warnings(&series(1_000, &[100.0; 9]), step), []);
    assert_eq!(warnings(&series(10, &[100.0; 9]), step), [Warning::CoarseClock { steps: 25.0 }]);
    let noisy = [100.0, 130.0, 170.0, 100.0, 130.0, 170.0, 100.0, 130.0, 170.0];
    assert!(matches!(warnings(&series(1_000, &noisy), step)[..], [Warning::Noisy { .. }]));
    let nothing = warnings(&series(1_000, &[0.0, 0.0, 0.0, 0.0, 0.0, 9.0, 9.0, 9.0]), step);
    assert!(nothing.contains(&Warning::Noisy { spread: None }), "{nothing:?}");
    let mut interrupted = vec![100.0, 101.0, 102.0, 100.0, 101.0, 102.0, 100.0, 101.0];
    interrupted.push(400.0);
    assert_eq!(warnings(&series(1_000, &interrupted), step), [Warning::FarOut { samples: 1 }]);
}

/// An arm that reports `unit` for each unit of a batch, without running anything.
fn simulated(name: &str, unit: Duration) -> Arm<'static> {
    Arm { name: name.into(), per_unit: 4, batch: Box::new(move |units| Ok(unit * units as u32)) }
}

#[test]
fn samples_are_as_long_as_planned_and_divided_by_the_operations() {
    let plan = Plan { rounds: 6, sample: Duration::from_millis(2), seed: 1 };
    let mut arms = [simulated("short", Duration::from_nanos(80)), simulated("long", Duration::from_millis(30))];
    let series = interleave(&mut arms, &plan, &Interrupt::default()).unwrap();
    assert_eq!(series[0].batch, 4 * 2_000_000 / 80);
    assert_eq!(series[0].samples, vec![20.0; 6]);
    assert_eq!(series[1].batch, 4);
    assert_eq!(series[1].samples, vec![7_500_000.0; 6]);
}

#[test]
fn the_reported_progress_adds_up_to_the_plan() {
    let plan = Plan { rounds: 6, sample: Duration::from_millis(2), seed: 1 };
    let mut arms = [simulated("short", Duration::from_nanos(80)), simulated("long", Duration::from_millis(30))];
    let mut reported = Vec::new();
    interleave_watched(&mut arms, &plan, &[], &Interrupt::default(), &mut |part| reported.push(part)).unwrap();
    assert_eq!((reported.len(), reported.iter().sum()), (2 + 6, plan.duration(2)));
}

#[test]
fn one_disturbed_trial_does_not_size_a_batch() {
    let mut runs = 0;
    let disturbed = Arm {
        name: "disturbed".into(),
        per_unit: 1,
        batch: Box::new(move |units| {
            runs += 1;
            let spell = if runs % 3 == 0 { Duration::from_millis(5) } else { Duration::ZERO };
            Ok(Duration::from_nanos(100) * units as u32 + spell)
        }),
    };
    let plan = Plan { rounds: 5, sample: Duration::from_millis(4), seed: 1 };
    let series = interleave(&mut [disturbed], &plan, &Interrupt::default()).unwrap();
    assert_eq!(series[0].batch, 40_000);
}

#[test]
fn an_interrupted_comparison_keeps_complete_rounds_only() {
    let interrupt = Interrupt::default();
    let mut runs = 0;
    let stop = interrupt.clone();
    let counting = Arm {
        name: "counting".into(),
        per_unit: 1,
        batch: Box::new(move |units| {
            runs += 1;
            if runs > 12 {
                stop.request();
            }
            Ok(Duration::from_millis(2) * units as u32)
        }),
    };
    let mut arms = [counting, simulated("other", Duration::from_millis(2))];
    let plan = Plan { rounds: 50, sample: Duration::from_millis(2), seed: 1 };
    let series = interleave(&mut arms, &plan, &interrupt).unwrap();
    assert_eq!(series[0].samples.len(), series[1].samples.len());
    assert!((8..=10).contains(&series[0].samples.len()), "{}", series[0].samples.len());
}

proptest! {
    #[test]
    fn a_median_splits_the_samples(samples in proptest::collection::vec(-1e9..1e9f64, 1..40)) {
        let middle = median(&samples);
        let below = samples.iter().filter(|&&s| s < middle).count();
        let above = samples.iter().filter(|&&s| s > middle).count();
        prop_assert!(below <= samples.len() / 2 && above <= samples.len() / 2);
        let mut sorted = samples.clone();
        sorted.sort_by(f64::total_cmp);
        let by_hand = (sorted[(samples.len() - 1) / 2] + sorted[samples.len() / 2]) / 2.0;
        prop_assert!((middle - by_hand).abs() <= 1e-6);
    }
}

#[test]
fn a_batch_whose_timed_part_stays_short_is_not_doubled_forever() {
    // Every unit takes a tenth of a millisecond, none of which is timed.
    let mut largest = 0;
    let batch = |units: u64| {
        largest = largest.max(units);
        std::thread::sleep(Duration::from_micros(100) * units as u32);
        Ok(Duration::ZERO)
    };
    let mut arms = [Arm { name: "nothing".into(), per_unit: 1, batch: Box::new(batch) }];
    let plan = Plan { rounds: 5, sample: Duration::from_micros(100), seed: 1 };
    let series = interleave(&mut arms, &plan, &Interrupt::default()).unwrap();
    assert_eq!(series[0].samples, [0.0; 5]);
    drop(arms);
    assert!(largest <= 8, "{largest}");
}
