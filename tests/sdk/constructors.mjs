// Constructors of a class that extends Native(...): those that the SDK's compiler makes C functions, and others.

export const oneCalls = [
    "constructor() { super(); native<() => void>('xs_a').call(this); }",
    "constructor() { super(); return native<() => void>('xs_a').call(this); }",
    "constructor(a: number, b: string) { super(); native<(a: number, b: string) => void>('xs_a').call(this, a, b); }",
    "constructor(...all: number[]) { super(); native<(...all: number[]) => void>('xs_a').call(this, ...all); }",
    "constructor(a: unknown) { super(); (native('xs_a') as (a: number) => void).call(this, a as number); }",
];

export const others = [
    "constructor(a = 1) { super(); native<(a: number) => void>('xs_a').call(this, a); }",
    "constructor({ a }: { a: number }) { super(); native<(a: number) => void>('xs_a').call(this, a); }",
    "constructor(a: number, b: number) { super(); native<(b: number, a: number) => void>('xs_a').call(this, b, a); }",
    "constructor(a: number, _b: number) { super(); native<(a: number) => void>('xs_a').call(this, a); }",
    "constructor() { super(); check(native<() => number>('xs_a').call(this)); }",
    "constructor() { super(); this.seen = true; native<() => void>('xs_a').call(this); }",
    "constructor(readonly a: number) { super(); native<(a: number) => void>('xs_a').call(this, a); }",
    "constructor(a: number) { super(); native<(a: number) => void>('xs_a').call(undefined, a); }",
];
