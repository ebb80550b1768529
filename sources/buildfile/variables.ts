/** The longest value that is kept; a longer one is cut, so that a script cannot double it without end. */
const VALUE_LENGTH_MAX = 16_384;

/** The variables that a command of the target has. */
export interface TargetEnvironment {
  get(name: string): string | undefined;
  /** Its value hangs on something that only the target knows. */
  isOpen(name: string): boolean;
  all(): ReadonlyMap<string, string>;
}

interface Setting {
  readonly version: number;
  readonly value: string;
  readonly isOpen: boolean;
}

/** Variables as they are set one after the other; what held at any moment can be asked for at little cost. */
export class VariableLog {
  readonly #settings = new Map<string, Setting[]>();
  #version = 0;

  /** Sets a variable for everything that follows. */
  set(name: string, value: string, isOpen: boolean): void {
    this.#version += 1;
    const setting = { version: this.#version, value, isOpen };
    const before = this.#settings.get(name);
    if (before === undefined) this.#settings.set(name, [setting]);
    else before.push(setting);
  }

  /** What holds now; `own` are variables set for one command alone. */
  now(own: ReadonlyMap<string, string> = new Map()): TargetEnvironment {
    const version = this.#version;
    return {
      get: (name) => own.get(name) ?? this.#at(name, version)?.value,
      isOpen: (name) => !own.has(name) && this.#at(name, version)?.isOpen === true,
      all: () => {
        const known = [...this.#settings.keys()].flatMap((name) => {
          const setting = this.#at(name, version);
          return setting === undefined ? [] : [[name, setting.value] as const];
        });
        return new Map([...known, ...own]);
      },
    };
  }

  #at(name: string, version: number): Setting | undefined {
    return this.#settings.get(name)?.findLast((setting) => setting.version <= version);
  }
}

/** The text with its variables replaced; `unknown`: some are not known, or their values are too long. */
export function substituted(
  text: string,
  environment: Pick<TargetEnvironment, "get">,
): { readonly text: string; readonly unknown: boolean } {
  let unknown = false;
  let length = 0;
  const replaced = text.replace(
    /\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/g,
    (written, one?: string, two?: string) => {
      const value = environment.get(one ?? two ?? "");
      length += value?.length ?? 0;
      if (value !== undefined && length <= VALUE_LENGTH_MAX) return value;
      unknown = true;
      return written;
    },
  );
  return { text: replaced, unknown };
}
