//! How often intervals hold the true value, in noise modelled on that of a shared host.

use super::*;

/// The noise of the quotients of the rounds of a laying, as logarithms around 0.
#[derive(Debug, Clone, Copy)]
enum Noise {
    /// The rounds are independent.
    Independent,
    /// Each round depends on the round before.
    Correlated,
    /// Slow spells of eight rounds affect one arm more than the other.
    Spells,
    /// One sample in seven is interrupted.
    Interrupted,
    /// Both arms are slow more often than fast.
    Skewed,
}

const NOISES: [Noise; 5] = [Noise::Independent, Noise::Correlated, Noise::Spells, Noise::Interrupted, Noise::Skewed];

fn normal(random: &mut fastrand::Rng) -> f64 {
    (0..12).map(|_| random.f64()).sum::<f64>() - 6.0
}

fn exponential(random: &mut fastrand::Rng) -> f64 {
    -(1.0 - random.f64()).ln()
}

fn quotients(noise: Noise, rounds: usize, random: &mut fastrand::Rng) -> Vec<f64> {
    let (mut last, mut spell) = (0.03 * normal(random), 0.0);
    let next = |_| match noise {
        Noise::Independent => 0.03 * normal(random),
        Noise::Correlated => {
            last = 0.4 * last + 0.0275 * normal(random);
            last
        }
        Noise::Spells => {
            if random.u32(..8) == 0 {
                spell = 0.01 * normal(random);
            }
            spell + 0.02 * normal(random)
        }
        Noise::Interrupted => {
            let long = if random.u32(..7) == 0 { exponential(random) * 0.5 } else { 0.0 };
            0.02 * normal(random) + if random.bool() { long } else { -long }
        }
        Noise::Skewed => 0.05 * (exponential(random) - exponential(random)),
    };
    (0..rounds).map(next).collect()
}

/// The effect of the memory addresses of a laying, as logarithms around 0.
#[derive(Debug, Clone, Copy)]
enum AddressEffect {
    /// A hundredth slower or faster.
    OneKind,
    /// The same, and one laying in three is slower by six hundredths.
    TwoKinds,
}

impl AddressEffect {
    fn draw(self, random: &mut fastrand::Rng) -> f64 {
        let kind = match self {
            Self::OneKind => 0.0,
            Self::TwoKinds if random.u32(..3) == 0 => 0.04,
            Self::TwoKinds => -0.02,
        };
        kind + 0.01 * normal(random)
    }
}

/// A simulated run of two arms.
#[derive(Debug, Clone, Copy)]
struct Simulation {
    addresses: AddressEffect,
    noise: Noise,
    layings: u32,
    /// Rounds of each laying.
    rounds: usize,
}

impl Simulation {
    /// The samples of the base, and of an arm that takes `times` as long.
    fn samples(self, times: f64, random: &mut fastrand::Rng) -> [Vec<f64>; 2] {
        let mut arms = [Vec::new(), Vec::new()];
        for _ in 0..self.layings {
            let effect = self.addresses.draw(random);
            for (round, quotient) in quotients(self.noise, self.rounds, random).into_iter().enumerate() {
                // A drift that affects both arms.
                let base = 100.0 * (1.0 + 0.1 * (round as f64 / 9.0).sin());
                arms[0].push(base);
                arms[1].push(base * times * (effect + quotient).exp());
            }
        }
        arms
    }

    /// How many per cent of the intervals hold the true ratio.
    fn coverage(self) -> f64 {
        coverage(1_000, |random| {
            let [base, arm] = self.samples(2.5, random);
            ratio(&arm, &base, Layings(self.layings)).unwrap().interval.contains(2.5)
        })
    }

    /// The same number of rounds in a single laying.
    fn with_one_laying(self) -> Self {
        Self { layings: 1, rounds: self.layings as usize * self.rounds, ..self }
    }
}

/// The percentage of seeded trials that hold.
fn coverage(trials: u64, mut holds: impl FnMut(&mut fastrand::Rng) -> bool) -> f64 {
    let held = (0..trials).filter(|seed| holds(&mut fastrand::Rng::with_seed(77_000 + seed))).count();
    100.0 * held as f64 / trials as f64
}

#[test]
fn intervals_of_several_layings_hold_the_true_ratio_about_as_often_as_they_claim() {
    for (layings, rounds) in [(3, 4), (7, 12)] {
        for noise in NOISES {
            let run = Simulation { addresses: AddressEffect::OneKind, noise, layings, rounds };
            let [several, one] = [run, run.with_one_laying()].map(Simulation::coverage);
            println!("{run:?}: {several} %; in one laying: {one} %");
            assert!((93.0..=97.5).contains(&several) && one < several, "{run:?}: {several} %, {one} %");
        }
    }
}

/// Few layings may all be of one kind: three are in a third of all runs, seven in a seventeenth.
#[test]
fn where_layings_are_of_two_kinds_intervals_of_few_hold_the_true_ratio_less_often() {
    for (layings, rounds, least) in [(3, 4, 85.0), (7, 12, 86.0), (12, 16, 90.0)] {
        for noise in NOISES {
            let run = Simulation { addresses: AddressEffect::TwoKinds, noise, layings, rounds };
            let [several, one] = [run, run.with_one_laying()].map(Simulation::coverage);
            println!("{run:?}: {several} %; in one laying: {one} %");
            assert!((least..=98.0).contains(&several) && one < several, "{run:?}: {several} %, {one} %");
        }
    }
}

#[test]
fn intervals_of_one_laying_hold_the_ratio_of_that_laying_about_as_often_as_they_claim() {
    for rounds in [27, 101] {
        for noise in NOISES {
            let found = coverage(1_000, |random| {
                let quotients: Vec<f64> = quotients(noise, rounds, random).into_iter().map(f64::exp).collect();
                ratio(&quotients, &vec![1.0; rounds], Layings::ONE).unwrap().interval.contains(1.0)
            });
            println!("{rounds} rounds, {noise:?}: {found} %");
            // 27 rounds contain only about three spells of eight.
            let least = if matches!(noise, Noise::Spells) { 83.0 } else { 90.0 };
            assert!((least..=98.0).contains(&found), "{rounds} rounds, {noise:?}: {found} %");
        }
    }
}

#[test]
fn in_seven_layings_a_difference_of_ten_per_cent_is_found_and_a_false_one_seldom() {
    for noise in NOISES {
        let run = Simulation { addresses: AddressEffect::OneKind, noise, layings: 7, rounds: 12 };
        let verdict = |seed: u64, times| {
            let [base, arm] = run.samples(times, &mut fastrand::Rng::with_seed(seed));
            ratio(&arm, &base, Layings(7)).unwrap().verdict()
        };
        assert!((0..20).all(|seed| verdict(seed, 1.1) == Verdict::Slower), "{noise:?}");
        assert!((0..20).all(|seed| verdict(seed, 1.0 / 1.1) == Verdict::Faster), "{noise:?}");
        let differing = (0..40).filter(|seed| verdict(500 + seed, 1.0) != Verdict::NoDifference).count();
        assert!(differing <= 6, "{noise:?}: {differing} of 40 differ");
    }
}

/// The samples of two runs are not paired, and each run has its own layings.
#[test]
fn between_runs_of_several_layings_intervals_hold_the_true_ratio_about_as_often_as_they_claim() {
    for layings in [3, 7] {
        let run = Simulation { addresses: AddressEffect::OneKind, noise: Noise::Correlated, layings, rounds: 16 };
        let found = coverage(1_000, |random| {
            let [[_, first], [_, second]] = [run.samples(1.0, random), run.samples(1.0, random)];
            let layings = Layings(layings);
            ratio_of_runs((&second, layings), (&first, layings)).unwrap().interval.contains(1.0)
        });
        println!("{layings} layings: {found} %");
        assert!((93.0..=99.0).contains(&found), "{layings} layings: {found} %");
    }
}
