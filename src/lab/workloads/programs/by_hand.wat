;; Two of the works on mapped storage, as a person writes them in the text format.
(module
  (import "storage" "memory" (memory $storage 1))

  ;; SplitMix64
  (func $word (param $index i32) (result i64)
    (local $word i64)
    (local.set $word
      (i64.mul
        (i64.add (i64.extend_i32_u (local.get $index)) (i64.const 1))
        (i64.const 0x9E3779B97F4A7C15)))
    (local.set $word
      (i64.mul
        (i64.xor (local.get $word) (i64.shr_u (local.get $word) (i64.const 30)))
        (i64.const 0xBF58476D1CE4E5B9)))
    (local.set $word
      (i64.mul
        (i64.xor (local.get $word) (i64.shr_u (local.get $word) (i64.const 27)))
        (i64.const 0x94D049BB133111EB)))
    (i64.xor (local.get $word) (i64.shr_u (local.get $word) (i64.const 31))))

  (func $fill (param $length i32)
    (local $index i32)
    (loop $next
      (i64.store $storage (i32.shl (local.get $index) (i32.const 3)) (call $word (local.get $index)))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $index) (local.get $length)))))

  (func (export "sum") (param $times i64) (param $length i32) (result i64)
    (local $sum i64) (local $at i32) (local $end i32)
    (call $fill (local.get $length))
    (local.set $end (i32.shl (local.get $length) (i32.const 3)))
    (loop $again
      (local.set $at (i32.const 0))
      (loop $next
        (local.set $sum (i64.add (i64.load $storage (local.get $at)) (local.get $sum)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $next (i32.ne (local.get $at) (local.get $end))))
      (local.set $times (i64.sub (local.get $times) (i64.const 1)))
      (br_if $again (i64.ne (local.get $times) (i64.const 0))))
    (local.get $sum))

  ;; Moves the word at byte $root down to where no word below it, and before byte $end, is larger.
  (func $sink (param $root i32) (param $end i32)
    (local $sinking i64) (local $child i32) (local $larger i64) (local $right i64)
    (local.set $sinking (i64.load $storage (local.get $root)))
    (block $done
      (loop $down
        (local.set $child (i32.add (i32.shl (local.get $root) (i32.const 1)) (i32.const 8)))
        (br_if $done (i32.ge_u (local.get $child) (local.get $end)))
        (local.set $larger (i64.load $storage (local.get $child)))
        (if (i32.lt_u (i32.add (local.get $child) (i32.const 8)) (local.get $end))
          (then
            (local.set $right (i64.load $storage offset=8 (local.get $child)))
            (if (i64.gt_u (local.get $right) (local.get $larger))
              (then
                (local.set $child (i32.add (local.get $child) (i32.const 8)))
                (local.set $larger (local.get $right))))))
        (br_if $done (i64.le_u (local.get $larger) (local.get $sinking)))
        (i64.store $storage (local.get $root) (local.get $larger))
        (local.set $root (local.get $child))
        (br $down)))
    (i64.store $storage (local.get $root) (local.get $sinking)))

  (func $sort (param $end i32)
    (local $at i32) (local $first i64)
    (local.set $at (i32.and (i32.shr_u (local.get $end) (i32.const 1)) (i32.const -8)))
    (block $built
      (loop $next
        (br_if $built (i32.eqz (local.get $at)))
        (local.set $at (i32.sub (local.get $at) (i32.const 8)))
        (call $sink (local.get $at) (local.get $end))
        (br $next)))
    (block $done
      (loop $next
        (br_if $done (i32.le_u (local.get $end) (i32.const 8)))
        (local.set $end (i32.sub (local.get $end) (i32.const 8)))
        (local.set $first (i64.load $storage (i32.const 0)))
        (i64.store $storage (i32.const 0) (i64.load $storage (local.get $end)))
        (i64.store $storage (local.get $end) (local.get $first))
        (call $sink (i32.const 0) (local.get $end))
        (br $next))))

  (func (export "heapsort") (param $times i64) (param $length i32) (result i64)
    (local $sum i64) (local $hash i64) (local $at i32) (local $end i32)
    (local.set $end (i32.shl (local.get $length) (i32.const 3)))
    (loop $again
      (call $fill (local.get $length))
      (call $sort (local.get $end))
      (local.set $hash (i64.const 0))
      (local.set $at (i32.const 0))
      (loop $next
        (local.set $hash
          (i64.mul (i64.xor (local.get $hash) (i64.load $storage (local.get $at))) (i64.const 0x100000001B3)))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (br_if $next (i32.ne (local.get $at) (local.get $end))))
      (local.set $sum (i64.add (local.get $sum) (local.get $hash)))
      (local.set $times (i64.sub (local.get $times) (i64.const 1)))
      (br_if $again (i64.ne (local.get $times) (i64.const 0))))
    (local.get $sum))
)
