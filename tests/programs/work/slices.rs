//! The work on storage by slices: each page is copied to own memory as a whole, and used there.

#[path = "../../../src/lab/workloads/programs/work.rs"]
#[allow(dead_code, reason = "std's collections cannot lie in slices")]
mod work;

mod svm {
    #[link(wasm_import_module = "svm")]
    unsafe extern "C" {
        pub fn storage_read_to_mem(page: usize, offset: usize, length: usize, memory: u32, to: *mut u8);
        pub fn storage_write_from_mem(memory: u32, from: *const u8, length: usize, page: usize, offset: usize);
    }
}

const PAGE: usize = 4096;

/// Copies storage from the start of a page on.
fn read(page: usize, to: &mut [u8]) {
    for (page, part) in (page..).zip(to.chunks_mut(PAGE)) {
        // SAFETY: the destination is as long as the slice.
        unsafe { svm::storage_read_to_mem(page, 0, part.len(), 0, part.as_mut_ptr()) };
    }
}

/// Copies to storage from the start of a page on.
fn write(page: usize, from: &[u8]) {
    for (page, part) in (page..).zip(from.chunks(PAGE)) {
        // SAFETY: the source is as long as the slice.
        unsafe { svm::storage_write_from_mem(0, part.as_ptr(), part.len(), page, 0) };
    }
}

fn bytes<T: Number>(numbers: &[T]) -> &[u8] {
    // SAFETY: all bytes of a number are initialised.
    unsafe { std::slice::from_raw_parts(numbers.as_ptr().cast(), size_of_val(numbers)) }
}

fn bytes_mut<T: Number>(numbers: &mut [T]) -> &mut [u8] {
    // SAFETY: a number may have any bytes.
    unsafe { std::slice::from_raw_parts_mut(numbers.as_mut_ptr().cast(), size_of_val(numbers)) }
}

/// What may have any bytes, and has no padding.
trait Number {}
impl Number for u64 {}
impl Number for f64 {}

/// The bytes of storage, by pages.
fn stored(length: usize) -> impl Iterator<Item = [u8; PAGE]> {
    (0..length.div_ceil(PAGE)).map(|page| {
        let mut bytes = [0; PAGE];
        read(page, &mut bytes);
        bytes
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn sum(times: u64, length: usize) -> u64 {
    let words: Vec<u64> = (0..length).map(work::word).collect();
    write(0, bytes(&words));
    drop(words);
    let mut page = [0u64; PAGE / 8];
    work::repeat(times, || {
        let pages = (0..length).step_by(page.len()).enumerate();
        pages.fold(0, |sum, (index, start)| {
            let words = &mut page[..(length - start).min(PAGE / 8)];
            read(index, bytes_mut(words));
            sum.wrapping_add(work::add(words.iter().copied()))
        })
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn sort(times: u64, length: usize) -> u64 {
    let mut words = vec![0; length];
    work::repeat(times, || {
        words.iter_mut().enumerate().for_each(|(index, word)| *word = work::word(index));
        write(0, bytes(&words));
        read(0, bytes_mut(&mut words));
        words.sort_unstable();
        write(0, bytes(&words));
        work::checksum(words.iter().copied())
    })
}

/// Both factors are copied as a whole, and the product is made in own memory.
#[unsafe(no_mangle)]
pub extern "C" fn matrix(times: u64, side: usize) -> u64 {
    let factors: Vec<f64> = (0..side * side).map(work::factor).collect();
    let pages_of_matrix = (8 * side * side).div_ceil(PAGE);
    write(0, bytes(&factors));
    let mut copy = factors;
    let mut product = vec![0.0; side * side];
    work::repeat(times, || {
        read(0, bytes_mut(&mut copy));
        work::multiply(&copy[..], &copy[..], &mut product[..], side);
        write(pages_of_matrix, bytes(&product));
        work::checksum(product.iter().map(|element| element.to_bits()))
    })
}

#[unsafe(no_mangle)]
pub extern "C" fn json(times: u64, records: usize) -> u64 {
    let mut text = Vec::new();
    work::write_json(records, &mut |byte| text.push(byte));
    write(0, &text);
    let length = text.len();
    work::repeat(times, || work::parse_json(stored(length).flatten().take(length)).unwrap_or(0))
}
