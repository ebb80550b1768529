import { createDraft, enableMapSet, finishDraft } from "immer";
import type { IommuState } from "./state.ts";

enableMapSet();

/** A part of a state that may be written. Classes such as `AddressSpace` are opaque: they are replaced, never written. */
export type Draft<T> = T extends Primitive
  ? T
  : T extends ReadonlyMap<infer K, infer V>
    ? Map<K, Draft<V>>
    : T extends object
      ? { -readonly [name in keyof T]: Draft<T[name]> }
      : T;

type Primitive = string | number | bigint | boolean | symbol | null | undefined;

/** A way to write the next state beside the one at hand, which stays as it is. */
export interface Drafting {
  begin(base: IommuState): Draft<IommuState>;
  /** The state that a draft has become; what was not written is shared with its base. The draft is over. */
  finish(draft: Draft<IommuState>): IommuState;
}

/** By immer, which frees whoever writes a reducer of all thought of copies. */
export const BY_IMMER: Drafting = {
  begin: (base) => createDraft(base) as Draft<IommuState>,
  finish: (draft) => finishDraft(draft as object) as IommuState,
};
