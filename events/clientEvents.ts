/** What clients of the service do (contract 5). */
export type ClientStimulus = never;

/** What the service makes of it. */
export type ClientOutcome = never;
