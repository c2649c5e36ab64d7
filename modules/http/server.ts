/** Takes API requests from the host and answers them; the server itself belongs to the host. */
import type { PlaneApi } from 'ocellus/app/base/plane-api';
import type { Router } from 'ocellus/app/http/router';
import type { HttpRequest } from 'ocellus/plane';

/** Requests answered at the same time; more wait at the host. */
const atOnce = 8;

/** Milliseconds until a failed attempt is repeated, when nothing wakes it before. */
const againMs = 1000;

/** One per script. */
export class ApiServer {
    readonly #plane: Pick<PlaneApi, 'takeRequest' | 'reply'>;
    readonly #router: Router;
    #taking = false;
    #again = false;
    #underWay = 0;

    constructor(plane: Pick<PlaneApi, 'takeRequest' | 'reply'>, router: Router) {
        this.#plane = plane;
        this.#router = router;
    }

    /** Requests wait (an edge said so), or may. */
    async wake(): Promise<void> {
        this.#again = true;
        if (this.#taking) {
            return;
        }
        this.#taking = true;
        try {
            while (this.#again && this.#underWay < atOnce) {
                this.#again = false;
                await this.#takeAll();
            }
        } catch (error) {
            console.warn(`requests: ${error instanceof Error ? error.message : String(error)}`);
            setTimeout(() => void this.wake(), againMs);
        } finally {
            this.#taking = false;
        }
    }

    async #takeAll(): Promise<void> {
        while (this.#underWay < atOnce) {
            const request = await this.#plane.takeRequest();
            if (request === undefined) {
                return;
            }
            this.#underWay++;
            void this.#serve(request);
        }
        this.#again = true; // more may wait: asked again when one is done
    }

    async #serve(request: HttpRequest): Promise<void> {
        try {
            const { status, body } = await this.#router.answer(request);
            await this.#plane.reply(request.id, status, body);
        } catch (error) {
            // The host answers 503 by itself; it may also have given up waiting.
            console.warn(
                `${request.method} ${request.path}: ${error instanceof Error ? error.message : String(error)}`,
            );
        }
        this.#underWay--;
        if (this.#again) {
            await this.wake();
        }
    }
}
