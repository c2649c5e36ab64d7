// The one limit of tests in real time: it ends a test that hangs and judges nothing. Machines stand still for seconds at any moment.

/** Seconds after which a state that has not come never comes. */
export const hangS = 180;

/** Ends a request that is never answered. */
export const hanging = () => AbortSignal.timeout(hangS * 1000);
