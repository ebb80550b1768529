import type { Action, Model, ModelProperty } from "../model.ts";

const CONTROL = 0;
const EMPTY = { access: 0, cached: 0 };

interface Control {
  readonly up: boolean;
  readonly dss: boolean;
}

interface Page {
  /** 0: not granted; 1 to 3: the rights. */
  readonly access: number;
  /** What the unit has cached of it; 0: nothing. */
  readonly cached: number;
}

/**
 * A unit that caches the entries of a table of `pages` pages, and a service that may enter its Design Safe State: the
 * yardstick for the speed of a search. Its rules are its own, since the real machine keeps more of a cache than this.
 */
export function cachedPages(pages: number): Model {
  const all = Array.from({ length: pages }, (_, i) => i + 1);
  const actions: Action[] = [
    control("boot", ({ up, dss }) => (up || dss ? null : { up: true, dss })),
    {
      name: "enter DSS",
      reads: [CONTROL],
      writes: [CONTROL, ...all],
      step: ([control]) => {
        const { up, dss } = control as Control;
        return up && !dss ? { values: [{ up, dss: true }, ...all.map(() => EMPTY)] } : null;
      },
    },
    control("shut down", ({ up, dss }) => (up && dss ? { up: false, dss } : null)),
    ...all.flatMap(pageActions),
  ];
  return {
    name: "cached-pages",
    sizes: { pages },
    components: [
      { name: "control", initial: { up: false, dss: false }, keyOf: JSON.stringify },
      ...all.map((i) => ({ name: `page ${i - 1}`, kind: "page", initial: EMPTY, keyOf: pageKey })),
    ],
    actions,
    properties: all.map(emptyInDss),
    symmetry: { kind: "columns", columns: all },
  };
}

function control(name: string, next: (control: Control) => Control | null): Action {
  return {
    name,
    reads: [CONTROL],
    writes: [CONTROL],
    step: ([before]) => {
      const after = next(before as Control);
      return after === null ? null : { values: [after] };
    },
  };
}

function pageActions(page: number): Action[] {
  const whileUp = (name: string, next: (page: Page) => Page | null): Action => ({
    name,
    reads: [CONTROL, page],
    writes: [page],
    step: ([control, before]) => {
      const { up, dss } = control as Control;
      const after = up && !dss ? next(before as Page) : null;
      return after === null ? null : { values: [after] };
    },
  });
  return [
    ...[0, 1, 2, 3].map((access) => whileUp(`map(${page - 1}, ${access})`, () => ({ access, cached: 0 }))),
    whileUp(`transfer(${page - 1})`, ({ access }) => (access === 0 ? null : { access, cached: access })),
  ];
}

function emptyInDss(page: number): ModelProperty {
  return {
    name: "in the Design Safe State every cache is empty",
    kind: "always",
    requirements: ["DSS-1"],
    reads: [CONTROL, page],
    holds: ([control, value]) => !(control as Control).dss || (value as Page).cached === 0,
  };
}

function pageKey(value: unknown): string {
  const { access, cached } = value as Page;
  return `${access}${cached}`;
}
