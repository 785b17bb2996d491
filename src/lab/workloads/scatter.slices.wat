;; 8 bytes on each of many pages far apart.
(module
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)

  ;; Changes the words at 0, stride, 2 * stride ... Returns the sum of the old words.
  (func (export "touch") (param $seed i64) (param $count i32) (param $stride i32) (result i64)
    (local $at i32)
    (local $value i64)
    (local $sum i64)
    (loop $next
      (if (local.get $count) (then
        (call $read (i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095))
          (i32.const 8) (i32.const 0) (i32.const 0))
        (local.set $value (i64.load (i32.const 0)))
        (local.set $sum (i64.add (local.get $sum) (local.get $value)))
        (i64.store (i32.const 0) (i64.add (local.get $value) (local.get $seed)))
        (call $write (i32.const 0) (i32.const 0) (i32.const 8)
          (i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095)))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (local.get $sum))

  ;; Reads the words at 0, stride, 2 * stride ... Returns the seed plus their sum.
  (func (export "look") (param $seed i64) (param $count i32) (param $stride i32) (result i64)
    (local $at i32)
    (loop $next
      (if (local.get $count) (then
        (call $read (i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095))
          (i32.const 8) (i32.const 0) (i32.const 0))
        (local.set $seed (i64.add (local.get $seed) (i64.load (i32.const 0))))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (local.get $seed)))
