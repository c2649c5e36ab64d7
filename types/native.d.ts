/**
 * The binding convention: how a binding file (native/<room>/*.ts, hosts/<host>/embedded/*.ts) names C
 * functions. Nothing else may use it. A name that no C file defines fails the link.
 *
 * A call always goes through `.call(this, ...)`; the exact form `m(a, b) { return native('x').call(this, a, b); }`
 * is the fastest. Not allowed in async or generator functions, and only with a literal name.
 */
declare function native<F extends (...args: never[]) => unknown>(
    symbol: string,
): {
    call(self: unknown, ...args: Parameters<F>): ReturnType<F>;
};

/**
 * Base class whose objects hold one C pointer; `destructor` names the C function that gets the pointer when
 * the object is collected or its machine is deleted.
 */
declare function Native(destructor: string): new () => object;
