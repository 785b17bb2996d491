//! The work on storage as a memory of its own, by functions that are instructions.

#[path = "../../../src/lab/workloads/programs/work.rs"]
#[allow(dead_code, reason = "std's collections cannot lie in another memory")]
mod work;

use work::Array;

mod storage {
    #[link(wasm_import_module = "storage")]
    unsafe extern "C" {
        #[link_name = "i64.load"]
        pub safe fn load_word(address: usize) -> u64;
        #[link_name = "i64.store"]
        pub safe fn store_word(address: usize, value: u64);
        #[link_name = "f64.load"]
        pub safe fn load_number(address: usize) -> f64;
        #[link_name = "f64.store"]
        pub safe fn store_number(address: usize, value: f64);
        #[link_name = "i32.load8_u"]
        pub safe fn load_byte(address: usize) -> u32;
        #[link_name = "i32.store8"]
        pub safe fn store_byte(address: usize, value: u32);
    }
}

/// Elements in storage, from this address on.
struct Stored(usize);

impl Array<u64> for Stored {
    fn get(&self, index: usize) -> u64 {
        storage::load_word(self.0 + 8 * index)
    }

    fn set(&mut self, index: usize, value: u64) {
        storage::store_word(self.0 + 8 * index, value);
    }
}

impl Array<f64> for Stored {
    fn get(&self, index: usize) -> f64 {
        storage::load_number(self.0 + 8 * index)
    }

    fn set(&mut self, index: usize, value: f64) {
        storage::store_number(self.0 + 8 * index, value);
    }
}

fn words(length: usize) -> impl Iterator<Item = u64> {
    (0..length).map(|index| Stored(0).get(index))
}

#[unsafe(no_mangle)]
pub extern "C" fn sum(times: u64, length: usize) -> u64 {
    (0..length).for_each(|index| Stored(0).set(index, work::word(index)));
    work::repeat(times, || work::add(words(length)))
}

#[unsafe(no_mangle)]
pub extern "C" fn heapsort(times: u64, length: usize) -> u64 {
    work::repeat(times, || {
        (0..length).for_each(|index| Stored(0).set(index, work::word(index)));
        work::sort_by_heap(&mut Stored(0), length);
        work::checksum(words(length))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn matrix(times: u64, side: usize) -> u64 {
    let (factors, mut product) = (Stored(0), Stored(8 * side * side));
    (0..side * side).for_each(|index| Stored(0).set(index, work::factor(index)));
    work::repeat(times, || {
        work::multiply(&factors, &factors, &mut product, side);
        work::checksum((0..side * side).map(|index| product.get(index)))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn json(times: u64, records: usize) -> u64 {
    let mut length = 0;
    work::write_json(records, &mut |byte| {
        storage::store_byte(length, byte.into());
        length += 1;
    });
    work::repeat(times, || work::parse_json((0..length).map(|at| storage::load_byte(at) as u8)).unwrap_or(0))
}
