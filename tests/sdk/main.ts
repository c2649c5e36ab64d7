/** The SDK wants a main module. The tests never run it: they make machines of their own. */
export {};
