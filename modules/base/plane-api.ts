/** The media plane as services see it; tests supply their own. */
import type { Plane } from 'ocellus/plane';

/** Every public member of `Plane` that services use; `mail` is for other bindings. */
export type PlaneApi = Omit<Pick<Plane, keyof Plane>, 'mail'>;
