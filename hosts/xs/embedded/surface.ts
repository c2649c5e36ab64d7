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

/** Makes every global of `scope` undefined that is not the application's, inherited ones too. */
export function hideGlobals(scope: object): void {
    for (
        let from: object | null = scope;
        from !== null && from !== Object.prototype;
        from = Object.getPrototypeOf(from)
    ) {
        for (const name of Object.getOwnPropertyNames(from)) {
            if (!isGranted(name)) {
                Object.defineProperty(scope, name, hidden);
            }
        }
    }
}
