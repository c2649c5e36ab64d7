/** What an application may use; the list is hosts/xs/oc_app_surface.c. */

function isGranted(name: string): boolean {
    return native<(name: string) => boolean>('xs_surface_global').call(undefined, name);
}

/** Whether an application may import this module of the host. */
export function grantsModule(specifier: string): boolean {
    return native<(specifier: string) => boolean>('xs_surface_module').call(undefined, specifier);
}

/** Whether the application shares its globals with the host's own modules. */
export function oneRealm(): boolean {
    return native<() => boolean>('xs_surface_one_realm').call(undefined);
}

const hidden = Object.freeze({ value: undefined, writable: false, configurable: false, enumerable: false });

/**
 * Leaves `scope` the application's globals: others become undefined, inherited ones its own. The object it inherited
 * from, which holds those that are hidden, is out of reach then.
 */
export function hideGlobals(scope: object): void {
    for (
        let from: object | null = scope;
        from !== null && from !== Object.prototype;
        from = Object.getPrototypeOf(from)
    ) {
        for (const [name, global] of Object.entries(Object.getOwnPropertyDescriptors(from))) {
            if (!isGranted(name)) {
                Object.defineProperty(scope, name, hidden);
            } else if (!Object.hasOwn(scope, name)) {
                Object.defineProperty(scope, name, global);
            }
        }
    }
    Object.setPrototypeOf(scope, Object.prototype);
}

function freeze(value: unknown): void {
    if (typeof value === 'function') {
        Object.freeze(value);
        Object.freeze(value.prototype);
    } else if (typeof value === 'object' && value !== null) {
        Object.freeze(value);
    }
}

/** For objects of the language that no global names: prototypes of `value`, so many. */
function freezePrototypes(value: unknown, depth: number): void {
    let from = value;
    for (let step = 0; step < depth; step++) {
        from = Object.getPrototypeOf(from);
        freeze(from);
    }
}

/** Freezes what the language itself brings, as it is where the SDK's tools have put it into read-only memory. */
export function freezeLanguage(scope: object): void {
    for (const name of Object.getOwnPropertyNames(scope)) {
        const value: unknown = Reflect.get(scope, name);
        if (value !== scope) {
            freeze(value);
        }
    }
    freezePrototypes(Int8Array, 1);
    freezePrototypes([][Symbol.iterator](), 2);
    freezePrototypes(new Map()[Symbol.iterator](), 1);
    freezePrototypes(new Set()[Symbol.iterator](), 1);
    freezePrototypes(''[Symbol.iterator](), 1);
    freezePrototypes(async () => undefined, 1);
    freezePrototypes(function* () {}, 1);
    freezePrototypes(async function* () {}, 1);
}
