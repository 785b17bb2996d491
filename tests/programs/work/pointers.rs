//! The work by pointers. All that is allocated lies in storage inside own memory; with `--cfg volatile` it lies in own
//! memory that is not storage.

#[path = "../heap.rs"]
mod heap;
#[path = "../../../src/lab/workloads/programs/pointers.rs"]
mod pointers;
#[path = "../../../src/lab/workloads/programs/work.rs"]
mod work;

#[cfg(not(volatile))]
mod space {
    #[link(wasm_import_module = "storage")]
    unsafe extern "C" {
        #[link_name = "base"]
        safe fn storage_base() -> usize;
        #[link_name = "size"]
        safe fn storage_size() -> usize;
    }

    pub fn base() -> usize {
        storage_base()
    }

    pub fn size() -> usize {
        storage_size()
    }
}

#[cfg(volatile)]
mod space {
    /// 16 MiB of own memory.
    static mut SPACE: [u64; 2 << 20] = [0; 2 << 20];

    pub fn base() -> usize {
        &raw mut SPACE as usize
    }

    pub fn size() -> usize {
        16 << 20
    }
}

#[global_allocator]
static ALLOCATOR: heap::Allocator = heap::Allocator { base: space::base, size: space::size };

macro_rules! exports {
    ($($work:ident)*) => {
        $(
            #[unsafe(no_mangle)]
            pub extern "C" fn $work(times: u64, size: usize) -> u64 {
                pointers::$work(times, size)
            }
        )*
    };
}

exports! { map sum sort heapsort matrix json }
