/** The media plane as services see it; tests supply their own. */
import type { Plane } from 'ocellus/plane';

/** Every public member of `Plane`. */
export type PlaneApi = Pick<Plane, keyof Plane>;
