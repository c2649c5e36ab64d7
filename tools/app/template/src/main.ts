/** The whole camera, and what this application adds to it. */
import { start } from 'ocellus/app/system/application';

void start({
    name: '@NAME@',
    version: '1.0.0',
    panel: { title: '@NAME@' },
    started(app) {
        app.route('GET', '/api/hello', () => ({ body: JSON.stringify({ hello: '@NAME@' }) }));
        app.events.on('motion', ({ channel }) => {
            console.info(`motion on ${channel ?? 'the camera'}`);
        });
    },
});
