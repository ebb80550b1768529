declare const brand: unique symbol;

/** A nominal type: `Brand<number, "PageNumber">` is a number that only its constructor can make. */
export type Brand<T, Name extends string> = T & { readonly [brand]: Name };
