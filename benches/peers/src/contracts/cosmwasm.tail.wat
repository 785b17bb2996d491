
  (func (export "execute") (param $env i32) (param $info i32) (param $message i32) (result i32)
    (local $at i32)
    (global.set $mark (global.get $free))
    (local.set $at (i32.load (local.get $message)))
    (i64.store (i32.const 64) (call $execute
      (i64.load (local.get $at)) (i64.load offset=8 (local.get $at))
      (i64.load offset=16 (local.get $at)) (i64.load offset=24 (local.get $at))))
    (i32.const 48)))
