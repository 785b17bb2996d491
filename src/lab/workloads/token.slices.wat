;; Accounts in an open-addressed table of 8,192 slots from the start of storage: key i64 (0: empty), balance i64.
;; A search reads a bucket of four slots (64 bytes) at a time into own memory, so that most searches need one slice.
(module
  (import "svm" "storage_read_to_mem" (func $read (param i32 i32 i32 i32 i32)))
  (import "svm" "storage_write_from_mem" (func $write (param i32 i32 i32 i32 i32)))
  (memory (export "memory") 1)

  ;; The storage address of the slot that holds the key, or of the empty slot where the key would go. Its bucket is then at
  ;; the start of own memory.
  (func $find (param $key i64) (result i32)
    (local $at i32)
    (local $slot i32)
    (local $found i64)
    (local.set $at (i32.shl
      (i32.wrap_i64 (i64.shr_u (i64.mul (local.get $key) (i64.const 0x9E3779B97F4A7C15)) (i64.const 53)))
      (i32.const 6)))
    (loop $bucket
      (call $read (i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095))
        (i32.const 64) (i32.const 0) (i32.const 0))
      (local.set $slot (i32.const 0))
      (loop $probe
        (local.set $found (i64.load (local.get $slot)))
        (if (i64.eq (local.get $found) (local.get $key)) (then
          (return (i32.add (local.get $at) (local.get $slot)))))
        (if (i64.eqz (local.get $found)) (then
          (return (i32.add (local.get $at) (local.get $slot)))))
        (local.set $slot (i32.add (local.get $slot) (i32.const 16)))
        (br_if $probe (i32.lt_u (local.get $slot) (i32.const 64))))
      (local.set $at (i32.and (i32.add (local.get $at) (i32.const 64)) (i32.const 0x1FFFF)))
      (br $bucket))
    (unreachable))

  (func (export "mint") (param $first i64) (param $count i64) (result i64)
    (local $key i64)
    (local $at i32)
    (local.set $key (local.get $first))
    (loop $next
      (if (i64.lt_u (i64.sub (local.get $key) (local.get $first)) (local.get $count)) (then
        (local.set $at (call $find (local.get $key)))
        (i64.store (i32.const 64) (local.get $key))
        (i64.store (i32.const 72) (i64.const 1000000))
        (call $write (i32.const 0) (i32.const 64) (i32.const 16)
          (i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095)))
        (local.set $key (i64.add (local.get $key) (i64.const 1)))
        (br $next))))
    (local.get $key))

  ;; Sets the balance of the slot at this storage address.
  (func $write_balance (param $at i32) (param $balance i64)
    (i64.store (i32.const 64) (local.get $balance))
    (local.set $at (i32.add (local.get $at) (i32.const 8)))
    (call $write (i32.const 0) (i32.const 64) (i32.const 8)
      (i32.shr_u (local.get $at) (i32.const 12)) (i32.and (local.get $at) (i32.const 4095))))

  (func (export "transfer") (param $seed i64) (param $count i64) (param $accounts i64) (result i64)
    (local $x i64)
    (local $from i32)
    (local $to i32)
    (local $amount i64)
    (local $balance i64)
    (local $moved i64)
    (local.set $x (local.get $seed))
    (loop $next
      (if (i64.ne (local.get $count) (i64.const 0)) (then
        (local.set $count (i64.sub (local.get $count) (i64.const 1)))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $from (call $find (i64.add
          (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $accounts)) (i64.const 1))))
        (local.set $amount (i64.and (i64.shr_u (local.get $x) (i64.const 20)) (i64.const 1023)))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $balance (i64.load offset=8 (i32.and (local.get $from) (i32.const 63))))
        (br_if $next (i64.lt_u (local.get $balance) (local.get $amount)))
        (call $write_balance (local.get $from) (i64.sub (local.get $balance) (local.get $amount)))
        (local.set $to (call $find (i64.add
          (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $accounts)) (i64.const 1))))
        (call $write_balance (local.get $to)
          (i64.add (i64.load offset=8 (i32.and (local.get $to) (i32.const 63))) (local.get $amount)))
        (local.set $moved (i64.add (local.get $moved) (local.get $amount)))
        (br $next))))
    (local.get $moved)))
