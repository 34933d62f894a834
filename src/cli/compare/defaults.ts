/** What `sonde compare` does where its options do not say. */
export const COMPARE_DEFAULTS = { rounds: 5, pauseSeconds: 1, timeoutSeconds: 10 } as const;
