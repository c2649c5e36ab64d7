/** The whole camera with routes that tell what reached them: how often each path, and what of each request. */
import { type HttpRequest, type HttpResponse, start } from 'ocellus/app/system/application';

const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const;
/** Paths of requests since the last time that somebody looked. */
let reached: string[] = [];

function echo({ method, path, query, headers, body }: HttpRequest): HttpResponse {
    reached.push(path);
    return { body: JSON.stringify({ method, query, headers: Object.fromEntries(headers), bytes: body.byteLength }) };
}

void start({
    name: 'echo',
    started(app) {
        for (const method of methods) {
            app.route(method, '/api/echo/*', echo);
        }
        app.route('GET', '/api/reached', () => {
            const body = JSON.stringify(reached);
            reached = [];
            return { body };
        });
    },
});
