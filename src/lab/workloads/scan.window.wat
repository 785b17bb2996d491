;; A dense array of i64 from the start of storage; its length in bytes is a multiple of a page.
;; It is accessed through one window.
(module
  (import "ewasm" "storageMap" (func $map (param i32 i32 i32)))
  (memory (export "memory") 16)

  ;; Fills the array from a seed. Returns the last value written.
  (func (export "fill") (param $seed i64) (param $bytes i32) (result i64)
    (local $at i32)
    (call $map (i32.const 0) (i32.const 0) (local.get $bytes))
    (loop $next
      (local.set $seed (i64.add (local.get $seed) (i64.const 0x9E3779B97F4A7C15)))
      (i64.store (local.get $at) (local.get $seed))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $bytes))))
    (local.get $seed))

  ;; Returns the seed plus the sum of the array.
  (func (export "sum") (param $seed i64) (param $bytes i32) (result i64)
    (local $at i32)
    (call $map (i32.const 0) (i32.const 0) (local.get $bytes))
    (loop $next
      (local.set $seed (i64.add (local.get $seed) (i64.load (local.get $at))))
      (local.set $at (i32.add (local.get $at) (i32.const 8)))
      (br_if $next (i32.lt_u (local.get $at) (local.get $bytes))))
    (local.get $seed)))
