//! The tasks in Rust over words with keys, for programs without a virtual machine.

use crate::peer::Failure;
use crate::task::Request;

/// The first balance of each account.
const GRANT: u64 = 1_000_000;

/// State that consists of words with keys.
pub trait Words {
    fn get(&mut self, key: u64) -> Result<u64, Failure>;
    fn set(&mut self, key: u64, word: u64) -> Result<(), Failure>;
}

/// Executes a request and returns its result.
pub fn execute(request: &Request, words: &mut impl Words) -> Result<i64, Failure> {
    let [a, b, c] = request.arguments;
    match request.function {
        Request::INCREMENT => {
            let value = words.get(0)? + 1;
            words.set(0, value)?;
            Ok(value as i64)
        }
        Request::MINT => {
            (a..a + b).try_for_each(|account| words.set(account, GRANT))?;
            Ok((a + b) as i64)
        }
        Request::TRANSFER => transfer(a, b, c, words),
        _ => scatter(request.function == Request::TOUCH, a, b, words),
    }
}

fn transfer(seed: u64, count: u64, accounts: u64, words: &mut impl Words) -> Result<i64, Failure> {
    let mut random = seed;
    let mut draw = || {
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        random
    };
    let mut moved = 0;
    for _ in 0..count {
        let (first, second) = (draw(), draw());
        let (from, to, amount) = ((first >> 33) % accounts + 1, (second >> 33) % accounts + 1, (first >> 20) & 1_023);
        let balance = words.get(from)?;
        if balance < amount {
            continue;
        }
        words.set(from, balance - amount)?;
        let balance = words.get(to)?;
        words.set(to, balance + amount)?;
        moved += amount as i64;
    }
    Ok(moved)
}

fn scatter(writes: bool, seed: u64, count: u64, words: &mut impl Words) -> Result<i64, Failure> {
    let mut sum = if writes { 0 } else { seed };
    for place in 0..count {
        let value = words.get(place)?;
        sum = sum.wrapping_add(value);
        if writes {
            words.set(place, value.wrapping_add(seed))?;
        }
    }
    Ok(sum as i64)
}
