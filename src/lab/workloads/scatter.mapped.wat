;; 8 bytes on each of many pages far apart.
(module
  (import "storage" "memory" (memory $storage 1))

  ;; Changes the words at 0, stride, 2 * stride ... Returns the sum of the old words.
  (func (export "touch") (param $seed i64) (param $count i32) (param $stride i32) (result i64)
    (local $at i32)
    (local $value i64)
    (local $sum i64)
    (loop $next
      (if (local.get $count) (then
        (local.set $value (i64.load $storage (local.get $at)))
        (local.set $sum (i64.add (local.get $sum) (local.get $value)))
        (i64.store $storage (local.get $at) (i64.add (local.get $value) (local.get $seed)))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (local.get $sum))

  ;; Reads the words at 0, stride, 2 * stride ... Returns the seed plus their sum.
  (func (export "look") (param $seed i64) (param $count i32) (param $stride i32) (result i64)
    (local $at i32)
    (loop $next
      (if (local.get $count) (then
        (local.set $seed (i64.add (local.get $seed) (i64.load $storage (local.get $at))))
        (local.set $at (i32.add (local.get $at) (local.get $stride)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (local.get $seed)))
