;; A dense array of i64 from the start of storage; its length in bytes is a multiple of a page. Whole pages are copied
;; through own memory: the longest possible slices.
(module
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)

  ;; Fills the array from a seed. Returns the last value written.
  (func (export "fill") (param $seed i64) (param $bytes i32) (result i64)
    (local $page i32)
    (local $at i32)
    (loop $pages
      (local.set $at (i32.const 0))
      (loop $next
        (local.set $seed (i64.add (local.get $seed) (i64.const 0x9E3779B97F4A7C15)))
        (i64.store (local.get $at) (local.get $seed))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $next (i32.lt_u (local.get $at) (i32.const 4096))))
      (call $write (i32.const 0) (i32.const 0) (i32.const 4096) (local.get $page) (i32.const 0))
      (local.set $page (i32.add (local.get $page) (i32.const 1)))
      (br_if $pages (i32.lt_u (i32.shl (local.get $page) (i32.const 12)) (local.get $bytes))))
    (local.get $seed))

  ;; Returns the seed plus the sum of the array.
  (func (export "sum") (param $seed i64) (param $bytes i32) (result i64)
    (local $page i32)
    (local $at i32)
    (loop $pages
      (call $read (local.get $page) (i32.const 0) (i32.const 4096) (i32.const 0) (i32.const 0))
      (local.set $at (i32.const 0))
      (loop $next
        (local.set $seed (i64.add (local.get $seed) (i64.load (local.get $at))))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $next (i32.lt_u (local.get $at) (i32.const 4096))))
      (local.set $page (i32.add (local.get $page) (i32.const 1)))
      (br_if $pages (i32.lt_u (i32.shl (local.get $page) (i32.const 12)) (local.get $bytes))))
    (local.get $seed)))
