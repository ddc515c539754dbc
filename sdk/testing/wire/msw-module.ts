/**
 * msw, if it is installed: the in-memory transport needs none. Awaited here once, because the handlers have to be
 * there at once when they are asked for.
 */
export const msw: typeof import("msw") | undefined = await import("msw").catch(() => undefined);
