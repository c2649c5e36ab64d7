/**
 * Loads modules of mapped application archives into a Compartment: with globals of its own, and of the
 * host's modules only those that it is granted.
 */
import { grantsModule, hideGlobals } from 'ocellus/surface';

/** An archive that oc_machine_map has mapped. Opaque. */
interface Archive {
    readonly archive: never;
}

interface Descriptor {
    readonly archive?: Archive;
    readonly path?: string;
    readonly namespace?: string;
}

interface CompartmentOptions {
    globals: Record<string, unknown>;
    resolveHook: (specifier: string, referrer: string) => string;
    loadHook: (specifier: string) => Promise<Descriptor>;
    loadNowHook: (specifier: string) => Descriptor;
}

declare class Compartment {
    constructor(options: CompartmentOptions);
    readonly globalThis: object;
    import(specifier: string): Promise<unknown>;
}

/** What ocellus/globals has made in the host's own scope, and what a Compartment has without clock and chance. */
const given = [
    'Date',
    'Math',
    'console',
    'setTimeout',
    'setInterval',
    'clearTimeout',
    'clearInterval',
    'queueMicrotask',
    'TextEncoder',
    'TextDecoder',
    'trace',
] as const;

function find(path: string): Archive | undefined {
    return native<(path: string) => Archive | undefined>('xs_load_app_find').call(undefined, path);
}

/** Whether the host has a module of that name. */
function has(specifier: string): boolean {
    return native<(specifier: string) => boolean>('xs_load_app_has').call(undefined, specifier);
}

/** The module that `specifier` names, seen from `referrer`; the same rule as the Linux host's. */
function resolve(specifier: string, referrer: string): string {
    let rest = specifier;
    const path = specifier.startsWith('.') ? referrer.split('/').slice(0, -1) : [];
    while (rest.startsWith('.')) {
        if (rest.startsWith('./')) {
            rest = rest.slice(2);
        } else if (rest.startsWith('../') && path.pop() !== undefined) {
            rest = rest.slice(3);
        } else {
            throw new ReferenceError(`no module ${specifier}`);
        }
    }
    return [...path, rest].join('/').replace(/\.m?js$/, '');
}

function load(specifier: string): Descriptor {
    if (grantsModule(specifier) && has(specifier)) {
        return { namespace: specifier };
    }
    const archive = find(specifier);
    if (archive === undefined) {
        throw new ReferenceError(`no module ${specifier}`);
    }
    return { archive, path: specifier };
}

function makeCompartment(): Compartment {
    const compartment = new Compartment({
        globals: {},
        resolveHook: resolve,
        loadHook: async (specifier) => load(specifier),
        loadNowHook: load,
    });
    const scope = compartment.globalThis;
    for (const name of given) {
        const value: unknown = Reflect.get(globalThis, name);
        Object.defineProperty(scope, name, { value, writable: true, configurable: true, enumerable: false });
    }
    hideGlobals(scope);
    return compartment;
}

let compartment: Compartment | undefined;

/** Imports a module of the application; every call into the same compartment. */
export default function loadApp(specifier: string): Promise<unknown> {
    compartment ??= makeCompartment();
    return compartment.import(specifier);
}
