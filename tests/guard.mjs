// The one limit of tests in real time: it ends a test that hangs and judges nothing. Machines stand still for seconds at any moment.

/** Seconds after which a state that has not come never comes. */
export const hangS = 180;

/** Ends a request that is never answered. */
export const hanging = () => AbortSignal.timeout(hangS * 1000);

/** Latencies are judged in the soak, where nothing runs beside; elsewhere they are only told. */
export const judged = process.env['OC_LATENCY'] === 'full';

/** @param {import('ava').ExecutionContext} t @param {boolean} good @param {string} text what was measured */
export const judge = (t, good, text) => (judged ? t.true(good, text) : t.log(text));
