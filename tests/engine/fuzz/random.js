// Numbers that a seed decides, the same on every engine.
export class Random {
  #state;
  constructor(seed) {
    this.#state = Math.imul(seed + 1, 0x9e3779b1) | 1;
    for (let i = 0; i < 4; i++) this.next();
  }
  /** 32 bits (xorshift). */
  next() {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return Math.imul(x, 0x2c1b3c6d) >>> 0;
  }
  /** An integer from 0 to n - 1. */
  below(n) {
    return (this.next() >>> 3) % n;
  }
  /** True once in n. */
  one(n) {
    return this.below(n) === 0;
  }
  of(list) {
    return list[this.below(list.length)];
  }
}
