/** Fan-out of application events. */

type Listener<V> = (value: V) => void;

/** `M` maps names of events to what they carry. A listener's error is logged and stops nobody else. */
export class Events<M extends object> {
    readonly #listeners = new Map<keyof M, Set<Listener<never>>>();

    /** Adds a listener; the function returned removes it (twice is fine). */
    on<K extends keyof M>(name: K, listener: Listener<M[K]>): () => void {
        const set = this.#listeners.get(name) ?? new Set<Listener<never>>();
        this.#listeners.set(name, set);
        set.add(listener);
        return () => {
            set.delete(listener);
        };
    }

    /** Calls the listeners that were there when it began, in the order they came. */
    emit<K extends keyof M>(name: K, value: M[K]): void {
        for (const listener of [...(this.#listeners.get(name) ?? [])]) {
            try {
                (listener as Listener<M[K]>)(value);
            } catch (error) {
                console.error(`listener of ${String(name)}:`, error);
            }
        }
    }
}
