;; Accounts in an open-addressed table of 8,192 slots from the start of storage: key i64 (0: empty), balance i64.
;; The table is accessed through one window.
;; A search begins at the bucket of four slots to which the key hashes, and proceeds slot by slot.
(module
  (import "ewasm" "storageMap" (func $map (param i32 i32 i32)))
  (memory (export "memory") 2)

  ;; The address of the slot that holds the key, or of the empty slot where the key would go.
  (func $find (param $key i64) (result i32)
    (local $at i32)
    (local $found i64)
    (local.set $at (i32.shl
      (i32.wrap_i64 (i64.shr_u (i64.mul (local.get $key) (i64.const 0x9E3779B97F4A7C15)) (i64.const 53)))
      (i32.const 6)))
    (loop $probe
      (local.set $found (i64.load (local.get $at)))
      (if (i64.eq (local.get $found) (local.get $key)) (then (return (local.get $at))))
      (if (i64.eqz (local.get $found)) (then (return (local.get $at))))
      (local.set $at (i32.and (i32.add (local.get $at) (i32.const 16)) (i32.const 0x1FFFF)))
      (br $probe))
    (unreachable))

  (func (export "mint") (param $first i64) (param $count i64) (result i64)
    (local $key i64)
    (local $at i32)
    (call $map (i32.const 0) (i32.const 0) (i32.const 0x20000))
    (local.set $key (local.get $first))
    (loop $next
      (if (i64.lt_u (i64.sub (local.get $key) (local.get $first)) (local.get $count)) (then
        (local.set $at (call $find (local.get $key)))
        (i64.store (local.get $at) (local.get $key))
        (i64.store offset=8 (local.get $at) (i64.const 1000000))
        (local.set $key (i64.add (local.get $key) (i64.const 1)))
        (br $next))))
    (local.get $key))

  (func (export "transfer") (param $seed i64) (param $count i64) (param $accounts i64) (result i64)
    (local $x i64)
    (local $from i32)
    (local $to i32)
    (local $amount i64)
    (local $balance i64)
    (local $moved i64)
    (call $map (i32.const 0) (i32.const 0) (i32.const 0x20000))
    (local.set $x (local.get $seed))
    (loop $next
      (if (i64.ne (local.get $count) (i64.const 0)) (then
        (local.set $count (i64.sub (local.get $count) (i64.const 1)))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $from (call $find (i64.add
          (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $accounts)) (i64.const 1))))
        (local.set $amount (i64.and (i64.shr_u (local.get $x) (i64.const 20)) (i64.const 1023)))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $balance (i64.load offset=8 (local.get $from)))
        (br_if $next (i64.lt_u (local.get $balance) (local.get $amount)))
        (i64.store offset=8 (local.get $from) (i64.sub (local.get $balance) (local.get $amount)))
        (local.set $to (call $find (i64.add
          (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $accounts)) (i64.const 1))))
        (i64.store offset=8 (local.get $to)
          (i64.add (i64.load offset=8 (local.get $to)) (local.get $amount)))
        (local.set $moved (i64.add (local.get $moved) (local.get $amount)))
        (br $next))))
    (local.get $moved)))
