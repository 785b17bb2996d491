
  (func (export "execute")
    (call $input (i64.const 0))
    (call $read_register (i64.const 0) (i64.const 32))
    (i64.store (i32.const 16) (call $execute
      (i64.load (i32.const 32)) (i64.load (i32.const 40)) (i64.load (i32.const 48)) (i64.load (i32.const 56))))
    (call $value_return (i64.const 8) (i64.const 16))))
