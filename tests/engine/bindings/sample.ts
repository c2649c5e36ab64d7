/** Every shape in which a binding may name a C function; what tests/engine/scripts/lowering.test.ts looks at. */

/** What C saw: `this` is the object, then the arguments as text. */
export type Seen = string;

const seenSymbol = native<(...args: unknown[]) => Seen>('xs_sample_seen');

/** A C object with a size. */
export class Sample extends Native('xs_sample_destructor') {
    label = 'field';
    readonly #secret = 7;
    static made = 0;

    constructor(options: { size: number; label?: string }) {
        super();
        native<(size: number) => void>('xs_sample').call(this, options.size);
        if (options.label !== undefined) {
            this.label = options.label;
        }
        Sample.made++;
    }

    /** The one-call form. */
    add(a: number, b: number): number {
        return native<(a: number, b: number) => number>('xs_sample_add').call(this, a, b);
    }
    get size(): number {
        return native<() => number>('xs_sample_get_size').call(this);
    }
    set size(value: number) {
        native<(size: number) => void>('xs_sample_set_size').call(this, value);
    }
    static alive(): number {
        return native<() => number>('xs_sample_alive').call(this);
    }
    /** Not the one-call form: another order. */
    swapped(a: number, b: number): Seen {
        return native<(b: number, a: number) => Seen>('xs_sample_seen').call(this, b, a);
    }
    /** The same parameter twice. */
    twice(a: number): Seen {
        return native<(a: number, again: number) => Seen>('xs_sample_seen').call(this, a, a);
    }
    withDefault(a: number, b = 5): Seen {
        return native<(a: number, b: number) => Seen>('xs_sample_seen').call(this, a, b);
    }
    rest(first: number, ...others: number[]): Seen {
        return native<(...args: number[]) => Seen>('xs_sample_seen').call(this, first, ...others);
    }
    fewer(a: number, _b: number): Seen {
        return native<(a: number) => Seen>('xs_sample_seen').call(this, a);
    }
    fromOptions(options: { a: number; b: number }): Seen {
        return native<(a: number, b: number) => Seen>('xs_sample_seen').call(this, options.a, options.b);
    }
    destructured({ a, b }: { a: number; b: number }): Seen {
        return native<(a: number, b: number) => Seen>('xs_sample_seen').call(this, a, b);
    }
    secret(): Seen {
        return native<(secret: number) => Seen>('xs_sample_seen').call(this, this.#secret);
    }
    #hidden(a: number): Seen {
        return native<(a: number) => Seen>('xs_sample_seen').call(this, a);
    }
    throughPrivate(a: number): Seen {
        return this.#hidden(a);
    }
    throughArrow(values: number[]): Seen[] {
        return values.map((value) => native<(a: number) => Seen>('xs_sample_seen').call(this, value));
    }
    before(a: number): Seen {
        if (a < 0) {
            throw new RangeError('negative');
        }
        return native<(a: number) => Seen>('xs_sample_seen').call(this, a);
    }
    async later(a: number): Promise<Seen> {
        await Promise.resolve();
        return this.twice(a);
    }
    /** Throws from C. */
    fail(): never {
        return native<() => never>('xs_sample_fail').call(this);
    }
    ['computed'](a: number): Seen {
        return native<(a: number) => Seen>('xs_sample_seen').call(this, a);
    }
}

/** An object's method in the one-call form, and one that is not. */
export const table = {
    one(a: number): Seen {
        return native<(a: number) => Seen>('xs_sample_seen').call(this, a);
    },
    other(a: number): Seen {
        return native<(a: number) => Seen>('xs_sample_seen').call(this, a + 1);
    },
    get got(): Seen {
        return native<() => Seen>('xs_sample_seen').call(this);
    },
};

/** A plain function. */
export function plain(a: number): Seen {
    return native<(a: number) => Seen>('xs_sample_seen').call(undefined, a);
}

/** A C function as a value. */
export function asValue(...values: unknown[]): Seen {
    return seenSymbol.call(undefined, ...values);
}

/** A full garbage collection. */
export function collect(): void {
    native<() => void>('xs_sample_collect').call(undefined);
}
