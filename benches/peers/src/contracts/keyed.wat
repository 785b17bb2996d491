  ;; The tasks over words with keys. The glue code defines $get and $set, and calls $execute.

  (func $transfer (param $seed i64) (param $count i64) (param $accounts i64) (result i64)
    (local $x i64)
    (local $from i64)
    (local $to i64)
    (local $amount i64)
    (local $balance i64)
    (local $moved i64)
    (local.set $x (local.get $seed))
    (loop $next
      (if (i64.ne (local.get $count) (i64.const 0)) (then
        (local.set $count (i64.sub (local.get $count) (i64.const 1)))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $from (i64.add
          (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $accounts)) (i64.const 1)))
        (local.set $amount (i64.and (i64.shr_u (local.get $x) (i64.const 20)) (i64.const 1023)))
        (local.set $x (i64.add (i64.mul (local.get $x) (i64.const 6364136223846793005)) (i64.const 1442695040888963407)))
        (local.set $to (i64.add
          (i64.rem_u (i64.shr_u (local.get $x) (i64.const 33)) (local.get $accounts)) (i64.const 1)))
        (local.set $balance (call $get (local.get $from)))
        (br_if $next (i64.lt_u (local.get $balance) (local.get $amount)))
        (call $set (local.get $from) (i64.sub (local.get $balance) (local.get $amount)))
        (call $set (local.get $to) (i64.add (call $get (local.get $to)) (local.get $amount)))
        (local.set $moved (i64.add (local.get $moved) (local.get $amount)))
        (br $next))))
    (local.get $moved))

  (func $mint (param $first i64) (param $count i64) (result i64)
    (loop $next
      (if (i64.ne (local.get $count) (i64.const 0)) (then
        (call $set (local.get $first) (i64.const 1000000))
        (local.set $first (i64.add (local.get $first) (i64.const 1)))
        (local.set $count (i64.sub (local.get $count) (i64.const 1)))
        (br $next))))
    (local.get $first))

  ;; Changes each word. Returns the sum of the old words.
  (func $touch (param $seed i64) (param $count i64) (result i64)
    (local $place i64)
    (local $value i64)
    (local $sum i64)
    (loop $next
      (if (i64.lt_u (local.get $place) (local.get $count)) (then
        (local.set $value (call $get (local.get $place)))
        (local.set $sum (i64.add (local.get $sum) (local.get $value)))
        (call $set (local.get $place) (i64.add (local.get $value) (local.get $seed)))
        (local.set $place (i64.add (local.get $place) (i64.const 1)))
        (br $next))))
    (local.get $sum))

  ;; Reads each word. Returns the seed plus their sum.
  (func $look (param $seed i64) (param $count i64) (result i64)
    (local $place i64)
    (loop $next
      (if (i64.lt_u (local.get $place) (local.get $count)) (then
        (local.set $seed (i64.add (local.get $seed) (call $get (local.get $place))))
        (local.set $place (i64.add (local.get $place) (i64.const 1)))
        (br $next))))
    (local.get $seed))

  (func $increment (result i64)
    (local $value i64)
    (local.set $value (i64.add (call $get (i64.const 0)) (i64.const 1)))
    (call $set (i64.const 0) (local.get $value))
    (local.get $value))

  (func $execute (param $function i64) (param $a i64) (param $b i64) (param $c i64) (result i64)
    (if (i64.eq (local.get $function) (i64.const 0)) (then (return (call $increment))))
    (if (i64.eq (local.get $function) (i64.const 1)) (then (return (call $mint (local.get $a) (local.get $b)))))
    (if (i64.eq (local.get $function) (i64.const 2))
      (then (return (call $transfer (local.get $a) (local.get $b) (local.get $c)))))
    (if (i64.eq (local.get $function) (i64.const 3)) (then (return (call $touch (local.get $a) (local.get $b)))))
    (if (i64.eq (local.get $function) (i64.const 4)) (then (return (call $look (local.get $a) (local.get $b)))))
    (unreachable))
