/** How many lines later a request's completion may come: other processors write in between. */
export const COMPLETION_LINES_MAX = 4096;
